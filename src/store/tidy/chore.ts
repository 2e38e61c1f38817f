/** What gc finds to do: said by `--dry-run`, done otherwise, so that both always agree. */
import fs from 'node:fs'
import { lookAt } from '../disk.ts'
import { inRoom, isOwnDirectory, type Room } from '../room.ts'

/** The kinds in the order in which they are done; their names are public. */
export const CHORE_KINDS = [
  'handoffs',
  'heartbeats',
  'sessions',
  'histories',
  'messages',
  'receipts',
  'temporaries',
  'marks',
  'mailboxes',
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
  /** Do it, if it still is to be done; false when it is not, or somebody else did it. Throws what the disk refuses. */
  run(): boolean
}

/** The milliseconds since coord's own temporary or marker file was changed; the clock is the machine's, as that of mtimes. */
export function markerAge(file: string): number {
  return Date.now() - (lookAt(file)?.mtimeMs ?? Number.POSITIVE_INFINITY)
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
