/** `coord sync --watch`: a round again and again. A remote that does not answer is told and asked again, more seldom each time. */

import { setTimeout as sleep } from 'node:timers/promises'
import { sync } from '../../operations/sync.ts'
import type { Round } from '../../operations/syncing/round.ts'
import { CoordError, errorBody, invalid } from '../../protocol/errors.ts'
import { visible } from '../../protocol/escape.ts'
import { backOff, EVERY_MS } from '../../protocol/machines/rounds.ts'
import { parseDuration } from '../../protocol/time.ts'
import { answer, contextOf } from './execute.ts'
import type { Lasting } from './lasting.ts'
import { write } from './output.ts'

const SHORTEST_MS = 1000

/** Prints rounds in which something came or went, and the first after one that failed; with `--json` one object a line for each of them, and for each that failed. */
export const watchSync: Lasting = async (host, { command, input, globals }, signal) => {
  const every = readEvery(input.every as string | undefined)
  let failures = 0
  for (let first = true; !signal.aborted; first = false) {
    const ctx = contextOf(host, globals)
    try {
      const result = sync.run(ctx, {})
      if (first || failures > 0 || isNews(result)) answer(host, command, result, input, globals, ctx)
      failures = 0
    } catch (error) {
      if (!(error instanceof CoordError) || !passes(error)) throw error
      failures++
      if (globals.json) write(1, `${JSON.stringify(errorBody(error))}\n`)
      else write(2, `coord: ${visible(error.message)}\n`)
    }
    await pause(backOff(failures, every), signal)
  }
  return null
}

/** Whether another round may do better: not where no remote is set, or the room is another's copy. */
const passes = ({ code, details }: CoordError) =>
  code === 'busy' || (code === 'conflict' && 'trouble' in details)

/** The time between rounds (ms). Throws `invalid` for less than a second. */
function readEvery(text: string | undefined): number {
  const every = text === undefined ? EVERY_MS : parseDuration(text, 'every')
  if (every >= SHORTEST_MS) return every
  throw invalid('every', `--every ${text} is too often`, 'At least 1s; 20s is usual.')
}

const isNews = ({ published, received, machines, notes }: Round) =>
  published ||
  notes.length > 0 ||
  received.messages + received.receipts + received.handoffs > 0 ||
  machines.some(({ state }) => state === 'new' || state === 'changed')

/** Ends with the signal too, and leaves no listener at it: rounds go on for days. */
const pause = (millis: number, signal: AbortSignal): Promise<void> =>
  sleep(millis, undefined, { signal }).catch(() => {})
