/** What a key does: state and key → state, and what is to be done in the room. Pure, so that a table can tell all of it. */
import type { Overview } from '../../operations/overview.ts'
import { nameOf } from '../../protocol/names.ts'
import { alertsIn } from './between.ts'
import { edited } from './edit.ts'
import {
  chosen,
  chosenItem,
  chosenMessage,
  claimOf,
  itemsOf,
  labelsIn,
  type Message,
  messageKey,
  messagesOf,
} from './items.ts'
import { granting, refusing, requestAt } from './requests.ts'
import type { Effect, Pane, State } from './state.ts'

/** A key by its name (`up`, `enter`, `ctrl+c`), or the text that was typed. */
export interface Key {
  name: string
  text?: string
}

/** What the room is now, how many lines fit, and how far the detail can be scrolled. */
export interface Sight {
  overview: Overview
  page: number
  most: number
}

export interface Pressed {
  state: State
  effect?: Effect
}

/** The state after a key. What was told is gone with the next key. */
export function press(before: State, key: Key, sight: Sight): Pressed {
  if (key.name === 'ctrl+c') return { state: before, effect: { kind: 'quit', code: null } }
  if (key.name === 'ctrl+z') return { state: before, effect: { kind: 'stop' } }
  const state = { ...before, notice: null }
  const { mode } = state
  if (mode.kind === 'browse') return browse(state, key, sight)
  if (mode.kind === 'filter' || mode.kind === 'write') return typed(state, key, sight)
  const left: State = { ...state, mode: { kind: 'browse' } }
  return mode.kind === 'ask' && key.text === 'y' ? { state: left, effect: mode.effect } : { state: left }
}

const MOVES: Record<string, (page: number) => number> = {
  up: () => -1,
  down: () => 1,
  k: () => -1,
  j: () => 1,
  pageup: (page) => -page,
  pagedown: (page) => page,
  home: () => Number.NEGATIVE_INFINITY,
  end: () => Number.POSITIVE_INFINITY,
  g: () => Number.NEGATIVE_INFINITY,
  G: () => Number.POSITIVE_INFINITY,
}

function browse(state: State, key: Key, sight: Sight): Pressed {
  const name = key.text ?? key.name
  const move = Object.hasOwn(MOVES, name) ? MOVES[name] : undefined
  if (move) return { state: moved(state, move(sight.page), sight) }
  return BROWSE[name]?.(state, sight) ?? { state }
}

const BROWSE: Record<string, (state: State, sight: Sight) => Pressed> = {
  q: (state) => ({ state, effect: { kind: 'quit', code: 0 } }),
  '?': (state) => ({ state: { ...state, mode: { kind: 'help' } } }),
  '/': (state) => ({
    state: { ...state, mode: { kind: 'filter', text: state.filter, at: [...state.filter].length } },
  }),
  tab: (state) => ({ state: { ...state, pane: NEXT[state.pane], top: 0 } }),
  backtab: (state) => ({ state: { ...state, pane: NEXT[NEXT[state.pane]], top: 0 } }),
  enter: (state, sight) => ({ state: opened(state, sight) }),
  escape: (state) => ({ state: closed(state) }),
  m: (state, sight) => ({ state: writing(state, sight) }),
  r: (state, sight) => ({ state: replying(state, sight) }),
  a: (state, sight) => acknowledging(state, sight),
  c: (state, sight) => ({ state: claiming(state, sight) }),
  y: (state, { overview }) => ({ state: granting(state, overview) }),
  n: (state, { overview }) => ({ state: refusing(state, overview) }),
}

const NEXT: Record<Pane, Pane> = { list: 'detail', detail: 'messages', messages: 'list' }

function moved(state: State, by: number, { overview, most }: Sight): State {
  if (state.whole || state.pane === 'detail')
    return { ...state, top: Math.max(0, Math.min(state.top + by, most)) }
  if (state.pane === 'messages') {
    const messages = messagesOf(overview, state)
    const at = bounded(chosenMessage(messages, state.message) + by, messages.length)
    const message = messages[at]
    return { ...state, top: 0, message: !message || at === messages.length - 1 ? null : messageKey(message) }
  }
  const items = itemsOf(overview, state).filter(({ kind }) => kind !== 'heading')
  const at = bounded(chosen(items, state.row) + by, items.length)
  return { ...state, top: 0, row: items[at]?.key ?? null }
}

const bounded = (at: number, count: number) => Math.max(0, Math.min(at, count - 1))

function opened(state: State, { overview }: Sight): State {
  const item = state.pane === 'list' ? chosenItem(state, overview) : undefined
  const row = item?.key === 'alerts' ? `alert ${alertsIn(overview)[0]?.id}` : null
  return item?.kind === 'more' ? { ...state, every: true, row } : { ...state, whole: !state.whole, top: 0 }
}

/** One step back at a time: the whole screen, the claims, the filter, the pane. */
function closed(state: State): State {
  if (state.whole) return { ...state, whole: false, top: 0 }
  if (state.claims) return { ...state, claims: false, top: 0 }
  if (state.filter !== '') return { ...state, filter: '' }
  return { ...state, pane: 'list', top: 0 }
}

/** Whom `m` means: the chosen session, the one of the need, the other end of the message; null is all. */
function partnerOf(state: State, overview: Overview): string | null {
  if (state.pane === 'messages') {
    const messages = messagesOf(overview, state)
    const message = messages[chosenMessage(messages, state.message)]
    const other = message?.from === 'human' ? message.to : message?.from
    return !other || other === 'broadcast' ? null : other
  }
  const item = chosenItem(state, overview)
  if (item?.kind === 'session') return item.session.session_id
  if (item?.kind === 'need' && item.need.kind === 'requested')
    return (requestAt(state, overview)?.from ?? item.need.session_ids.at(-1)) || null
  return (item?.kind === 'need' && item.need.session_ids.find((id) => id !== 'human')) || null
}

function writing(state: State, { overview }: Sight): State {
  const to = partnerOf(state, overview)
  const label = to === null ? 'all' : labelsIn(overview)(to)
  return { ...state, mode: { kind: 'write', text: '', at: 0, to, label, reply: null } }
}

function replying(state: State, { overview }: Sight): State {
  const message = answerable(state, overview)
  const label = message && labelsIn(overview)(message.from)
  if (!message?.id) {
    const text = 'no message here that you could answer; m writes one'
    return { ...state, notice: { text, role: 'muted' } }
  }
  const [to, reply] = [message.from, message.id]
  return { ...state, mode: { kind: 'write', text: '', at: 0, to, label: label ?? to, reply } }
}

/** The chosen message, or the newest one that the chosen session or need has for the person; questions first. */
function answerable(state: State, overview: Overview): Message | undefined {
  const messages = messagesOf(overview, state)
  const mine = ({ to, from }: Message) => (to === 'human' || to === 'broadcast') && from !== 'human'
  if (state.pane === 'messages') {
    const message = messages[chosenMessage(messages, state.message)]
    return message && mine(message) ? message : undefined
  }
  const item = chosenItem(state, overview)
  const asked = item?.kind === 'need' && item.need.kind === 'question' ? item.need.message_id : undefined
  if (asked) return overview.messages.find(({ id }) => id === asked)
  const from = partnerOf(state, overview)
  const theirs = overview.messages.filter((message) => message.from === from && mine(message))
  const open = theirs.findLast(
    ({ ack, id, to }) => ack && to === 'human' && !overview.acked.includes(id ?? ''),
  )
  return open ?? theirs.at(-1)
}

/** What `a` acknowledges: the question or alert of the chosen row, or the chosen message where it wants an answer of the person. */
export function acknowledged(state: State, overview: Overview): Effect | null {
  if (state.pane === 'messages') {
    const messages = messagesOf(overview, state)
    const { id, to, ack } = messages[chosenMessage(messages, state.message)] ?? {}
    const isOpen = ack && to === 'human' && !overview.acked.includes(id ?? '')
    return isOpen && id ? { kind: 'acknowledge', message: id } : null
  }
  const item = chosenItem(state, overview)
  if (item?.kind === 'alert') return { kind: 'acknowledge', alert: item.alert.id }
  if (item?.kind !== 'need') return null
  const { kind, alert_id, message_id } = item.need
  if (alert_id) return { kind: 'acknowledge', alert: alert_id }
  return kind === 'question' && message_id ? { kind: 'acknowledge', message: message_id } : null
}

function acknowledging(state: State, { overview }: Sight): Pressed {
  const effect = acknowledged(state, overview)
  if (effect) return { state, effect }
  return { state: { ...state, notice: { text: 'nothing here to acknowledge', role: 'muted' } } }
}

/** On a need about a claim that is over: whether to take it; else the claims of the session, and back. */
function claiming(state: State, { overview }: Sight): State {
  const item = state.pane === 'messages' ? undefined : chosenItem(state, overview)
  const claim = item?.kind === 'need' ? claimOf(item.need, overview) : undefined
  if (!claim) return { ...state, claims: !state.claims, top: 0 }
  const question = `claim ${nameOf(claim)} for your session?`
  const effect: Effect = { kind: 'claim', type: claim.resource_type, name: claim.resource_name }
  return { ...state, mode: { kind: 'ask', question, effect } }
}

/** A key while a line is written. */
function typed(state: State, key: Key, sight: Sight): Pressed {
  const { mode } = state
  if (mode.kind !== 'filter' && mode.kind !== 'write') return { state }
  const left: State = { ...state, mode: { kind: 'browse' } }
  if (key.name === 'escape') return { state: mode.kind === 'filter' ? { ...left, filter: '' } : left }
  if (key.name === 'enter') {
    if (mode.kind === 'filter' || mode.text.trim() === '') return { state: left }
    return { state: left, effect: sent(mode) }
  }
  if (key.name === 'tab' && mode.kind === 'write' && mode.reply === null && !mode.refuses)
    return { state: { ...state, mode: addressed(mode, state, sight) } }
  const line = edited(mode, key)
  const filter = mode.kind === 'filter' ? { filter: line.text, row: null } : {}
  return { state: { ...state, ...filter, mode: { ...mode, ...line } } }
}

type Writing = Extract<State['mode'], { kind: 'write' }>

const sent = ({ reply, to, text, refuses }: Writing): Effect =>
  refuses
    ? { kind: 'refuse', ...refuses, reason: text }
    : reply === null
      ? { kind: 'send', to: to ?? 'broadcast', text }
      : { kind: 'reply', id: reply, text }

/** Tab: to all, and back to the one who is chosen. */
function addressed(mode: Writing, state: State, { overview }: Sight): Writing {
  if (mode.to !== null) return { ...mode, to: null, label: 'all' }
  const to = partnerOf(state, overview)
  return { ...mode, to, label: to === null ? 'all' : labelsIn(overview)(to) }
}
