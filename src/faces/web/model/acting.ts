/** What people do on the page: write, answer, have a session claim something, read. */
import type { Need } from '../../../protocol/needs.ts'
import type { Message } from '../../../protocol/records.ts'
import { actOf } from './act.ts'
import { type Answer, act, read } from './api.ts'
import { calledIn } from './overview.ts'
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
  state.set({ panel: true, to, answers, help: false })
  requestAnimationFrame(() => document.getElementById(answers ? 'write-text' : 'write-subject')?.focus())
}

/** Do what the button of a need says. */
export function answerNeed(need: Need): void {
  const wanted = actOf(need)
  if (wanted?.kind === 'message') writeTo(wanted.to)
  if (wanted?.kind === 'claim') state.set({ claiming: wanted })
  if (wanted?.kind === 'answer') {
    const asked = state.get().overview?.messages.find(({ id }) => id === wanted.id || id?.endsWith(wanted.id))
    writeTo(asked?.from ?? need.session_ids[0] ?? 'broadcast', asked ?? null)
  }
  if (wanted?.kind === 'copy')
    navigator.clipboard.writeText(wanted.command).then(
      () => state.set({ notice: { text: `copied: ${wanted.command}`, bad: false } }),
      () => state.set({ notice: { text: `run: ${wanted.command}`, bad: false } }),
    )
}

/** What the write box holds. */
export interface Draft {
  subject: string
  message: string
  ack: boolean
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
  if (token !== null && overview && overview.unread > 0) await act('inbox', { as: 'human', limit: 500 })
}

/** Ask for messages older than those of the overview. */
export async function readEarlier(): Promise<void> {
  const answer = await read<{ messages: Message[] }>('messages', { limit: '300' })
  if (answer.ok) state.set({ earlier: answer.messages })
  else tell(answer, '')
}
