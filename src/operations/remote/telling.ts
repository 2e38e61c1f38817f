/** Word to sessions whose claims could not stand at the remote. */
import type { Context } from '../../context.ts'
import { nameOf } from '../../protocol/names.ts'
import type { Settled } from '../../protocol/remote/settle.ts'
import { unmarkHeld } from '../../store/held.ts'
import type { Room } from '../../store/room.ts'
import { attempt } from '../act.ts'
import { notify } from '../notify.ts'

/** Tell each loser who holds it now; the claim is forgotten here. */
export function tellLosers(ctx: Context, room: Room, lost: Settled['lost']): void {
  for (const { lease, rival } of lost) {
    const { resource_type, resource_name, token, claimed_by } = lease
    attempt(ctx, () => unmarkHeld(room, claimed_by, lease))
    const why = lease.machine ? 'was taken over on another machine' : 'was claimed on another machine first'
    const holder = rival && { claimed_by: rival.claimed_by, token: rival.token, machine: rival.machine }
    notify(ctx, room, {
      from: rival && rival.claimed_by !== claimed_by ? rival.claimed_by : 'human',
      to: claimed_by,
      type: 'claim_lost',
      subject: `${nameOf(lease)} ${why}: stop, and claim it again`,
      details: { resource_type, resource_name, your_token: token, ...(holder ? { holder } : {}) },
      priority: 'high',
    })
  }
}
