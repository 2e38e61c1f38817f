/** The rows of the list and of the messages, from the room and what is looked for. */
import type { Overview } from '../../operations/overview.ts'
import { KEYS } from '../../protocol/live/changes.ts'
import { nameOf } from '../../protocol/names.ts'
import { type Alert, alertsIn, type Gist, gistsOf, hungIn } from './between.ts'
import type { State } from './state.ts'

export type Need = Overview['needs'][number]
export type Session = Overview['sessions'][number]
export type Claim = Overview['claims'][number]
export type Message = Overview['messages'][number]

/** A row of the list. Headings can't be chosen. */
export type Item =
  | { kind: 'heading'; key: string; text: string }
  | { kind: 'need'; key: string; need: Need }
  | { kind: 'more'; key: string; text: string }
  | { kind: 'alert'; key: string; alert: Alert }
  | { kind: 'between'; key: string; gist: Gist }
  | { kind: 'session'; key: string; session: Session; hangs: boolean }
  | { kind: 'problem'; key: string; path: string; text: string; detail: string }

/** Of many needs this many are listed at first, so that the sessions are seen. */
const FEW = 6

/** The list: what needs somebody, the sessions, what was odd in the files. */
export function itemsOf(overview: Overview, { filter, every }: Pick<State, 'filter' | 'every'>): Item[] {
  const wanted = matching(filter)
  const needs = overview.needs.filter(({ text, kind }) => wanted(kind, text))
  const few = every || needs.length <= FEW + 1 ? needs : needs.slice(0, FEW)
  const sessions = overview.sessions.filter((row) =>
    wanted(
      row.label,
      row.session_id,
      row.status,
      row.target,
      row.phase,
      row.message,
      ...row.claims.map(nameOf),
    ),
  )
  return [
    ...under('needs attention', few.map(needItem)),
    ...(few.length < needs.length
      ? [
          {
            kind: 'more' as const,
            key: 'more',
            text: `… ${needs.length - few.length} more; enter shows them`,
          },
        ]
      : []),
    ...alertItems(
      alertsIn(overview).filter(({ kind, text }) => wanted(kind, text)),
      every,
    ),
    ...under(
      'sessions',
      sessions.map((session) => ({
        ...{ kind: 'session', key: `session ${session.session_id}`, session },
        hangs: hungIn(overview, session.session_id) !== undefined,
      })),
    ),
    ...under(
      'between sessions',
      gistsOf(overview, labelsIn(overview))
        .filter(({ name, text }) => wanted(name, text))
        .map((gist) => ({ kind: 'between', key: `between ${gist.name}`, gist })),
    ),
    ...under('files', problemsOf(overview, wanted)),
  ]
}

const under = (text: string, items: Item[]): Item[] =>
  items.length === 0 ? [] : [{ kind: 'heading', key: text, text }, ...items]

/** Several are one row, until they are asked for. */
const alertItems = (alerts: Alert[], every: boolean): Item[] =>
  every || alerts.length < 2
    ? alerts.map((alert) => ({ kind: 'alert', key: `alert ${alert.id}`, alert }))
    : [{ kind: 'more', key: 'alerts', text: `! ${alerts.length} alerts; enter shows them` }]

/** A need's text tells ages, so it is known by the rest of it. */
const needItem = (need: Need, at: number): Item => ({
  kind: 'need',
  key: `need ${need.kind} ${need.session_ids.join(' ')} ${need.message_id ?? (need.text.replace(/\d+[smhd]\b/g, '') || at)}`,
  need,
})

function problemsOf({ problems, unregistered }: Overview, wanted: ReturnType<typeof matching>): Item[] {
  const repaired = problems
    .filter(({ kind }) => kind === 'repaired')
    .map(({ path, kind, detail }) => ({ path, text: `${path}  ${kind}`, detail }))
  const strangers = unregistered.map((id) => ({
    path: id,
    text: `${id}  unregistered`,
    detail: 'Something here is by a session that has no record: coord doctor tells more.',
  }))
  return [...repaired, ...strangers]
    .filter(({ text }) => wanted(text))
    .map((row) => ({ kind: 'problem', key: `problem ${row.path}`, ...row }))
}

/** Whether one of some texts has what is looked for, in any case. */
function matching(filter: string): (...texts: (string | null | undefined)[]) => boolean {
  const sought = filter.toLowerCase()
  return (...texts) => sought === '' || texts.some((text) => text?.toLowerCase().includes(sought))
}

/** The messages, oldest first. */
export function messagesOf(overview: Overview, { filter }: Pick<State, 'filter'>): Message[] {
  const wanted = matching(filter)
  const labels = labelsIn(overview)
  return filter === ''
    ? overview.messages
    : overview.messages.filter((row) =>
        wanted(row.subject, row.message, row.from, row.to, labels(row.from), labels(row.to)),
      )
}

export const messageKey = KEYS.messages

/** What sessions are called. */
export function labelsIn({ sessions }: Overview): (id: string) => string {
  const labels = new Map(sessions.map(({ session_id, label }) => [session_id, label]))
  return (id) => labels.get(id) ?? id
}

/** Where the chosen row is, by its key; the first that can be chosen where there is no such row; -1 for none at all. */
export function chosen(items: Item[], key: string | null): number {
  const at = items.findIndex((item) => item.key === key)
  return at >= 0 ? at : items.findIndex(({ kind }) => kind !== 'heading')
}

/** The chosen row of the list. */
export function chosenItem(state: State, overview: Overview): Item | undefined {
  const items = itemsOf(overview, state)
  return items[chosen(items, state.row)]
}

/** Where the chosen message is: the newest where there is no such. */
export function chosenMessage(messages: Message[], key: string | null): number {
  const at = key === null ? -1 : messages.findIndex((message) => messageKey(message) === key)
  return at >= 0 ? at : messages.length - 1
}

/** The claim that a need is about, if it is one that may be taken over. */
export function claimOf(need: Need, { claims }: Overview): Claim | undefined {
  return need.act?.startsWith('coord claim ')
    ? claims.find(
        (claim) => need.session_ids.includes(claim.claimed_by) && need.text.startsWith(`${nameOf(claim)} `),
      )
    : undefined
}

/** The part of a list that is seen: of `count` rows the chosen one and what is around it. */
export function windowOf(count: number, at: number, height: number): { from: number; to: number } {
  const from = Math.max(0, Math.min(at - (height >> 1), count - height))
  return { from, to: Math.min(count, from + Math.max(0, height)) }
}
