/** A room that takes another name at its remote, as another clone speaks in its own: what it held under the old one is that clone's now, and is said so. */
import type { Context } from '../../context.ts'
import { clip } from '../../protocol/escape.ts'
import { nameOf } from '../../protocol/names.ts'
import { wordsOf } from '../../protocol/needs.ts'
import { keptFor } from '../../protocol/remote/kept.ts'
import type { FarLease } from '../../protocol/remote/slots.ts'
import { unmarkHeld } from '../../store/held.ts'
import { listDomains } from '../../store/ledger.ts'
import type { Room } from '../../store/room.ts'
import { attempt } from '../act.ts'
import { notify } from '../notify.ts'
import { claimsHere } from './plan.ts'

/** The claims in a room's ledger that a remote holds by the name of a machine; none where it has no name. */
export function claimsNamed(ctx: Context, room: Room, machine: string | undefined) {
  const all = listDomains(room).flatMap((name) => attempt(ctx, () => claimsHere(room, name)) ?? [])
  const claims = all.filter((lease) => machine !== undefined && lease.machine === machine && !lease.foreign)
  return { machine, claims }
}

/** Tell the holders of claims that went to the clone whose name the room had: once for each claim. */
export function tellNamedApart(ctx: Context, room: Room, claims: FarLease[]): void {
  for (const lease of claims) {
    if (keptFor(lease)) continue
    const { resource_type, resource_name, token, claimed_by, machine } = lease
    attempt(ctx, () => unmarkHeld(room, claimed_by, lease))
    const words = wordsOf(lease)
    notify(ctx, room, {
      ...{ from: 'coord', to: claimed_by, type: 'claim_lost', priority: 'high' },
      subject: `${clip(nameOf(lease), 200)} is held by another clone, which has the name of this one: stop, and ask there`,
      message: `This clone has a new name at the remote; what it held as ${machine} is the other's.\nWhen nobody works there: coord release ${words} --force, then coord claim ${words}`,
      details: { resource_type, resource_name, your_token: token },
    })
  }
}
