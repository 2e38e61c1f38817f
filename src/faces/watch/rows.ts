/** How one row reads: a need, a session, a message; symbol first, what would be grepped for next, the age last. */
import { visible } from '../../protocol/escape.ts'
import { waitOf } from '../../protocol/live/told.ts'
import { textOf } from '../../protocol/messages.ts'
import type { Need } from '../../protocol/needs.ts'
import { formatInstant, formatSpan, parseInstant } from '../../protocol/time.ts'
import { columnsIn } from '../../protocol/width.ts'
import {
  LIVENESS_ROLES,
  LIVENESS_SYMBOLS,
  MESSAGE_SYMBOLS,
  needMark,
  STATE_ROLES,
  STATE_SYMBOLS,
} from '../../protocol/words.ts'
import type { Item, Message, Session } from './items.ts'
import { foreign, type Line, padded } from './span.ts'

const DAY = 86_400_000
/** As wide as `session-1763200000-abcd`. */
const OWN_ID = 23
/** Of a session that may hang, or whose process is no more, behind its name. */
const doubtOf = ({ no_process }: Session, hangs: boolean) =>
  no_process ? '  no process' : hangs ? '  may hang' : ''
/** As wide as `23h 59m`. */
const AGE = 7

/** An age as a row has room for it; beyond a day the date, without its year. */
function shortAge(time: number, now: number): string {
  const age = now - time
  return age > DAY ? formatInstant(time).slice(5, 10) : age < 1000 ? 'now' : formatSpan(age)
}

const stateOf = (state: string) =>
  Object.hasOwn(STATE_SYMBOLS, state) ? (state as keyof typeof STATE_SYMBOLS) : 'idle'

/** The symbol of a state that anybody may have made up. */
export const stateSymbol = (state: string) => ({
  text: STATE_SYMBOLS[stateOf(state)][0],
  role: STATE_ROLES[stateOf(state)],
})

/** The symbol of a sign of life. */
export const livenessSymbol = ({ level }: Session['liveness']) => ({
  text: LIVENESS_SYMBOLS[level][0],
  role: LIVENESS_ROLES[level],
})

/** How wide the columns of some sessions are: the names up to an id of coord's or two fifths of the list, shares and ages as they come. */
export function columnsOf(items: Item[], columns: number) {
  const rows = items.flatMap((item) => (item.kind === 'session' ? [item.session] : []))
  const widest = (texts: string[]) => texts.reduce((most, text) => Math.max(most, columnsIn(text)), 0)
  const names = widest(rows.map(({ label }) => visible(label)))
  return {
    names: Math.min(names, Math.max(OWN_ID, Math.floor(columns * 0.4))),
    shares: widest(rows.map(shareOf)),
    ages: widest(rows.map(ageOf)),
  }
}
type Columns = ReturnType<typeof columnsOf>

const shareOf = ({ progress }: Session) => (progress === null ? '' : `${Math.round(progress * 100)}%`)

function ageOf({ timestamp, age_ms }: Session): string {
  const sign = parseInstant(timestamp)
  return sign === null ? '' : shortAge(sign, sign + age_ms)
}

function needLine({ kind, text }: Need): Line {
  const { symbol, role } = needMark(kind)
  return [{ text: symbol, role }, { text: ' ' }, foreign(text)]
}

/** A row of the list in so many columns, behind its mark. */
export function itemLine(item: Item, columns: number, own: Columns): Line {
  switch (item.kind) {
    case 'heading':
      return [{ text: item.text, role: 'muted' }]
    case 'more':
      return [{ text: item.text, role: 'muted' }]
    case 'need':
      return needLine(item.need)
    case 'alert':
      return [
        { text: '! ', role: item.alert.severity === 'critical' ? 'bad' : 'warn' },
        foreign(item.alert.text),
      ]
    case 'between':
      return [{ text: `${item.gist.symbol} `, role: item.gist.role }, foreign(item.gist.text)]
    case 'problem':
      return [{ text: '! ', role: 'muted' }, foreign(item.text)]
    case 'session':
      return sessionLine(item.session, item.hangs, columns, own)
  }
}

function sessionLine(
  session: Session,
  hangs: boolean,
  columns: number,
  { names, shares, ages }: Columns,
): Line {
  const { status, liveness, label, target, phase } = session
  const wanted = waitOf(session)
  const told = [target, phase].filter(Boolean).join('  ') || session.message || status
  const all = columns - 4 - names - 2 - (shares > 0 ? shares + 2 : 0) - 2 - ages
  const doubt = doubtOf(session, hangs)
  const mark = all > doubt.length ? doubt : ''
  const room = all - mark.length
  return [
    stateSymbol(status),
    { text: ' ' },
    livenessSymbol(liveness),
    { text: ' ' },
    { text: padded(visible(label), names), bold: true },
    { text: mark, role: 'warn' },
    { text: `  ${room > 3 ? padded(visible(wanted ? `waits for ${wanted}` : told), room) : ''}` },
    { text: shares > 0 ? `  ${padded(shareOf(session), shares, 'right')}` : '' },
    { text: `  ${padded(ageOf(session), ages, 'right')}`, role: 'muted' },
  ]
}

/** A message on a line; `open`: it still wants an answer. */
export function messageLine(
  message: Message,
  columns: number,
  now: number,
  open: boolean,
  called: (id: string) => string,
): Line {
  const { from, to, subject } = message
  const sent = parseInstant(message.timestamp)
  const text = textOf(message)
  const head = `${called(from)} → ${called(to)}`
  const symbol = open
    ? { text: MESSAGE_SYMBOLS.answer[0], role: 'ask' as const }
    : to === 'human'
      ? { text: MESSAGE_SYMBOLS.unread[0], role: 'accent' as const }
      : { text: ' ' }
  const said = visible(subject && text && text !== subject ? `${subject}: ${text}` : subject || text)
  const names = Math.min(columnsIn(visible(head)), Math.floor(columns / 2))
  return [
    symbol,
    { text: ' ' },
    { text: padded(visible(head), names), role: 'muted' },
    { text: `  ${padded(said, Math.max(0, columns - 2 - names - 2 - 1 - AGE))}` },
    { text: ` ${padded(sent === null ? '' : shortAge(sent, now), AGE, 'right')}`, role: 'muted' },
  ]
}
