/** Acts of a torture's history, as its workers would have told them. */
import type { Act, Answered } from '../../src/protocol/torture/acts.ts'

let serial = 0

/** `lane` asks at a time; the answer comes one ms later, unless it says otherwise; null for none. */
export function act(
  lane: string,
  op: string,
  at: number,
  asked: Partial<Act>,
  answer: Partial<Answered> | null,
): Act {
  const id = String(serial++)
  return { id, lane, op, at, ...asked, answer: answer && { id, done: at + 1, ok: true, ...answer } }
}
