/** What a history may not show of claims. All of it is judged by what was asked and answered; nothing is read from the room. */
import { groupBy } from '../groups.ts'
import { type Act, type Done, isDone } from './acts.ts'
import type { Violation } from './violation.ts'

/** A lease that was acknowledged: from the answer to the end of its term counted from the question, or to the holder's own release. */
interface Lease {
  act: Done
  from: number
  until: number
}

export type Rule = (acts: Act[]) => Violation | null

/** The first violation among the acts about one resource, oldest first. */
export const checkLeases: Rule = (acts) => {
  for (const rule of [twoHolders, tokensGrow, noClaimLost, noReleaseLost, claimsShown]) {
    const found = rule(acts)
    if (found) return found
  }
  return null
}

const isGrant = (act: Act): act is Done => (act.op === 'claim' || act.op === 'renew') && isDone(act)

/** The leases that were acknowledged, by their beginning. A release cuts its holder's lease when it is asked for, whatever becomes of it. */
function leasesOf(acts: Act[]): Lease[] {
  const releases = groupBy(acts, (act) => (act.op === 'release' ? whoseOf(act) : undefined))
  const leases = acts.filter(isGrant).map((act) => {
    const from = act.answer.done
    const release = releases.get(whoseOf(act))?.find(({ at }) => at >= from)
    return { act, from, until: Math.min(act.at + (act.term_ms ?? 0), release?.at ?? Infinity) }
  })
  return leases.filter(({ from, until }) => until > from).sort((a, b) => a.from - b.from)
}

const whoseOf = ({ lane, resource }: Act) => `${lane} ${resource}`

/** Two leases of one resource never overlap, unless they are one holder's; nor do those of resources of which one contains the other. */
export const twoHolders: Rule = (acts) => {
  const latest = new Map<string, Lease>()
  for (const lease of leasesOf(acts)) {
    for (const other of latest.values())
      if (other.act.lane !== lease.act.lane && other.until > lease.from && meet(other.act, lease.act))
        return {
          promise: 'two_holders',
          what: `two holders at once of ${lease.act.resource}`,
          acts: [other.act, lease.act],
        }
    const own = latest.get(whoseOf(lease.act))
    if (!own || own.until < lease.until) latest.set(whoseOf(lease.act), lease)
  }
  return null
}

/** `file/src/*` contains `file/src/a`. */
const contains = (one: string, other: string) => one.endsWith('*') && other.startsWith(one.slice(0, -1))
const meet = ({ resource: one = '' }: Act, { resource: other = '' }: Act) =>
  one === other || contains(one, other) || contains(other, one)

/** Each grant has a token above those of all grants that were told before it was asked for; and no two have the same. */
export const tokensGrow: Rule = (acts) => {
  const grants = acts.filter((act) => act.op === 'claim' && isDone(act) && !act.answer.already) as Done[]
  const told = grants.toSorted((a, b) => a.answer.done - b.answer.done)
  const known = new Map<number, Done>()
  let highest: Done | null = null
  let next = 0
  for (const grant of grants) {
    for (; told[next] && told[next]!.answer.done < grant.at; next++)
      if (!highest || token(told[next]!) > token(highest)) highest = told[next]!
    const before = known.get(token(grant)) ?? (highest && token(grant) <= token(highest) ? highest : null)
    if (before)
      return {
        promise: 'token_not_growing',
        what: `a later grant of ${grant.resource} has no higher token`,
        acts: [before, grant],
      }
    known.set(token(grant), grant)
  }
  return null
}

const token = (act: Done) => act.answer.token ?? Number.NaN

const GONE = ['lost', 'not_owner', 'not_found', 'held']

/** While a lease runs that was not released, its holder is not told that it is gone, nor given another token. */
export const noClaimLost: Rule = (acts) => {
  for (const own of groupBy(acts, ({ lane }) => lane).values()) {
    let lease = null as { act: Done; end: number } | null
    for (const act of own) {
      const runs = lease !== null && act.answer !== null && act.answer.done < lease.end
      const refused = act.answer?.ok === false && GONE.includes(act.answer.code ?? '')
      const other = act.op === 'claim' && isDone(act) && act.answer.token !== lease?.act.answer.token
      if (lease && runs && (refused || other))
        return {
          promise: 'claim_lost',
          what: `an acknowledged claim of ${act.resource} was lost while it ran`,
          acts: [lease.act, act],
        }
      if (act.op === 'release') lease = null
      else if (isGrant(act)) lease = { act, end: Math.max(lease?.end ?? 0, act.at + (act.term_ms ?? 0)) }
    }
  }
  return null
}

/** After an acknowledged release nobody is told of its token any more. */
export const noReleaseLost: Rule = (acts) => {
  const released = new Map<number, Done>()
  for (const act of acts) if (act.op === 'release' && isDone(act)) released.set(act.token ?? 0, act)
  for (const act of acts) {
    if (!act.answer || act.op === 'release') continue
    const told =
      act.op === 'look' ? act.answer.shown?.[act.resource!] : (act.answer.holder?.token ?? act.answer.token)
    const release = released.get(told ?? -1)
    if (release && release.answer.done < act.at)
      return {
        promise: 'release_lost',
        what: `an acknowledged release of ${act.resource} was lost`,
        acts: [release, act],
      }
  }
  return null
}

/** Who looks while a lease runs sees it. */
export const claimsShown: Rule = (acts) => {
  const looks = acts.filter((act): act is Done => act.op === 'look' && isDone(act))
  if (looks.length === 0) return null
  const leases = leasesOf(acts)
  for (const look of looks)
    for (const { act, from, until } of leases) {
      if (from >= look.at) break
      const shown = look.answer.shown?.[act.resource!]
      if (look.answer.done < until && shown !== act.answer.token)
        return {
          promise: 'claim_lost',
          what: `an acknowledged claim of ${act.resource} is not shown while it runs`,
          acts: [act, look],
        }
    }
  return null
}
