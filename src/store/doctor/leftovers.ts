/** What crashes leave behind, by the rule of `gc`, and what piles up because nobody tidies. */
import type { Finding } from '../../protocol/faults.ts'
import { parseFileTime } from '../../protocol/time.ts'
import { walkNames } from '../disk.ts'
import { inRoom, type Room } from '../room.ts'
import type { Chore } from '../tidy/chore.ts'

/** Those of the left-overs that are a fault of the room. */
export function findLeftovers(chores: Chore[]): Finding[] {
  return chores.flatMap(({ path, why }) =>
    why === undefined ? [] : [{ path, kind: 'leftover', detail: why }],
  )
}

/** Remove a left-over, if it still is one. A mark or a lock of nobody is worth nothing to anybody, so it is not kept. */
export function removeLeftover(chores: Chore[], path: string): string | null {
  return chores.find((chore) => chore.path === path)?.run() ? 'removed' : null
}

const BACKLOG = 1000

/** Old heartbeats that pile up because nobody beats. */
export function findBacklog(room: Room, now: number): Finding[] {
  const cutoff = now - room.config.heartbeats.retention
  let old = 0
  for (const name of walkNames(inRoom(room, 'heartbeats')))
    if ((parseFileTime(name)?.time ?? now) < cutoff) old++
  if (old < BACKLOG) return []
  return [
    {
      path: 'heartbeats',
      kind: 'backlog',
      detail: `${old} heartbeats are older than they are kept`,
      fix: 'coord gc',
    },
  ]
}
