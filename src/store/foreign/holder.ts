/** Who holds a claim, where no session of this room does: rare, so it is not in the first bundle. */
import { labelOf } from '../../protocol/labels.ts'
import { atMachine, machineOf, markedId } from '../../protocol/machines/names.ts'
import type { Session } from '../../protocol/records.ts'
import { keptFor } from '../../protocol/remote/kept.ts'
import { lastMachine } from '../remote/setting.ts'
import type { Room } from '../room.ts'
import { loadSession } from '../sessions.ts'
import { listForeignSessions, loadForeignSession } from './machines.ts'

/** A holder elsewhere: its session as far as it is known, ` @machine` for people, and what JSON tells of the machine. */
interface HolderAbroad {
  session: Session | null
  at: string
  far: { machine?: string; machine_name?: unknown; name?: string | null }
}

/** The holder of a lease by what other machines published; of one whose session is not known yet, where it is. Reads only. `now`: epoch ms. */
export function holderAbroad(
  room: Room,
  lease: { claimed_by: string; machine?: unknown; kept_for?: unknown },
  now: number,
): HolderAbroad {
  const machine = machineOf(lease)
  const kept = keptFor(lease)
  const isOwn = lastMachine(room) === (kept?.machine ?? machine)
  const own = isOwn ? loadSession(room, kept?.session ?? lease.claimed_by) : null
  if (own && !kept) return { session: own, at: '', far: {} }
  const keeper = `, for whom${machine === null ? ' it is kept' : `${atMachine(lease)} keeps it`} until claimed`
  // Its own room knows it by its id; the claim stands in the name of another machine.
  if (own)
    return {
      session: own,
      at: keeper,
      far: farOf({ ...own, machine: machine! }),
    }
  const ids = machine ? [lease.claimed_by, markedId(lease.claimed_by, machine)] : [lease.claimed_by]
  const found = listForeignSessions(room, now).filter(({ session_id }) => ids.includes(session_id))
  // Of another machine than the holder's an id is somebody else's.
  const session =
    found.find((each) => machineOf(each) === (kept?.machine ?? machine)) ??
    (machine === null || kept ? found[0] : undefined) ??
    null
  const place = session ?? (machine === null || machine === lastMachine(room) ? {} : { machine })
  return { session, at: `${atMachine(place)}${kept ? keeper : ''}`, far: farOf(place) }
}

const farOf = ({ machine, machine_name, name }: HolderAbroad['far']): HolderAbroad['far'] => ({
  ...(machine === undefined ? {} : { machine }),
  ...(machine_name === undefined ? {} : { machine_name }),
  ...(name ? { name } : {}),
})

/** What a session is called in words, with its machine; `machine` is where the id was heard from, if that is another one. Reads only. */
export function calledHere(room: Room, id: string, now: number, machine?: string): string {
  const there = machine === undefined || machine === lastMachine(room) ? null : machine
  const session = (there === null ? loadSession(room, id) : null) ?? loadForeignSession(room, id, now, there)
  return session ? `${labelOf(session)}${atMachine(session)}` : `${id}${atMachine({ machine: there })}`
}
