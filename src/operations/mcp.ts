/** `coord mcp`: the face that agents start; its tools are operations. */
import type { Context } from '../context.ts'
import { CoordError } from '../protocol/errors.ts'
import { defineOperation } from './operation.ts'

/** What a server is given: how a context is made, at each call anew, and where to say what went wrong. It ends with the signal. */
export interface Served {
  contextOf(asked: { cwd?: string; session?: string }): Context
  say(text: string): void
  signal: AbortSignal
}

/** The command; only a face that can serve runs it. */
export const mcp = defineOperation({
  name: 'mcp',
  summary: 'Serve agents as tools: the Model Context Protocol on standard input and output.',
  writes: true,
  input: {},
  run(): Record<string, never> {
    throw new CoordError('bug', 'mcp is served by a process of its own')
  },
})
