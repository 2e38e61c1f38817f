/**
 * What the hooks of agents keep below `.state/hooks/`: `<session>.json` what a session was told last (replaced by its hooks, the last
 * one wins: losing it only tells twice), `<session>.jsonl` what each hook cost, `faults.jsonl` where coord itself failed. Derived and
 * for display: nothing relies on it.
 */

import path from 'node:path'
import { type HookCost, isHookCost } from '../protocol/hooks/accounts.ts'
import type { Known } from '../protocol/hooks/changes.ts'
import type { Refused } from '../protocol/hooks/refused.ts'
import type { Touched } from '../protocol/hooks/touched.ts'
import { readLines } from '../protocol/lines.ts'
import { appendLine, replaceFile } from './atomic.ts'
import { lookAt, readIfThere } from './disk.ts'
import { lookQuietly } from './plain-path.ts'
import { inRoom, listIn, place, type Room } from './room.ts'

const DIRECTORY = '.state/hooks'
const BYTES = 1 << 20
/** Where hooks note that coord failed. */
export const HOOK_FAULTS = `${DIRECTORY}/faults.jsonl`

/** How files looked before a shell command that began at a time (epoch ms). */
interface ShellWatch {
  at: number
  files: Record<string, string>
}

/** What a session's hooks remember. Times in epoch ms. */
export interface HookMemory {
  known: Known
  /** When a heartbeat was filed last, the session's file was written, and news were looked for. */
  beat: number
  seen: number
  looked: number
  state: string
  target: string | null
  /** Peers' files as they were before shell commands of this session, by the ids of their uses. */
  shells: Record<string, ShellWatch>
  /** The files it wrote lately, with when. */
  touched: Touched
  /** Files that its guard refused for a claim of another's guard, until it is told that they are free. */
  refused: Refused
  /** What the session was at, for after a compaction. */
  draft: string | null
}

export const NO_MEMORY: HookMemory = {
  known: { sessions: {}, claims: {} },
  ...{
    beat: 0,
    seen: 0,
    looked: 0,
    state: '',
    target: null,
    shells: {},
    touched: [],
    refused: [],
    draft: null,
  },
}

const memoryFile = (id: string) => `${DIRECTORY}/${id}.json`

/** What a session's hooks remember; null for nothing, or nothing that can be read. */
export function loadMemory(room: Room, id: string): HookMemory | null {
  const reading = readIfThere(inRoom(room, memoryFile(id)), BYTES)
  if (!('text' in reading)) return null
  try {
    const memory = JSON.parse(reading.text) as HookMemory
    return isMemory(memory) ? { ...NO_MEMORY, ...memory } : null
  } catch {
    return null
  }
}

/** Machine files are guarded like records: anybody may have written them. */
function isMemory({ known, shells, ...rest }: Partial<HookMemory>): boolean {
  const isMap = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)
  const times = [rest.beat, rest.seen, rest.looked]
  return (
    isMap(known?.sessions) &&
    isMap(known?.claims) &&
    (rest.refused === undefined || Array.isArray(rest.refused)) &&
    times.every((time) => time === undefined || typeof time === 'number') &&
    (shells === undefined || (isMap(shells) && Object.values(shells).every((each) => isMap(each?.files))))
  )
}

/** Remember. */
export function saveMemory(room: Room, id: string, memory: HookMemory): void {
  replaceFile(place(room, memoryFile(id)), JSON.stringify(memory))
}

/** Whether a settings file tells an agent to run a line. */
export function mentions(file: string, line: string): boolean {
  const reading = readIfThere(file, BYTES)
  return 'text' in reading && reading.text.includes(line)
}

/** Whether anything was added to or taken from some directories of the room since a time, as their mtimes tell. */
export function anyChanged(room: Room, directories: string[], since: number): boolean {
  // A clock tick of the file system: what happened within it may have the same time.
  return directories.some((name) => (lookAt(inRoom(room, name))?.mtimeMs ?? 0) >= since - 20)
}

/** How files look from outside: size, mtime and inode of each that is there; paths from `top`. */
export function fingerprints(top: string, paths: string[]): Record<string, string> {
  const marks: Record<string, string> = {}
  for (const each of paths) {
    const stat = lookQuietly(path.join(top, each))
    marks[each] = stat ? `${stat.size} ${stat.mtimeMs} ${stat.ino}` : 'absent'
  }
  return marks
}

const COST_BYTES = 4 << 20

/** Note what a hook cost. A file over 4 MB is left to gc. */
export function noteCost(room: Room, id: string, cost: HookCost): void {
  appendLine(place(room, `${DIRECTORY}/${id}.jsonl`), `${JSON.stringify(cost)}\n`, COST_BYTES)
}

/** What the hooks of each session cost, by its id, as far as it is kept. */
export function readCosts(room: Room): Map<string, HookCost[]> {
  const names = listIn(room, DIRECTORY).filter((name) => name.endsWith('.jsonl') && !name.startsWith('.'))
  const costs = names.flatMap((name): [string, HookCost[]][] => {
    const reading = readIfThere(inRoom(room, `${DIRECTORY}/${name}`), 2 * COST_BYTES)
    const noted = 'text' in reading ? readLines(reading.text).values.filter(isHookCost) : []
    return noted.length > 0 ? [[name.slice(0, -'.jsonl'.length), noted]] : []
  })
  return new Map(costs)
}

/** Note where coord itself failed in a hook, which let the agent go on. */
export function noteFault(
  room: Room,
  fault: { at: string; agent: string; event: string; error: string },
): void {
  appendLine(place(room, HOOK_FAULTS), `${JSON.stringify(fault)}\n`, BYTES)
}
