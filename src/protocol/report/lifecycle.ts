/** When sessions started, went on and ended: by what their channel tells, and for whatever it does not, by records and status lines. */
import { endingOf } from '../endings.ts'
import { groupBy } from '../groups.ts'
import { eventOf } from '../history.ts'
import type { Tails } from '../live/sessions.ts'
import type { Message, Session } from '../records.ts'
import { isEnded, lastSign } from '../sessions.ts'
import { formatInstant, parseInstant } from '../time.ts'

/** One event of a session's life; `at` in ISO 8601. */
export interface LifecycleEvent {
  at: string
  event: 'started' | 'resumed' | 'ended'
  session_id: string
  project: string | null
  cwd: string | null
  detail: string | null
}

/** What follows the start within this is part of it. */
const START_MS = 1000
/** Two tellings of one event lie closer together than this. */
const SAME_MS = 5000
const EVENTS = ['started', 'resumed', 'ended'] as const

/**
 * The events of all sessions, newest first. Starts and last ends come from the records, archived ones too; all of the last week from what
 * the channel of sessions has (`told`); resumptions also from status lines, of which only the last ones are known.
 */
export function lifecycleOf(sessions: Session[], tails: Tails, told: Message[]): LifecycleEvent[] {
  const published = groupBy(told.flatMap(ofMessage), ({ session_id }) => session_id)
  const known = new Set(sessions.map(({ session_id }) => session_id))
  const events = sessions.flatMap((session) =>
    ofSession(session, tails, published.get(session.session_id) ?? []),
  )
  for (const [id, own] of published) if (!known.has(id)) events.push(...own)
  return events.sort(
    (a, b) =>
      b.at.localeCompare(a.at) || (a.session_id < b.session_id ? -1 : a.session_id > b.session_id ? 1 : 0),
  )
}

/** What the channel tells of a session: only what a session says of itself. */
function ofMessage({ from, type, timestamp, details }: Message): LifecycleEvent[] {
  const event = EVENTS.find((each) => each === type)
  const time = parseInstant(timestamp)
  const said = details as Record<string, unknown> | undefined
  if (!event || time === null || said?.session_id !== from) return []
  const textOf = (value: unknown) => (typeof value === 'string' ? value : null)
  const how = event === 'ended' ? (textOf(said.ended_how) ?? NORMALLY) : null
  return [
    {
      ...{ at: formatInstant(time), event, session_id: from, detail: how },
      ...{ project: textOf(said.project), cwd: textOf(said.cwd) },
    },
  ]
}

const NORMALLY = 'session ended normally'

function ofSession(session: Session, tails: Tails, published: LifecycleEvent[]): LifecycleEvent[] {
  const { session_id, project = null, cwd = null } = session
  const make = (event: LifecycleEvent['event'], time: number, detail: string | null = null) => ({
    ...{ at: formatInstant(time), event, session_id, project, cwd, detail },
  })
  const started = parseInstant(session.started_at)
  const isStart = (time: number) => started !== null && time < started + START_MS
  const lines = tails.get(session_id) ?? []
  const resumed = lines.flatMap((line) => {
    const time = ['start', 'resume'].includes(eventOf(line)) ? parseInstant(line.timestamp) : null
    return time === null || isStart(time) ? [] : [make('resumed', time)]
  })
  const over = isEnded(session) ? (parseInstant(session.ended_at) ?? lastSign(session)) : null
  const recorded = [
    ...(started === null ? [] : [make('started', started)]),
    ...resumed,
    ...(over === null ? [] : [make('ended', over, endingOf(session) ?? NORMALLY)]),
  ]
  // Of one event the record tells the very instant, and the channel what the record has forgotten.
  const isNews = (each: LifecycleEvent) =>
    !(each.event !== 'ended' && isStart(timeOf(each))) &&
    !recorded.some((other) => other.event === each.event && distance(other, each) < SAME_MS)
  const events = [...recorded, ...published.filter(isNews)].sort((a, b) => timeOf(a) - timeOf(b))
  const last = events.at(-1)
  if (isEnded(session) || last?.event !== 'ended') return events
  const back = lines
    .map(({ timestamp }) => parseInstant(timestamp))
    .find((time) => time !== null && time > timeOf(last))
  return [...events, make('resumed', back ?? lastSign(session) ?? timeOf(last))]
}

const timeOf = ({ at }: LifecycleEvent) => parseInstant(at) ?? 0
const distance = (a: LifecycleEvent, b: LifecycleEvent) => Math.abs(timeOf(a) - timeOf(b))
