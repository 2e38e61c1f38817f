/** What is kept for sessions of this room (remote/kept.ts), as something that needs them: it is lost in a while unless it is claimed. */
import { machineOf } from './machines/names.ts'
import { nameOf } from './names.ts'
import { type Need, wordsOf } from './needs.ts'
import { called, type Picture } from './picture.ts'
import { keptFor } from './remote/kept.ts'
import { isEnded } from './sessions.ts'
import { formatSpan } from './time.ts'

/** A need for each claim that a machine keeps for a session here, until it is claimed, over, or its session has ended. */
export function keptNeeds(picture: Picture): Need[] {
  return picture.claims.flatMap(({ lease, holder, expired, expires_in_ms }) => {
    const kept = keptFor(lease)
    if (!kept || expired || !holder || isEnded(holder.session)) return []
    const isHere = machineOf(holder.session) === null
    if (!isHere || machineOf(lease) === null) return []
    const giver = kept.by ? ` by ${called(picture, kept.by, { machine: kept.by_machine })}` : ''
    const who = called(picture, lease.claimed_by)
    const text = `${nameOf(lease)} is kept for ${who}${giver} for ${formatSpan(Math.max(0, expires_in_ms))} more`
    return [{ kind: 'kept', text, session_ids: [lease.claimed_by], act: `coord claim ${wordsOf(lease)}` }]
  })
}
