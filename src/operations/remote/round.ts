/** What a round with the remote comes to, and the part of it that settles one domain. */
import type { Context } from '../../context.ts'
import type { Resource } from '../../protocol/claims.ts'
import { CoordError } from '../../protocol/errors.ts'
import { nameOf } from '../../protocol/names.ts'
import { keptFor } from '../../protocol/remote/kept.ts'
import type { FarLedger } from '../../store/remote/heads.ts'
import type { Asked } from './plan.ts'
import { addLost, nothingLost, type SetBack, wordsOfLost } from './set-back.ts'
import type { Trouble } from './settling.ts'
import { howLost, namesIn, tellLosers, tellTaken } from './telling.ts'
import { trySettling } from './trying.ts'

/** What became of it all. */
export interface AllSettled {
  /** Moves that the remote took. */
  taken: number
  lost: { resource: string; claimed_by: string; detail: string }[]
  /** Refs of others that were read. */
  read: number
  /** Refs that the remote has lost, or that tell less than they had; what this room held there was offered again. */
  set_back: string[]
  /** The claims of this room that were offered again for that, and those of others that bind nobody any more, by name. */
  again: string[]
  unbound: string[]
  trouble: Trouble | null
}

/** Whether trouble is of some refs alone, while the remote takes part. */
export const isOfRefs = ({ kind }: Trouble): boolean => kind === 'damaged' || kind === 'conflict'

/** The error for a remote that does not take part: `busy` where that passes, else `conflict`. */
export function absence(
  remote: string,
  { kind, detail }: Trouble,
  details: Record<string, unknown>,
): CoordError {
  const passes = ['unreachable', 'slow', 'lease'].includes(kind)
  const what = kind === 'unreachable' ? 'does not answer' : 'did not take it'
  const hint = passes
    ? 'Nothing is lost: the next round takes it up. coord remote status tells more.'
    : 'Nothing is lost here. Mend it there, or: coord remote setup'
  return new CoordError(passes ? 'busy' : 'conflict', `${remote} ${what}: ${detail}`, hint, {
    ...{ remote, trouble: kind, ...details },
  })
}

/** What is told where no remote is set. */
export const noRemote = () =>
  new CoordError('conflict', 'no remote is set for this room', 'coord remote setup sets one.')

/** What a round asks for; `fresh`: even if all seems known. */
export const asked = (by: string, fresh: boolean): Asked => ({
  ...{ by, fresh, drop: new Set<string>(), together: new Set<string>() },
})

/** Note in a round what the remote has lost, to be told once. */
export function noteLost(result: AllSettled, seen: SetBack): void {
  const all = { refs: result.set_back, again: result.again, unbound: result.unbound }
  addLost(all, seen)
  Object.assign(result, { set_back: all.refs, again: all.again, unbound: all.unbound })
}

/** What a round tells of what the remote has lost; null where that is nothing. */
export const wordsOfRound = (remote: string, { set_back, again, unbound }: AllSettled): string | null =>
  wordsOfLost(remote, { refs: set_back, again, unbound })

function settleNoting(
  ctx: Context,
  ledger: FarLedger,
  name: string,
  resources: Resource[],
  by: string,
  result: AllSettled,
) {
  const seen = nothingLost()
  const answer = trySettling(ctx, ledger, name, resources, { ...asked(by, true), seen })
  noteLost(result, seen)
  return answer
}

/** Settle some resources of a domain, tell the sessions, and add what came of it to `result`; why it could not be done, or null. */
export function settleSome(
  ctx: Context,
  ledger: FarLedger,
  name: string,
  resources: Resource[],
  by: string,
  result: AllSettled,
): Trouble | null {
  const answer = settleNoting(ctx, ledger, name, resources, by, result)
  if ('trouble' in answer) return answer.trouble
  // What was kept for a session elsewhere, and has gone to it, is no loss.
  const lost = answer.settled.lost.filter(({ lease }) => keptFor(lease) === null)
  tellLosers(ctx, ledger.room, lost)
  tellTaken(ctx, ledger, answer.settled)
  for (const each of lost)
    result.lost.push({
      resource: nameOf(each.lease),
      claimed_by: each.lease.claimed_by,
      detail: `${nameOf(each.lease)} ${howLost(each, namesIn(ctx, ledger.room))}`,
    })
  return null
}
