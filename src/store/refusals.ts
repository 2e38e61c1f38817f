/** Refused claims of the last hour, for the board: who wanted what that somebody else holds. Display data, trimmed with age. */

import { readLines } from '../protocol/lines.ts'
import type { Refusal } from '../protocol/picture.ts'
import { appendLine } from './atomic.ts'
import { readIfThere } from './disk.ts'
import { inRoom, place, type Room } from './room.ts'

const FILE = '.state/refusals.jsonl'
const WINDOW_MS = 3_600_000

/** Who tries again and again is noted this often: every refresh of the board reads the file. */
const AGAIN_MS = 20_000

/** Remember a refusal. False where the same claim was refused to the same session within the hour: then both sides are told of it. */
export function addRefusal(room: Room, refusal: Refusal): boolean {
  const what = (of: Refusal) => JSON.stringify({ ...of, at: 0 })
  const before = listRefusals(room, refusal.at).find((of) => what(of) === what(refusal))
  const age = before ? refusal.at - before.at : AGAIN_MS
  if (age < 0 || age >= AGAIN_MS) appendLine(place(room, FILE), `${JSON.stringify(refusal)}\n`)
  return !before
}

/** The last refusal of each session and resource within the hour before `now`, up to `until`. */
export function listRefusals(room: Room, now: number, until = Infinity): Refusal[] {
  const reading = readIfThere(inRoom(room, FILE), 1 << 20)
  if (!('text' in reading)) return []
  const last = new Map<string, Refusal>()
  for (const value of readLines(reading.text).values as Refusal[]) {
    if (!isRefusal(value) || value.at < now - WINDOW_MS || value.at > until) continue
    last.set(`${value.by} ${value.resource_type}/${value.resource_name}`, value)
  }
  return [...last.values()]
}

function isRefusal(value: Refusal): boolean {
  const texts = [value.by, value.holder, value.resource_type, value.resource_name]
  return Number.isSafeInteger(value.at) && texts.every((text) => typeof text === 'string')
}
