/** What goes on between sessions, as rows of the list and in full: alerts, requests, the roll call, channels, who may hang. */
import type { Overview } from '../../operations/overview.ts'
import { nameOf } from '../../protocol/names.ts'
import { formatSpan, parseInstant } from '../../protocol/time.ts'
import { needMark, type Role } from '../../protocol/words.ts'
import type { Line } from './span.ts'
import { fold, foreign } from './span.ts'

export type Alert = Overview['alerts'][number]

/** What a row of the list says of one of them. */
export interface Gist {
  name: 'stranded' | 'requests' | 'rollcall' | 'channels'
  symbol: string
  role: Role
  text: string
}

type Called = (id: string) => string

/** The alerts that no need tells. */
export function alertsIn({ alerts, needs }: Overview): Alert[] {
  const told = new Set(needs.map(({ alert_id }) => alert_id))
  return alerts.filter(({ id }) => !told.has(id))
}

/** What is told of a session that may hang. */
export const hungIn = ({ stranded }: Overview, id: string) =>
  stranded.find(({ session_id, state }) => session_id === id && state === 'hung')

/** A row for each of what there is. */
export function gistsOf({ stranded, requests, rollcall, channels }: Overview, called: Called): Gist[] {
  const open = requests.filter(({ outcome }) => outcome === 'open').length
  const names = stranded.map(({ session_id }) => called(session_id)).join(', ')
  const [first] = channels
  const all = rollcall ? Object.values(rollcall.counts).reduce((sum, count) => sum + count, 0) : 0
  const [quiet, asked] = [needMark('quiet'), needMark('requested')]
  const rows: (Gist | null)[] = [
    names ? { name: 'stranded', ...quiet, text: `hung or orphaned: ${names}` } : null,
    requests.length > 0
      ? { name: 'requests', ...asked, text: `${counted(requests.length, 'request')}, ${open} open` }
      : null,
    rollcall && {
      ...{ name: 'rollcall', symbol: '·', role: 'muted' },
      text: `roll call: ${rollcall.counts.answered} of ${all} answered`,
    },
    first
      ? {
          ...{ name: 'channels', symbol: '#', role: 'muted' },
          text: `${counted(channels.length, 'channel')}, ${first.channel}: ${first.messages.at(-1)?.message ?? ''}`,
        }
      : null,
  ]
  return rows.filter((row) => row !== null)
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`

/** An alert in full. */
export function alertDetail(alert: Alert, now: number, columns: number, called: Called): Line[] {
  const { text, priority, severity, action, since, session_ids, session_id } = alert
  const who = session_ids ?? (session_id ? [session_id] : [])
  return [
    [
      { text: '! ', role: severity === 'critical' ? 'bad' : 'warn' },
      { text: `${alert.kind}, ${priority ?? severity}, ${ago(since, now)}`, role: 'muted' },
    ],
    ...plain(text, columns),
    ...(action ? [[], ...plain(action, columns)] : []),
    ...(who.length > 0 ? [[], ...plain(`concerns ${who.map(called).join(', ')}`, columns)] : []),
    [],
    [{ text: 'a acknowledges it', role: 'muted' }],
  ]
}

/** All that is known of one of them. */
export function gistDetail(name: Gist['name'], overview: Overview, columns: number, called: Called): Line[] {
  const now = parseInstant(overview.now) ?? 0
  return DETAILS[name](overview, columns, now, called)
}

const DETAILS: Record<
  Gist['name'],
  (overview: Overview, columns: number, now: number, called: Called) => Line[]
> = {
  stranded: ({ stranded }, columns, _now, called) =>
    stranded.flatMap(({ session_id, state, text, act }) => [
      [
        { ...foreign(called(session_id)), bold: true },
        { text: state === 'hung' ? '  may hang' : `  ${state}` },
      ],
      ...plain(text, columns),
      [{ ...foreign(act), role: 'accent' as const }],
      [],
    ]),
  requests: ({ requests }, columns, now, called) =>
    requests.toReversed().flatMap(({ from, to, reason, outcome, answer, timestamp, ...about }) => [
      ...plain(`${called(from)} asks ${called(to)} for ${nameOf(about)}`, columns),
      ...(reason ? plain(`"${reason}"`, columns) : []),
      [
        { text: outcome, role: OUTCOMES[outcome] },
        { text: `, asked ${ago(timestamp, now)}`, role: 'muted' as const },
      ],
      ...(answer ? plain(answer, columns) : []),
      [],
    ]),
  rollcall: ({ rollcall }, columns, now, called) =>
    rollcall === null
      ? []
      : [
          ...plain(`${called(rollcall.from)} called: ${rollcall.subject ?? ''}`, columns),
          [{ text: ago(rollcall.timestamp, now), role: 'muted' }],
          [],
          ...rollcall.answers.flatMap(({ session_id, answer, at, message }) => [
            [
              { text: `${ANSWERS[answer][0]} `, role: ANSWERS[answer][1] },
              foreign(called(session_id)),
              { text: `  ${ANSWERS[answer][2]}${at ? ` ${ago(at, now)}` : ''}`, role: 'muted' as const },
            ],
            ...(message ? plain(`  ${message}`, columns) : []),
          ]),
        ],
  channels: ({ channels }, columns, now, called) =>
    channels.flatMap(({ channel, messages }) => [
      [{ text: channel, bold: true }],
      ...messages
        .toReversed()
        .flatMap(({ from, message, timestamp }) => [
          ...plain(`${called(from)}: ${message ?? ''}`, columns),
          [{ text: ago(timestamp, now), role: 'muted' as const }],
        ]),
      [],
    ]),
}

const OUTCOMES: Record<Overview['requests'][number]['outcome'], Role> = {
  open: 'ask',
  granted: 'good',
  refused: 'warn',
  withdrawn: 'muted',
  over: 'muted',
}

type Rollcall = NonNullable<Overview['rollcall']>
const ANSWERS: Record<keyof Rollcall['counts'], [symbol: string, role: Role, word: string]> = {
  answered: ['✓', 'good', 'answered'],
  open: ['·', 'muted', 'not yet'],
  missing: ['!', 'warn', 'no answer'],
  gone: ['✕', 'bad', 'gone'],
}

const plain = (text: string, columns: number): Line[] => fold(text, columns).map((line) => [{ text: line }])

function ago(at: string | null | undefined, now: number): string {
  const time = parseInstant(at)
  return time === null ? '' : `${formatSpan(Math.max(0, now - time))} ago`
}
