/** The keys, as `?` lists them. */
import { acknowledgeNeed, answerNeed, writeTo } from './acting.ts'
import { filtered } from './filter.ts'
import { hashOf } from './route.ts'
import { state } from './state.ts'

/** Whether there may be a keyboard: not on a phone. */
export const HAS_KEYS = !matchMedia('(hover: none), (max-width: 640px)').matches

export const KEYS: [key: string, does: string][] = [
  ['j k', 'next, previous row'],
  ['Enter', 'open it, or do what its button says'],
  ['a', 'acknowledge the row'],
  ['/', 'filter sessions'],
  ['m', 'write a message to the row, or to all'],
  ['d', 'go to the day'],
  ['1 2 3 4', 'the day: 15 minutes, 1 hour, 4 hours, day'],
  ['← →  ↑ ↓', 'in the day: next thing, next lane; with Shift: pan'],
  ['n', 'the day: back to now'],
  ['Esc', 'close, clear, back'],
  ['?', 'these keys'],
]

/** The rows that `j` and `k` go through, in the order in which they are shown. */
function rowsOf(): string[] {
  const { overview, filter, status, route } = state.get()
  if (!overview || route.view !== 'room') return []
  const needs = overview.needs.map((_, at) => `need:${at}`)
  const sessions = filtered(overview.sessions, filter, status)
  return [...needs, ...sessions.map(({ session_id }) => `session:${session_id}`)]
}

/** Move to the next row (1) or the one before (-1). */
function move(step: 1 | -1): void {
  const rows = rowsOf()
  const at = rows.indexOf(state.get().cursor ?? '')
  const next =
    at === -1 ? (step === 1 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step))
  state.set({ cursor: rows[next] ?? null })
}

/** Open the row that the keys are at. */
function openRow(): void {
  const { cursor, overview } = state.get()
  const [kind, id] = split(cursor)
  const need = kind === 'need' ? overview?.needs[Number(id)] : undefined
  if (need) answerNeed(need)
  if (kind === 'session') location.hash = hashOf(id)
}

const split = (cursor: string | null): [string, string] => {
  const at = (cursor ?? '').indexOf(':')
  return [(cursor ?? '').slice(0, at), (cursor ?? '').slice(at + 1)]
}

/** Acknowledge what the keys are at. */
function acknowledgeRow(): void {
  const { cursor, overview } = state.get()
  const [kind, id] = split(cursor)
  const need = kind === 'need' ? overview?.needs[Number(id)] : undefined
  if (need) acknowledgeNeed(need)
}

/** Write to whom the keys are at. */
function writeToRow(): void {
  const { cursor, overview, route } = state.get()
  const [kind, id] = split(cursor)
  const concerned = kind === 'need' ? overview?.needs[Number(id)]?.session_ids[0] : undefined
  writeTo(route.view === 'session' ? route.id : kind === 'session' ? id : (concerned ?? 'broadcast'))
}

/** Close what lies on top, one thing at a time. */
function closeTop(): void {
  const { help, claiming, answering, panel, answers, filter, status, route } = state.get()
  if (help) state.set({ help: false })
  else if (claiming) state.set({ claiming: null })
  else if (answering) state.set({ answering: null })
  else if (panel && !isWide()) state.set({ panel: false, answers: null })
  else if (answers) state.set({ answers: null })
  else if (filter || status) state.set({ filter: '', status: null })
  else if (route.view === 'session') location.hash = '#/'
  else state.set({ cursor: null, notice: null })
}

/** Whether the messages have a column of their own. */
const isWide = () => matchMedia('(min-width: 1100px)').matches

/** What each key does where nothing is being typed. */
const BINDINGS: Record<string, () => void> = {
  j: () => move(1),
  k: () => move(-1),
  Enter: openRow,
  m: writeToRow,
  a: acknowledgeRow,
  '/': () => document.getElementById('filter')?.focus(),
  d: () => document.getElementById('lanes')?.focus(),
  '?': () => state.set({ help: !state.get().help }),
}

/** Attend to the keys until the signal; what is typed into a field is left alone, but for Escape. */
export function attendKeys(signal: AbortSignal): void {
  document.addEventListener('keydown', (event) => attend(event), { signal })
}

function attend(event: KeyboardEvent): void {
  const target = event.target as HTMLElement
  const isField = target.matches('input, textarea, select')
  if (event.key === 'Escape') {
    if (isField) target.blur()
    closeTop()
  }
  if (isField || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
  if (event.key === 'Enter' && target.matches('button, a')) return
  const does = BINDINGS[event.key]
  if (!does) return
  event.preventDefault()
  does()
}
