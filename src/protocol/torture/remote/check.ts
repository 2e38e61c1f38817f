/**
 * The checker of `coord torture --remote`: a history of several clones goes in, the first promise that it breaks comes out. An answer that
 * calls itself provisional promises nothing between clones, so it counts as none: it may have happened or not.
 */
import { groupBy } from '../../groups.ts'
import { type Act, isDone } from '../acts.ts'
import { checkAlone } from '../check.ts'
import { claimsShown, noClaimLost, noReleaseLost, tokensGrow, twoHolders } from '../leases.ts'
import { givenTwice, neverGiven } from '../mail.ts'
import type { Violation } from '../violation.ts'
import { machineOf } from './plan.ts'

/** The first violation, or null. The history of a whole torture ends with rounds of every clone (`last sync`), claims, and looks at all. */
export function findViolationAbroad(acts: Act[]): Violation | null {
  return checkAlone(acts) ?? stuck(acts) ?? checkClaims(acts) ?? checkDelivery(acts)
}

/** When all is calm again, rounds succeed, and the remote takes claims. */
function stuck(acts: Act[]): Violation | null {
  const round = acts.find(({ op, answer }) => op === 'last sync' && answer && !answer.ok)
  if (round)
    return { promise: 'sync_stuck', what: `${round.lane} can't sync when all is calm`, acts: [round] }
  const claim = acts.find(({ op, answer }) => op === 'last claim' && answer?.provisional)
  if (!claim) return null
  const what = `the remote does not take a claim of ${claim.resource} when all is calm`
  const { error } = claim.answer!
  return { promise: 'claim_stuck', what: error ? `${what}: ${error}` : what, acts: [claim] }
}

function checkClaims(acts: Act[]): Violation | null {
  const taken = takenIn(acts)
  const settled = acts.map((act) =>
    act.answer?.provisional || !isKnown(act, taken) ? { ...act, answer: null } : act,
  )
  const found = twoHolders(settled.filter(({ resource }) => resource !== undefined))
  if (found) return found
  const looks = groupBy(
    acts.filter(({ op }) => op === 'look'),
    ({ lane }) => machineOf(lane),
  )
  const atEnd = acts.filter(({ op }) => op === 'last look')
  for (const [resource, about] of groupBy(settled, (act) => act.resource)) {
    const told = tokensGrow(about) ?? noClaimLost(about)
    if (told) return told
    for (const [machine, own] of groupBy(about, ({ lane }) => machineOf(lane))) {
      const seen = [...own, ...(looks.get(machine) ?? []).map((look) => ({ ...look, resource }))]
      const inOrder = seen.sort((a, b) => a.at - b.at)
      const here = noReleaseLost(inOrder) ?? claimsShown(inOrder)
      if (here) return here
    }
    // What others knew of it may have been old before: in the end each clone has read the remote, and provisional releases have got there.
    const releases = acts.filter(
      (act) => act.op === 'release' && act.resource === resource && isKnown(act, taken),
    )
    const late = noReleaseLost([...releases, ...atEnd.map((look) => ({ ...look, op: 'look', resource }))])
    if (late) return late
  }
  return null
}

const claimOf = ({ lane, resource }: Act, token: number | undefined) => `${lane} ${resource} ${token}`

/** The claims that the remote is known to have taken. */
const takenIn = (acts: Act[]) =>
  new Set(
    acts.flatMap((act) =>
      act.op !== 'release' && isDone(act) && !act.answer.provisional ? claimOf(act, act.answer.token) : [],
    ),
  )

/** The release of a claim that was never taken tells nothing of its token, which the remote may give to another. */
const isKnown = (act: Act, taken: Set<string>) => act.op !== 'release' || taken.has(claimOf(act, act.token))

/** In the end each message is once in every clone that it is for. */
function checkDelivery(acts: Act[]): Violation | null {
  const twice = givenTwice(acts)
  if (twice) return twice
  const lists = acts.filter((act) => act.op === 'list' && isDone(act))
  for (const list of lists) {
    const machine = machineOf(list.lane)
    const counts = new Map<string, number>()
    for (const key of list.answer?.keys ?? []) counts.set(key, (counts.get(key) ?? 0) + 1)
    for (const act of acts) {
      if (act.op !== 'send') continue
      const count = counts.get(act.key!) ?? 0
      const where = `in the clone ${machine}`
      if (count > 1)
        return {
          promise: 'message_twice',
          what: `message ${act.key} is there ${count} times ${where}`,
          acts: [act],
        }
      if (count === 0 && isDone(act) && isFor(act, machine))
        return {
          promise: 'message_lost',
          what: `acknowledged message ${act.key} never arrived ${where}`,
          acts: [act],
        }
    }
  }
  return neverGiven(acts)
}

const isFor = ({ lane, to = '' }: Act, machine: string) =>
  to === 'broadcast' || [lane, to].some((session) => machineOf(session) === machine)
