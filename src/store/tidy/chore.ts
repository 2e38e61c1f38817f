/** What gc finds to do: said by `--dry-run`, done otherwise, so that both always agree. */
import fs from 'node:fs'
import { lookAt } from '../disk.ts'
import { inRoom, isOwnDirectory, type Room } from '../room.ts'
import { removeSame } from '../same.ts'

/** The kinds in the order in which they are done; their names are public. */
export const CHORE_KINDS = [
  'handoffs',
  'heartbeats',
  'sessions',
  'histories',
  'messages',
  'channels',
  'receipts',
  'temporaries',
  'marks',
  'mailboxes',
  'alerts',
] as const
export type ChoreKind = (typeof CHORE_KINDS)[number]

export interface Chore {
  kind: ChoreKind
  /** What goes, as a path in the room. */
  path: string
  /** Where it goes, if it is kept. */
  to?: string
  /** How many lines go, if only some of it does. */
  lines?: number
  /** What a crash or a kill left behind is a fault of the room as well, and says what it is: `coord doctor` names it. */
  why?: string
  /** Do it, if it still is to be done; false when it is not, or somebody else did it. Throws what the disk refuses. */
  run(): boolean
}

/** The milliseconds since coord's own temporary or marker file was changed, either way; the clock is the machine's, as that of mtimes. */
export function markerAge(file: string): number {
  return Math.abs(Date.now() - (lookAt(file)?.mtimeMs ?? Date.now()))
}

/** Remove a thing if it still goes, as `stillGoes` judges right before: what came in its place meanwhile stays. */
export function removeIf(room: Room, path: string, stillGoes: () => boolean): boolean {
  const file = inRoom(room, path)
  const seen = lookAt(file)
  return seen !== undefined && stillGoes() && removeSame(file, seen)
}

/** Whether a path is a directory of the room with nothing in it; one that can't be listed is not known to be empty. */
export function isEmptyDirectory(room: Room, directory: string): boolean {
  try {
    return isOwnDirectory(room, directory) && fs.readdirSync(inRoom(room, directory)).length === 0
  } catch {
    return false
  }
}

/** Remove a directory of the room if nothing is in it; whoever writes into it at this moment makes it again. */
export function removeEmpty(room: Room, directory: string): boolean {
  if (!isOwnDirectory(room, directory)) return false
  try {
    fs.rmdirSync(inRoom(room, directory))
    return true
  } catch {
    return false
  }
}
