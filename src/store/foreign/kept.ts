/** Claims that are kept for a session of another machine (protocol/remote/kept.ts), as they are met here. Rare, so not in the first bundle. */
import { keptNeeds } from '../../protocol/kept-needs.ts'
import { markedId } from '../../protocol/machines/names.ts'
import type { Records } from '../../protocol/picture.ts'
import type { Lease } from '../../protocol/records.ts'
import { isKeptFor, keptFor } from '../../protocol/remote/kept.ts'
import { isEnded } from '../../protocol/sessions.ts'
import { archivedIn } from '../archived.ts'
import { lastMachine } from '../remote/setting.ts'
import type { Room } from '../room.ts'
import { loadSession } from '../sessions.ts'
import { listMachines } from './machines.ts'

/** Whether a lease is kept for a session of this room: that alone may take it, by claiming it. Reads only. */
const isKeptHere = (room: Room, lease: Lease, by: string): boolean =>
  keptFor(lease) !== null && isKeptFor(lease, lastMachine(room) ?? '', by)

/** Whether a lease is kept for a session that has ended, as far as is known here: then it stands in nobody's way. Reads only. */
export function isKeptForNobody(room: Room, lease: object): boolean {
  const kept = keptFor(lease)
  if (!kept) return false
  const { machine, session: id } = kept
  if (machine === lastMachine(room)) {
    const own = loadSession(room, id)
    return own ? isEnded(own) : archivedIn(room, id) !== undefined
  }
  const there = listMachines({ ...room, problems: [] }).find((each) => each.machine === machine)
  const session = there?.sessions.find(({ session_id }) => session_id === id)
  return session !== undefined && isEnded(session)
}

/** A lease that counts as one's own, as it is `kept` for who acts. */
export type MetLease = Lease & { kept?: true }

/**
 * Some leases as who acts here (null: nobody known) meets them: what is kept for it counts as its own, what is kept for who has ended is
 * none, and what is kept for another of its name is that one's. Reads only.
 */
export const asMetBy = (room: Room, leases: Lease[], by: string | null): MetLease[] =>
  leases.flatMap((lease) => {
    const kept = keptFor(lease)
    if (!kept) return [lease]
    if (by !== null && isKeptHere(room, lease, by))
      return [{ ...lease, claimed_by: by, kept_for: null, kept: true as const }]
    if (isKeptForNobody(room, lease)) return []
    return [lease.claimed_by === by ? { ...lease, claimed_by: markedId(by, kept.machine) } : lease]
  })

/** Some leases as readers are told of them: what is kept for a session of this room stands in that one's name, its giver in the one that it has here. */
export function asTold<L extends Lease>(room: Room, leases: L[]): L[] {
  if (!leases.some((lease) => keptFor(lease))) return leases
  const own = lastMachine(room)
  return leases.map((lease) => {
    const kept = keptFor(lease)
    const { machine } = lease as { machine?: string }
    if (!kept || kept.machine !== own || machine === undefined || machine === own) return lease
    const by = kept.by && loadSession(room, kept.by) ? markedId(kept.by, machine) : kept.by
    const kept_for = { ...kept, ...(by ? { by } : {}), by_machine: machine }
    return { ...lease, claimed_by: kept.session, machine: own, kept_for }
  })
}

/** What a picture takes of leases of which some are kept: as readers are told of them, and what of them needs somebody. */
export const keptRecords = (room: Room, leases: Lease[]): Pick<Records, 'leases' | 'kept'> => ({
  leases: asTold(room, leases),
  kept: keptNeeds,
})
