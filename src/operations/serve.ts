/** `coord serve`: the face that browsers, dashboards and remote sessions talk to; what it offers are operations. */
import { CoordError } from '../protocol/errors.ts'
import type { Serving } from '../store/serving.ts'
import type { Served } from './mcp.ts'
import { defineOperation } from './operation.ts'

/** Where a server listens, and what it wants to be shown. */
export type Listening = Pick<Serving, 'port' | 'url' | 'token' | 'started_at'>

/** How a server of its own is run; it ends with the signal. */
export interface Serve extends Served {
  port: number | undefined
  isPrivate: boolean
  /** The token to serve with (`COORD_TOKEN`); undefined: the one that the room keeps. */
  token: string | undefined
  /** Whether the room is to keep a new one. */
  isNewToken: boolean
  /** The directory of the page's files. */
  web: string
  /** Told once, when the server listens. */
  onListening(told: Listening): void
}

/** How a handler that another program mounts lets in. */
export interface Mount {
  token: string
  isPrivate: boolean
  web: string
  /** The names that the server is called by, besides this machine's own. */
  hosts?: string[] | undefined
  /** The path that it is mounted at. */
  base?: string | undefined
}

/** The command; only a face that can serve runs it. */
export const serve = defineOperation({
  name: 'serve',
  summary: 'Serve the room on this machine: a page, an API and streams of changes.',
  writes: true,
  input: {
    port: { kind: 'number', help: 'the port (default 8080, or the next that is free)' },
    private: { kind: 'flag', help: 'reading needs the token too' },
    'new-token': { kind: 'flag', help: 'the token of before is good no longer' },
  },
  run(): Record<string, never> {
    throw new CoordError('bug', 'serve is run by a process of its own')
  },
})
