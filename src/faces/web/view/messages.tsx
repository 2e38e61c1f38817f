/** Messages in threads, unread ones first, and the box to write to one or all. */
import { useEffect, useState } from 'preact/hooks'
import { textOf } from '../../../protocol/messages.ts'
import type { Message } from '../../../protocol/records.ts'
import { markRead, readEarlier, writeTo } from '../model/acting.ts'
import { calledIn } from '../model/overview.ts'
import { hashOf } from '../model/route.ts'
import { state, useShown } from '../model/state.ts'
import { type Thread, threadsOf } from '../model/threads.ts'
import { Ago, Say } from './text.tsx'
import { WriteBox } from './write-box.tsx'

const SHOWN = 60

/** The side panel; where the page is narrow it lies over everything, when asked for. */
export function Messages() {
  const panel = useShown(({ panel }) => panel)
  return (
    <aside class={panel ? 'panel open' : 'panel'} aria-labelledby="messages-title">
      <div class="title">
        <h2 id="messages-title">Messages</h2>
        <Read />
        <button
          type="button"
          class="plain close"
          aria-label="close messages"
          onClick={() => state.set({ panel: false, answers: null })}
        >
          ✕
        </button>
      </div>
      <WriteBox />
      <Threads />
    </aside>
  )
}

/** Unread messages are marked only when somebody says so: a page in a background tab reads nothing. */
function Read() {
  const unread = useShown(({ overview }) => overview?.unread ?? 0)
  const token = useShown(({ token }) => token)
  if (unread === 0) return null
  return token === null ? (
    <span class="unread">• {unread} unread</span>
  ) : (
    <button type="button" class="small" onClick={() => void markRead()}>
      • {unread} unread: mark read
    </button>
  )
}

function Threads() {
  const overview = useShown(({ overview }) => overview)
  const earlier = useShown(({ earlier }) => earlier)
  const [open, setOpen] = useState<Set<string>>(new Set())
  const [most, setMost] = useState(SHOWN)
  const route = useShown(({ route }) => route)
  if (!overview) return null
  const about = route.view === 'session' ? route.id : null
  const all = threadsOf(overview, earlier).filter(
    ({ messages }) => about === null || messages.some(({ from, to }) => from === about || to === about),
  )
  const toggle = (id: string) => {
    const next = new Set(open)
    if (!next.delete(id)) next.add(id)
    setOpen(next)
  }
  return (
    <div class="threads">
      {all.length === 0 && (
        <p class="none">
          {about === null ? 'No message in the last hour.' : 'No message to or from it in the last hour.'}
        </p>
      )}
      <ul>
        {all.slice(0, most).map((thread) => (
          <Row
            key={thread.id}
            thread={thread}
            isOpen={open.has(thread.id)}
            toggle={() => toggle(thread.id)}
          />
        ))}
      </ul>
      {all.length > most && (
        <button type="button" class="small" onClick={() => setMost(most + SHOWN)}>
          {all.length - most} more
        </button>
      )}
      {earlier.length === 0 && (
        <button type="button" class="small" onClick={() => void readEarlier()}>
          Earlier messages
        </button>
      )}
    </div>
  )
}

function Row({ thread, isOpen, toggle }: { thread: Thread; isOpen: boolean; toggle(): void }) {
  const [first] = thread.messages
  const last = thread.messages.at(-1)!
  const others = thread.messages.length - 1
  return (
    <li class={thread.unread > 0 ? 'thread new' : 'thread'}>
      <button type="button" class="plain head" aria-expanded={isOpen} onClick={toggle}>
        <span class="line">
          {thread.unread > 0 ? (
            <span class="mark accent" title="unread">
              •
            </span>
          ) : (
            thread.asks && (
              <span class="mark ask" title="wants an answer">
                ↩
              </span>
            )
          )}
          <Way message={last} />
          <Ago at={last.timestamp} />
        </span>
        <span class="subject">
          <Say text={first!.subject ?? '(no subject)'} />
          {others > 0 && <span class="muted"> · {others === 1 ? '1 answer' : `${others} answers`}</span>}
        </span>
        {!isOpen && textOf(last) && (
          <span class="text cut">
            <Say text={textOf(last)} />
          </span>
        )}
      </button>
      {isOpen && (
        <div class="said">
          {thread.messages.map((message) => (
            <Whole key={message.id} message={message} alone={others === 0} />
          ))}
          <button type="button" class="small" onClick={() => writeTo(answerTo(thread), answered(thread))}>
            Answer
          </button>
        </div>
      )}
    </li>
  )
}

/** The newest that somebody else wrote, else the newest. */
const answered = ({ messages, asks }: Thread): Message =>
  asks ?? messages.findLast(({ from }) => from !== 'human') ?? messages.at(-1)!
const answerTo = (thread: Thread) => answered(thread).from

function Way({ message: { from, to } }: { message: Message }) {
  const overview = useShown(({ overview }) => overview)
  if (!overview) return null
  return (
    <span class="way">
      <Say text={calledIn(overview, from)} /> → <Say text={calledIn(overview, to)} />
    </span>
  )
}

function Whole({ message, alone }: { message: Message; alone: boolean }) {
  return (
    <article>
      {!alone && (
        <p class="line muted">
          <Way message={message} />
          <Ago at={message.timestamp} />
        </p>
      )}
      <p class="text">
        {textOf(message) ? <Say text={textOf(message)} lines /> : <span class="muted">no text</span>}
      </p>
      {message.from !== 'human' && (
        <p class="line muted">
          <a href={hashOf(message.from)}>
            <Say text={message.from} />
          </a>
          {message.priority && message.priority !== 'normal' && <span>{message.priority}</span>}
          {message.ack && <span class="ask">↩ wants an answer</span>}
        </p>
      )}
    </article>
  )
}

/** The button that opens the panel where the page is narrow. */
export function MessagesButton() {
  const unread = useShown(({ overview }) => overview?.unread ?? 0)
  return (
    <button type="button" class="small messages-button" onClick={() => state.set({ panel: true })}>
      Messages{unread > 0 && <span class="unread"> • {unread}</span>}
    </button>
  )
}

/** Keep the title of the tab at the number of what is unread. */
export function useTitle(): void {
  const unread = useShown(({ overview }) => overview?.unread ?? 0)
  const needs = useShown(({ overview }) => overview?.needs.length ?? 0)
  const project = useShown(({ overview }) => overview?.project)
  useEffect(() => {
    const waiting = unread + needs
    document.title = `${waiting > 0 ? `(${waiting}) ` : ''}${project ? `${project} · ` : ''}coord`
  }, [unread, needs, project])
}
