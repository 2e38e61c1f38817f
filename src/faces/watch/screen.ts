/** What stands on the screen, line by line: from the room, what the person has chosen, and the size. Pure. */
import type { Overview } from '../../operations/overview.ts'
import { visible } from '../../protocol/escape.ts'
import { formatRelative, parseInstant } from '../../protocol/time.ts'
import { columnsIn, cutTo } from '../../protocol/width.ts'
import { itemDetail, messageDetail, openIn } from './detail.ts'
import { HELP } from './help.ts'
import { chosen, chosenMessage, type Item, itemsOf, labelsIn, messagesOf, windowOf } from './items.ts'
import { acknowledged } from './keys.ts'
import { type Layout, layoutOf } from './layout.ts'
import { requestAt } from './requests.ts'
import { columnsOf, itemLine, messageLine } from './rows.ts'
import type { Line, Span } from './span.ts'
import type { State } from './state.ts'

/** What is shown: the room as it was last seen, and why it can't be read now, if so. */
export interface Shown {
  overview: Overview
  gone: string | null
  now: number
  /** What the room is called: its path. */
  title: string
}

interface ScreenRow {
  line: Line
  chosen?: boolean
  active?: boolean
  marked?: boolean
}

export interface Screen {
  layout: Layout
  head: Line
  list: ScreenRow[]
  detail: ScreenRow[]
  messages: ScreenRow[]
  foot: Line
  /** How far the detail can be scrolled. */
  most: number
}

/** The lines of every part. */
export function screenOf(shown: Shown, state: State, columns: number, rows: number): Screen {
  const whole = state.whole || state.mode.kind === 'help'
  const layout = layoutOf(columns, rows, { ...state, whole })
  const { overview } = shown
  const items = itemsOf(overview, state)
  const at = chosen(items, state.row)
  const about = detailOf(state, overview, items[at], layout.detail)
  const most = Math.max(0, about.length - layout.body)
  const top = Math.min(state.top, most)
  return {
    layout,
    most,
    head: headOf(shown, columns),
    list: listRows(items, at, layout, state, overview),
    detail: seenOf(about, top, layout.body),
    messages: messageRows(overview, state, layout, shown.now),
    foot: footOf(state, columns, keysAt(state, overview)),
  }
}

function detailOf(state: State, overview: Overview, item: Item | undefined, columns: number): Line[] {
  if (columns === 0) return []
  if (state.mode.kind === 'help') return HELP
  if (state.pane !== 'messages') return itemDetail(item, overview, columns, state.claims)
  const messages = messagesOf(overview, state)
  return messageDetail(messages[chosenMessage(messages, state.message)], overview, columns)
}

/** The lines in sight; the last one tells how many are below. */
function seenOf(lines: Line[], top: number, height: number): ScreenRow[] {
  const below = lines.length - top - height
  const seen = lines.slice(top, top + height)
  const last: Line[] = below > 0 ? [[{ text: `↓ ${below + 1} more lines`, role: 'muted' }]] : []
  return [...seen.slice(0, height - last.length), ...last].map((line) => ({ line }))
}

function headOf({ overview, gone, title, now }: Shown, columns: number): Line {
  const { sessions, needs, unread } = overview
  const counts = [
    `${sessions.length} ${sessions.length === 1 ? 'session' : 'sessions'}`,
    needs.length === 0
      ? 'nothing needs you'
      : `${needs.length} ${needs.length === 1 ? 'thing needs' : 'things need'} attention`,
    ...(unread > 0 ? [`${unread} unread`] : []),
  ].join(', ')
  const seen = parseInstant(overview.now)
  const age = seen === null ? '' : `, shown as it was ${formatRelative(seen, now)}`
  const right: Span = gone
    ? { text: `the room can't be read${age}`, role: 'bad', bold: true }
    : { text: counts, role: needs.length > 0 ? 'warn' : 'muted' }
  const left = cutTo(`coord  ${visible(title)}`, Math.max(5, columns - columnsIn(right.text) - 2))
  const gap = ' '.repeat(Math.max(2, columns - columnsIn(left) - columnsIn(right.text)))
  return [{ text: left.slice(0, 5), bold: true }, { text: left.slice(5) + gap, role: 'muted' }, right]
}

/** What to say where there is nothing to show. */
const EMPTY: ScreenRow[] = [
  { line: [{ text: 'no active sessions', role: 'muted' }], marked: true },
  { line: [], marked: true },
  { line: [{ text: 'coord start --work "…"', role: 'accent' }, { text: '  registers one' }], marked: true },
  { line: [{ text: 'coord claim file PATH', role: 'accent' }, { text: '  before it writes' }], marked: true },
]

function listRows(items: Item[], at: number, layout: Layout, state: State, overview: Overview): ScreenRow[] {
  const { list, body } = layout
  if (list === 0) return []
  const { from, to } = windowOf(items.length, at, body)
  const seen = items.slice(from, to)
  const own = columnsOf(seen, list - 1)
  const rows = seen.map((item, nth) => ({
    line: itemLine(item, list - 1, own),
    marked: item.kind !== 'heading',
    chosen: from + nth === at,
    active: state.pane === 'list' && state.mode.kind !== 'help',
  }))
  const nothing: Line = [{ text: `nothing has "${visible(state.filter)}"`, role: 'muted' }]
  if (items.length === 0 && state.filter !== '') return [{ line: nothing }]
  return overview.sessions.length === 0 && state.filter === '' ? [...rows, ...EMPTY] : rows
}

function messageRows(overview: Overview, state: State, layout: Layout, now: number): ScreenRow[] {
  if (layout.messages === 0) return []
  const messages = messagesOf(overview, state)
  const at = chosenMessage(messages, state.message)
  const height = layout.messages - 1
  const { from, to } = windowOf(messages.length, state.message === null ? messages.length : at, height)
  const called = labelsIn(overview)
  const isOpen = openIn(overview)
  const title =
    messages.length === 0
      ? 'messages  none in the last hour'
      : `messages  ${messages.length} in the last hour`
  const rule = ` ${'─'.repeat(Math.max(0, layout.columns - title.length - 1))}`
  const rows = messages.slice(from, to).map((message, nth) => ({
    line: messageLine(message, layout.columns - 1, now, isOpen(message), called),
    marked: true,
    chosen: from + nth === at && state.pane === 'messages',
    active: state.mode.kind !== 'help',
  }))
  return [{ line: [{ text: title + rule, role: 'muted' }] }, ...rows]
}

const KEYS: [key: string, what: string][] = [
  ['↑↓', 'move'],
  ['tab', 'pane'],
  ['⏎', 'open'],
  ['m', 'write'],
  ['r', 'reply'],
  ['c', 'claims'],
  ['/', 'filter'],
  ['?', 'help'],
  ['q', 'quit'],
]

/** The keys where there is something to acknowledge, or a request to decide, in the places of others. */
function keysAt(state: State, overview: Overview): typeof KEYS {
  const acks = acknowledged(state, overview) !== null
  const own: Record<string, string[]> = requestAt(state, overview)
    ? { r: ['y', 'grant'], c: ['n', 'refuse'] }
    : acks
      ? { c: ['a', 'ack'] }
      : {}
  return KEYS.map((key) => (own[key[0]] ?? key) as typeof key)
}

function footOf({ mode, notice, filter }: State, columns: number, keys: typeof KEYS): Line {
  if (notice) return [{ text: visible(notice.text), role: notice.role }]
  if (mode.kind === 'ask')
    return [
      { text: visible(mode.question), role: 'ask' },
      { text: `  y ${mode.effect.kind === 'grant' ? 'gives' : 'claims'} it, any other key does not` },
    ]
  if (mode.kind === 'filter') return written('/', mode.text, mode.at, columns)
  if (mode.kind === 'write') {
    const isLetter = mode.reply === null && !mode.refuses
    const tab = isLetter ? ', tab: to all or one' : ''
    const verb = mode.refuses ? 'refuse' : isLetter ? 'to' : 'answer'
    const head = `${verb} ${visible(mode.label)}: `
    return mode.text === ''
      ? [
          { text: head, role: 'accent' },
          CURSOR,
          {
            text: `  ${mode.refuses ? 'why? enter refuses' : 'enter sends as human'}${tab}, esc leaves`,
            role: 'muted',
          },
        ]
      : written(head, mode.text, mode.at, columns)
  }
  if (mode.kind === 'help') return [{ text: 'any key leaves', role: 'muted' }]
  const looked: Line = filter === '' ? [] : [{ text: `/${visible(filter)}  esc shows all  `, role: 'accent' }]
  return [...looked, ...keys.flatMap(([key, what], at) => keyHint(key, what, at))]
}

const keyHint = (key: string, what: string, at: number): Line => [
  { text: `${at === 0 ? '' : '  '}${key}`, role: 'accent' },
  { text: ` ${what}`, role: 'muted' },
]

const CURSOR: Span = { text: '▏', role: 'accent' }

/** A line that is written, cut at its beginning so that the cursor is seen. */
function written(head: string, text: string, at: number, columns: number): Line {
  const chars = [...text]
  const before = [...visible(chars.slice(0, at).join(''))]
  const room = Math.max(4, columns - columnsIn(head) - 2)
  while (columnsIn(before.join('')) > room) before.shift()
  return [
    { text: head, role: 'accent' },
    { text: before.join('') },
    CURSOR,
    { text: visible(chars.slice(at).join('')) },
  ]
}
