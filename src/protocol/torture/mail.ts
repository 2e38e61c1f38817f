/** What a history may not show of messages. */
import { groupBy } from '../groups.ts'
import { type Act, type Done, isDone } from './acts.ts'
import type { Violation } from './violation.ts'

/**
 * What was acknowledged as sent is in the room once, and what was not at most once; a reader is given it once. The history ends with a look
 * at all messages (`list`), after each reader has read what was left.
 */
export function checkMail(acts: Act[]): Violation | null {
  return givenTwice(acts) ?? notThereOnce(acts) ?? neverGiven(acts)
}

const isRead = (act: Act): act is Done => act.op === 'inbox' && isDone(act)

/** A reader is given a message once. */
export function givenTwice(acts: Act[]): Violation | null {
  for (const reads of groupBy(acts.filter(isRead), ({ lane }) => lane).values()) {
    const given = new Map<string, Act>()
    for (const act of reads)
      for (const key of act.answer.keys ?? []) {
        const before = given.get(key)
        if (before)
          return { promise: 'message_twice', what: `message ${key} was given twice`, acts: [before, act] }
        given.set(key, act)
      }
  }
  return null
}

function notThereOnce(acts: Act[]): Violation | null {
  const list = acts.findLast((act): act is Done => act.op === 'list' && isDone(act))
  if (!list) return null
  const counts = new Map<string, number>()
  for (const key of list.answer.keys ?? []) counts.set(key, (counts.get(key) ?? 0) + 1)
  for (const act of acts) {
    if (act.op !== 'send') continue
    const count = counts.get(act.key!) ?? 0
    if (count > 1)
      return { promise: 'message_twice', what: `message ${act.key} is there ${count} times`, acts: [act] }
    if (count === 0 && isDone(act))
      return { promise: 'message_lost', what: `acknowledged message ${act.key} is not there`, acts: [act] }
  }
  return null
}

/** A reader is given what is there; only one that was killed while it read may have been, and not told of it. */
export function neverGiven(acts: Act[]): Violation | null {
  if (!acts.some((act) => act.op === 'list' && isDone(act))) return null
  for (const [lane, own] of groupBy(acts, (act) => act.lane)) {
    if (!own.some(isRead)) continue
    const given = new Set(own.filter(isRead).flatMap(({ answer }) => answer.keys ?? []))
    const torn = own.flatMap((act, at) =>
      act.op === 'inbox' && !isDone(act) ? (own[at + 1]?.at ?? Infinity) : [],
    )
    const lastRead = own.findLast(isRead)!
    const due = acts.find(
      (act) =>
        act.op === 'send' &&
        isDone(act) &&
        (act.to === lane || (act.to === 'broadcast' && act.lane !== lane)) &&
        act.answer.done < lastRead.at &&
        !given.has(act.key!) &&
        !torn.some((until) => until > act.at),
    )
    if (due)
      return {
        promise: 'message_lost',
        what: `${lane} was never given acknowledged message ${due.key}`,
        acts: [due, lastRead],
      }
  }
  return null
}
