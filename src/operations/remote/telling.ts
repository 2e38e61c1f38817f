/** Word to sessions of what became of their claims at the remote. */
import type { Context } from '../../context.ts'
import { clip } from '../../protocol/escape.ts'
import { atMachine } from '../../protocol/machines/names.ts'
import { nameOf, namesOf } from '../../protocol/names.ts'
import { wordsOf } from '../../protocol/needs.ts'
import type { Lease } from '../../protocol/records.ts'
import { keptFor } from '../../protocol/remote/kept.ts'
import type { Settled } from '../../protocol/remote/settle.ts'
import { listHeldMarks, markHeld } from '../../store/held.ts'
import type { FarLedger } from '../../store/remote/heads.ts'
import type { Room } from '../../store/room.ts'
import { attempt } from '../act.ts'
import { calledHere } from '../keeping.ts'
import { notify } from '../notify.ts'

/** No session of this room did it, and who did it elsewhere has not written: coord tells. */
const FROM = 'coord'

/** Tell each loser how that came, and who holds it now. Their memory of it stays: the next heartbeat tells it too. */
export function tellLosers(ctx: Context, room: Room, lost: Settled['lost']): void {
  const called = namesIn(ctx, room)
  for (const each of lost) {
    const { lease, rival, ending = {} } = each
    // Whom it was kept for has taken it, or has let it go.
    if (keptFor(lease)) continue
    const { how, by, by_machine, reason } = ending
    const { resource_type, resource_name, token, claimed_by } = lease
    const holder = rival && { claimed_by: rival.claimed_by, token: rival.token, machine: rival.machine }
    notify(ctx, room, {
      from: FROM,
      to: claimed_by,
      type: 'claim_lost',
      subject: `${clip(nameOf(lease), 200)} ${howLost(each, called)}: ${rival ? 'stop, and ask for it' : 'stop, and claim it again'}`,
      message: rival ? `coord request ${wordsOf(rival)} --reason "…"` : `coord claim ${wordsOf(lease)}`,
      details: {
        ...{ resource_type, resource_name, your_token: token },
        ...(holder ? { holder } : {}),
        ...(how ? { how } : {}),
        ...(by_machine ? { by, by_machine } : {}),
        ...(reason ? { reason } : {}),
      },
      priority: 'high',
    })
  }
}

/** What the session of an id is called, and where; `machine` is where the id was heard from. */
type Called = (id: string, machine: string | undefined) => string

/** What sessions are called in word to those of a room, as far as they are known here. */
export const namesIn =
  (ctx: Context, room: Room): Called =>
  (id, machine) =>
    calledHere(room, id, ctx.now().wall, machine)

/** How a claim was lost at the remote, in words that follow its name. */
export function howLost({ lease, rival, ending = {} }: Settled['lost'][number], called: Called): string {
  const { how, by, by_machine, reason } = ending
  const there = (who: string | undefined, machine: string | undefined) =>
    who === undefined ? `somebody${atMachine({ machine })}` : called(who, machine)
  if (how === 'force')
    return `was released by force by ${there(by, by_machine)}${reason ? `: ${reason}` : ''}`
  if (!rival) return lease.machine ? 'is not held at the remote any more' : 'was not taken by the remote'
  const other = there(rival.claimed_by, rival.machine)
  if (lease.set_back)
    return `went to ${other}: the remote had lost it, and took that claim before it was offered again`
  if (!lease.machine) return `is held by ${other}: the remote took that claim before it was offered this one`
  return how === 'takeover' ? `was taken over by ${other}` : `is held by ${other} now`
}

/**
 * Tell those who were answered `provisional` that the remote has taken it, and whoever has another token now. `but` are claims whose holder
 * is being answered.
 */
export function tellTaken(
  ctx: Context,
  { room, setting }: FarLedger,
  { changes, accepted }: Pick<Settled, 'changes' | 'accepted'>,
  but: Set<string> = new Set(),
): void {
  const fresh = new Set(changes.map(({ claim_id }) => claim_id).filter((id) => !but.has(id)))
  const news = accepted.filter((lease) => fresh.has(lease.claim_id) && isNews(room, lease))
  for (const to of new Set(news.map(({ claimed_by }) => claimed_by))) {
    const theirs = news.filter(({ claimed_by }) => claimed_by === to)
    for (const lease of theirs) attempt(ctx, () => markHeld(room, to, lease))
    const claims = theirs.map(({ resource_type, resource_name, token }) => ({
      ...{ resource_type, resource_name, your_token: token },
    }))
    const verb = claims.length === 1 ? 'is yours: ' : 'are yours: '
    notify(ctx, room, {
      ...{ from: FROM, to, type: 'claim_taken', priority: 'normal' },
      subject: `${clip(namesOf(theirs), 200)} ${verb}${setting.remote} has taken what was provisional`,
      message: theirs.map((lease) => `${nameOf(lease)}: token ${lease.token}`).join('\n'),
      details: claims.length === 1 ? claims[0]! : { claims },
    })
  }
}

/** Whether a session was told something else of its claim than what the remote took. */
function isNews(room: Room, { claimed_by, claim_id, token }: Lease): boolean {
  const mark = listHeldMarks(room, claimed_by).find((each) => each.claim_id === claim_id)
  return mark !== undefined && (mark.provisional === true || mark.token !== token)
}
