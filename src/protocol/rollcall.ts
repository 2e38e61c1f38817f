/** Roll calls: a broadcast that everybody who is there is to answer, and who did. */
import { machineOf, markedId } from './machines/names.ts'
import { isExpiredMessage } from './messages.ts'
import type { Picture } from './picture.ts'
import type { Message, Receipt } from './records.ts'
import { parseInstant } from './time.ts'

/** The type of the broadcast that calls. */
export const ROLLCALL = 'rollcall'

/** What became of a call with one session: `open` while there is time, then `missing`; `gone` who can't answer any more. */
export type Answer = 'answered' | 'open' | 'missing' | 'gone'

/** What one session answered, and when. */
export interface Called {
  session_id: string
  answer: Answer
  at: string | null
  /** Whether it answered after the time was up. */
  late: boolean
  message: string | null
}

/** What is known of the answers: receipts by reader, and the replies. */
export interface Heard {
  receipts: Map<string, Receipt[]>
  replies: Message[]
}

/** Who was called, and who answered without having been called, as they came later: those without an answer last. */
export function answersTo(call: Message, heard: Heard, picture: Picture): Called[] {
  const replies = heard.replies
    .filter(({ reply_to, from }) => reply_to === call.id && from !== call.from)
    .map((reply) => ({ ...reply, from: calledIn(call, reply) }))
  const ackers = [...heard.receipts].flatMap(([id, receipts]) => (ackOf(call, receipts) ? [id] : []))
  const ids = new Set([...(call.expects ?? []), ...replies.map(({ from }) => from), ...ackers])
  ids.delete(call.from)
  const all = [...ids].map((session_id): Called => {
    const reply = replies.findLast(({ from }) => from === session_id)
    const acked = ackOf(call, heard.receipts.get(session_id) ?? [])
    const at = reply?.timestamp ?? acked?.at ?? null
    const answer = reply || acked ? 'answered' : silenceOf(call, session_id, picture)
    const until = parseInstant(call.expires_at)
    const late = until !== null && (parseInstant(at) ?? 0) > until
    return { session_id, answer, at, late, message: reply?.message ?? null }
  })
  const ORDER: Answer[] = ['answered', 'open', 'missing', 'gone']
  const rank = ({ answer }: Called) => ORDER.indexOf(answer)
  return all.sort(
    (a, b) =>
      rank(a) - rank(b) || (a.at ?? '').localeCompare(b.at ?? '') || (a.session_id < b.session_id ? -1 : 1),
  )
}

/** Who replied, as the call names it: a session of another machine may have got another name since. */
function calledIn({ expects }: Message, reply: Message): string {
  const machine = machineOf(reply)
  const { from } = reply
  if (machine === null || expects?.includes(from)) return from
  return expects?.find((id) => markedId(id, machine) === from || markedId(from, machine) === id) ?? from
}

const ackOf = ({ id }: Message, receipts: Receipt[]) =>
  receipts.find(({ message, state }) => message === id && state === 'acked')

/** Silence of who is there means something only when the time is up. */
function silenceOf(call: Message, id: string, { byId, now }: Picture): Answer {
  const level = byId.get(id)?.liveness.level
  if (!level || level === 'ended' || level === 'gone') return 'gone'
  return isExpiredMessage(call, now) ? 'missing' : 'open'
}

/** How many answered, and how many did not. */
export function countAnswers(answers: Called[]): Record<Answer, number> {
  const counts = { answered: 0, open: 0, missing: 0, gone: 0 }
  for (const { answer } of answers) counts[answer]++
  return counts
}
