/** The commands that help, for the one who reads them: nobody is told to answer, wake or write to himself. */
import { shortIds } from './labels.ts'
import { REQUEST } from './messages.ts'
import { findNeeds, type Need, quote } from './needs.ts'
import { called, type Picture, type Records, type Refusal } from './picture.ts'
import type { Message } from './records.ts'
import { isOpen, type ReleaseRequest, requestOf, wordsOfRequest } from './requests.ts'
import { ROLLCALL } from './rollcall.ts'

/** Who reads: a session, or null where that is not known; and whether an agent does, who can't act as the person. */
export interface Reader {
  id: string | null
  agent: boolean
}

/** What needs somebody (needs.ts) as it is told to a reader: its own session marked, each command one that it can run. */
export function needsFor(reader: Reader, picture: Picture): Need[] {
  const { id } = reader
  const labels = new Map(picture.labels)
  if (id !== null) labels.set(id, `${called(picture, id)} (you)`)
  const labelled = { ...picture, labels }
  const requests = openRequests(labelled)
  const refusals = picture.records.refusals.filter((refusal) => !isAskedFor(refusal, requests))
  const others = { ...labelled, records: withoutRequests(picture.records, refusals, id) }
  const left = [...refusals]
  const asked = openQuestions(picture)
  const needs = findNeeds(others).map((need) => {
    const refusal = need.kind === 'refused' ? left.shift() : undefined
    const question = need.kind === 'question' ? asked.shift() : undefined
    const act = asPerson(actFor(need, reader, picture, refusal), reader)
    return { ...need, act, ...(question ? aboutOf(question) : {}) }
  })
  return toldOnce([...requests.map((request) => needOf(request, reader, labelled)), ...needs], picture)
}

/** What the person is asked, in the order in which needs tell it. */
const openQuestions = ({ records, now }: Picture): Message[] =>
  records.messages
    .map(({ message }) => message)
    .filter((message) => message.to === 'human' && isOpen(message, records, now))

/** What a need tells of the message that it is about. */
const aboutOf = ({ id, timestamp }: Pick<Message, 'id' | 'timestamp'>) => ({
  ...(timestamp ? { since: timestamp } : {}),
  ...(id ? { message_id: id } : {}),
})

/** The requests that can be granted: of sessions that are there. */
const openRequests = ({ records, byId, now }: Picture): ReleaseRequest[] =>
  records.messages
    .map(({ message }) => message)
    .filter((message) => message.type === REQUEST && isOpen(message, records, now))
    .filter(({ from }) => byId.has(from) && byId.get(from)!.liveness.level !== 'ended')
    .map(requestOf)

const isAskedFor = (refusal: Refusal, requests: ReleaseRequest[]) =>
  requests.some(
    (asked) =>
      asked.from === refusal.by &&
      asked.token === refusal.token &&
      asked.resource_type === refusal.resource_type &&
      asked.resource_name === refusal.resource_name,
  )

/** What else needs somebody is found without requests, which are told in a way of their own, and without the reader's own roll calls. */
const withoutRequests = (records: Records, refusals: Refusal[], reader: string | null): Records => ({
  ...records,
  refusals,
  messages: records.messages.filter(
    ({ message: { type, from } }) => type !== REQUEST && !(type === ROLLCALL && from === reader),
  ),
})

/** The holder can grant it, who asked can take it back; others only see it. */
function needOf(request: ReleaseRequest, { id }: Reader, picture: Picture): Need {
  const { from, to } = request
  const verb = id === to ? 'grant' : id === from ? 'withdraw' : null
  const short = shortIds(picture.records.messageIds?.() ?? [request.id])(request.id)
  return {
    kind: 'requested',
    text: wordsOfRequest(called(picture, from), called(picture, to), request),
    session_ids: [from, to],
    act: verb && `coord request --${verb} ${quote(short)}`,
    ...aboutOf(request),
  }
}

/** Questions first; a session that waits for the answer, and so gives no other sign, is not told twice. */
function toldOnce(needs: Need[], picture: Picture): Need[] {
  const isQuestion = ({ kind }: Need) => kind === 'question'
  const asking = new Set(needs.filter(isQuestion).flatMap(({ session_ids }) => session_ids))
  const isTold = ({ kind, session_ids: [id = ''] }: Need) =>
    asking.has(id) &&
    (kind === 'waiting' ||
      (kind === 'quiet' && picture.byId.get(id)?.state === 'waiting' && !isGone(id, picture)))
  const others = needs.filter((need) => !isQuestion(need) && !isTold(need))
  return [...needs.filter(isQuestion), ...others]
}

/** People without a session write as the person of the room. */
function asPerson(act: string | null, { id, agent }: Reader): string | null {
  return act?.startsWith('coord send ') && id === null && !agent ? `${act} --as human` : act
}

function actFor(need: Need, { id, agent }: Reader, picture: Picture, refusal?: Refusal): string | null {
  const { kind, session_ids, act } = need
  const mine = id !== null && session_ids.includes(id)
  const write = (to: string | undefined) => (to ? `coord send ${quote(called(picture, to))} "…"` : null)
  if (kind === 'question') return agent || mine ? null : act
  if (kind === 'unanswered' && act === null)
    return (id ?? (agent ? null : 'human')) === session_ids[0] ? 'coord send broadcast "…"' : null
  if (kind === 'unanswered') return unansweredAct(need, id, write)
  if (kind === 'quiet' && !mine && isGone(session_ids[0]!, picture))
    return act && `coord rescue ${quote(called(picture, session_ids[0]!))}`
  if (!mine) return act
  if (kind === 'refused' && refusal?.by === id) {
    const { resource_type, resource_name } = refusal
    return `coord claim ${quote(resource_type)} ${quote(resource_name)} --wait 10m`
  }
  if (kind === 'cycle') return write(session_ids[(session_ids.indexOf(id) + 1) % session_ids.length])
  if (kind === 'refused' || kind === 'same-target') return write(session_ids.find((other) => other !== id))
  return kind === 'quiet' || act?.startsWith('coord send ') ? goOn(id, picture) : act
}

/** A letter to who is gone would not be read. */
const isGone = (id: string, { byId }: Picture) => byId.get(id)?.liveness.level === 'gone'

/** The asker and those who only look can ask again; the one who was asked answers. */
function unansweredAct(
  { session_ids: [, to], session_ids, act }: Need,
  id: string | null,
  write: (to: string | undefined) => string | null,
): string | null {
  if (to === 'broadcast') return id === null || session_ids[0] === id ? null : act
  return to === id ? act : write(to)
}

/** How a session says that it goes on. */
function goOn(id: string, { byId }: Picture): string {
  const work = byId.get(id)?.session.current_work
  return `coord heartbeat working${work ? ` ${quote(work)}` : ''}`
}
