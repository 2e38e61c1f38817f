/** How claims ended that their session still remembers, for who is told of the loss. Loaded only where there is one. */
import { pastTenures, type Tenure } from '../protocol/tenures.ts'
import { calledHere } from './foreign/holder.ts'
import type { HeldMark } from './held.ts'
import { readSlots } from './ledger.ts'
import { domain, type Room } from './room.ts'

/** How a claim was lost: what ended it, who on which other machine, and what that said; `why` and who holds it `now` in words. */
type HowLost = Partial<Pick<Tenure, 'ended' | 'by_machine' | 'reason'> & { by: string; why: string }>

/** Losses with how they came, as far as the kept slots of the ledgers tell. A ledger that can't be read tells nothing. `now`: epoch ms. */
export function withCauses<M extends HeldMark & { holder: string | null }>(
  room: Room,
  lost: M[],
  now: number,
): (M & HowLost & { now: string })[] {
  const called: Called = (id, machine) => calledHere(room, id, now, machine)
  const holds = (mark: M) => `${mark.holder ? called(mark.holder) : 'nobody'} holds it now`
  return lost.map((mark) => ({ ...mark, ...howLost(room, mark, called), now: holds(mark) }))
}

type Called = (id: string, machine?: string) => string

function howLost(room: Room, mark: HeldMark, called: Called): HowLost {
  const past = pastOf(room, mark)
  const tenure = past.find(({ claim_id }) => claim_id === mark.claim_id)
  if (!tenure) return {}
  const { ended, by, by_machine, reason } = tenure
  const more = { ...(by ? { by } : {}), ...(by_machine ? { by_machine } : {}), ...(reason ? { reason } : {}) }
  return { ended, ...more, why: wordsOf(tenure, called) }
}

function pastOf(room: Room, mark: HeldMark): Tenure[] {
  try {
    return pastTenures(readSlots(room, domain(mark.resource_type, mark.resource_name)), mark)
  } catch {
    return []
  }
}

const WORDS: Partial<Record<Tenure['ended'], string>> = {
  forced: 'released by force by',
  taken_over: 'taken over by',
  expired: 'ran out, and was taken over by',
  handed_over: 'handed over to',
  not_taken: 'not taken by the remote, which had a claim of',
  gone: 'gone at the remote, now of',
}

function wordsOf({ ended, by, by_machine, reason }: Tenure, called: Called): string {
  const told = by ? `${WORDS[ended] ?? ended} ${called(by, by_machine)}` : ended.replace('_', ' ')
  return `${told}${reason ? `: ${reason}` : ''}`
}
