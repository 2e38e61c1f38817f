/** What people do on the page: write, answer, have a session claim something, read. */

import { nameOf } from '../../../protocol/names.ts'
import type { Need } from '../../../protocol/needs.ts'
import type { Message } from '../../../protocol/records.ts'
import { KEPT_MS } from '../../../protocol/remote/kept.ts'
import { formatSpan } from '../../../protocol/time.ts'
import { type Act, actOf } from './act.ts'
import { type Answer, act, read } from './api.ts'
import type { Draft } from './draft.ts'
import { calledIn, type Overview, type RequestSeen, readsMail, requestToPerson } from './overview.ts'
import { hashOf } from './route.ts'
import { state } from './state.ts'

/** Say in one line what happened; whether it went well. */
function tell<T>(answer: Answer<T>, done: string): boolean {
  const { ok } = answer
  const told = ok ? done : `${answer.error.message}${answer.error.hint ? `. ${answer.error.hint}` : ''}`
  state.set({ notice: { text: told, bad: !ok } })
  return ok
}

/** Open the messages with the write box set to somebody, or to an answer. */
export function writeTo(to: string, answers: Message | null = null): void {
  const { overview } = state.get()
  if (!answers && overview && to !== 'broadcast' && !readsMail(overview, to)) {
    open(overview, to)
    return
  }
  state.set({ panel: true, to, answers, help: false })
  requestAnimationFrame(() => document.getElementById(answers ? 'write-text' : 'write-subject')?.focus())
}

/** Of who reads no mail the page is opened instead, and why is said. */
function open(overview: Overview, id: string): void {
  const why = overview.sessions.some(({ session_id }) => session_id === id)
    ? 'only pushes, and reads no messages'
    : 'is not registered, and reads no messages'
  state.set({ notice: { text: `${calledIn(overview, id)} ${why}`, bad: false } })
  location.hash = hashOf(id)
}

/** What the button of a need does in the room as it is. */
export function actIn(overview: Overview | null, need: Need): Act | null {
  const asked = overview && requestToPerson(overview, need.message_id)
  if (asked) return { kind: 'decide', id: asked.id }
  return actOf(need, (id) => overview === null || readsMail(overview, id))
}

/** Do what the button of a need says. */
export function answerNeed(need: Need): void {
  const { overview } = state.get()
  const wanted = actIn(overview, need)
  if (wanted?.kind === 'open' && overview) open(overview, wanted.id)
  if (wanted?.kind === 'message') writeTo(wanted.to)
  if (wanted?.kind === 'claim') state.set({ claiming: wanted })
  const isAsked = wanted?.kind === 'answer' || wanted?.kind === 'decide'
  if (isAsked && need.message_id && state.get().token !== null)
    state.set({ answering: state.get().answering === need.message_id ? null : need.message_id })
  else if (isAsked) {
    const asked = state.get().overview?.messages.find(({ id }) => id === wanted.id || id?.endsWith(wanted.id))
    writeTo(asked?.from ?? need.session_ids[0] ?? 'broadcast', asked ?? null)
  }
  if (wanted?.kind === 'copy') copy(wanted.command)
}

/** Answer a question in its row, or without a text take note of it; whether it went well. */
export async function answerQuestion(id: string, from: string, text: string): Promise<boolean> {
  const { overview } = state.get()
  const name = overview ? calledIn(overview, from) : from
  const isText = text.trim() !== ''
  const sent = isText
    ? await act('reply', { id, message: text, as: 'human' })
    : await act('ack', { id, as: 'human' })
  const done = tell(sent, isText ? `answered ${name}` : `acknowledged to ${name}`)
  if (done) state.set({ answering: null })
  return done
}

/** Give the claim that the person is asked for, or with a reason keep it, as the session that holds it; whether it went well. */
export async function answerRequest(request: RequestSeen, refusal: string | null): Promise<boolean> {
  const { overview } = state.get()
  const { id, from, to: session } = request
  const way = refusal === null ? { grant: id } : { refuse: id, reason: refusal }
  const answer = await act<{ kept_for?: unknown }>('request', { session, ...way })
  const told = answerTold(
    request,
    overview ? calledIn(overview, from) : from,
    refusal,
    answer.ok ? answer : {},
  )
  const isDone = tell(answer, told)
  if (isDone) state.set({ answering: null })
  return isDone
}

/** What came of an answer to a request, which is granted by keeping the claim where who asked is on another machine. */
function answerTold(
  request: RequestSeen,
  who: string,
  refusal: string | null,
  answer: { kept_for?: unknown },
): string {
  if (answer.kept_for)
    return `kept ${nameOf(request)} for ${who} for ${formatSpan(KEPT_MS)}: it is on another machine, and takes it with coord claim`
  return `${refusal === null ? 'granted' : 'refused'} ${nameOf(request)} to ${who}`
}

/** Count an alert as read by the person: it is not shown again. */
export async function acknowledge(alert: string): Promise<void> {
  tell(await act('alerts', { id: [alert], acknowledge: true, as: 'human' }), 'acknowledged')
}

/** Acknowledge what a need is about, an alert or a question. */
export function acknowledgeNeed({ kind, alert_id, message_id, session_ids: [from = ''] }: Need): void {
  if (alert_id) void acknowledge(alert_id)
  else if (kind === 'question' && message_id) void answerQuestion(message_id, from, '')
}

/** Put a command where it can be pasted from; where that may not be, say it. */
export function copy(command: string): void {
  navigator.clipboard.writeText(command).then(
    () => state.set({ notice: { text: `copied: ${command}`, bad: false } }),
    () => state.set({ notice: { text: `run: ${command}`, bad: false } }),
  )
}

/** Send what was written, or answer with it; whether it was sent. */
export async function sendDraft({ subject, message, ack }: Draft): Promise<boolean> {
  const { to, answers, overview } = state.get()
  const name = overview ? calledIn(overview, to) : to
  const isMine = answers && (answers.to === 'human' || answers.to === 'broadcast')
  const sent = answers
    ? isMine
      ? await act('reply', { id: answers.id, message, as: 'human' })
      : await act('send', {
          ...{ to: answers.from, 'reply-to': answers.id, as: 'human' },
          ...{ subject: `Re: ${(answers.subject ?? '').replace(/^Re: /, '')}`, message },
        })
    : await act('send', {
        ...{ to, subject, as: 'human' },
        ...(message.trim() === '' ? {} : { message }),
        ...(ack ? { ack: true } : {}),
      })
  const done = tell(sent, answers ? `answered ${name}` : `sent to ${name}`)
  if (done) state.set({ answers: null })
  return done
}

/** Have a session claim what nobody living holds, and tell it so. */
export async function claimFor(session: string): Promise<void> {
  const { claiming, overview } = state.get()
  if (!claiming || !overview) return
  const { type, name } = claiming
  const claimed = await act('claim', { type, name: [name], session })
  if (tell(claimed, `${type}/${name} is claimed for ${calledIn(overview, session)}`)) {
    state.set({ claiming: null })
    const subject = `You hold ${type}/${name} now`
    await act('send', { to: session, subject, message: 'It was claimed for you on the page.', as: 'human' })
  }
}

/** Count what the person has been shown as read. */
export async function markRead(): Promise<void> {
  const { token, overview } = state.get()
  if (token === null || !overview || overview.unread === 0) return
  const answer = await act<{ messages: Message[]; omitted?: number }>('inbox', { as: 'human', limit: 500 })
  if (!answer.ok) return void tell(answer, '')
  const shown = state.get().overview
  if (shown) state.set({ overview: withRead(shown, answer.messages, answer.omitted ?? 0) })
}

/** The overview after messages were read, shown before the server's next look tells it. */
function withRead(overview: Overview, messages: Message[], unread: number): Overview {
  const read = new Set(messages.map(({ id }) => id))
  return { ...overview, unread, unread_ids: overview.unread_ids.filter((id) => !read.has(id)) }
}

/** Ask for messages older than those of the overview. */
export async function readEarlier(): Promise<void> {
  const answer = await read<{ messages: Message[] }>('messages', { limit: '300' })
  if (answer.ok) state.set({ earlier: answer.messages })
  else tell(answer, '')
}
