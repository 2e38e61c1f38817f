/** One session as it was at a past moment: its record as it is now, put back by what its status lines told until then. */
import type { Config } from './config.ts'
import { stateOf, workOf } from './heartbeats.ts'
import { type Act, eventOf } from './history.ts'
import type { Heartbeat, Session, Work } from './records.ts'
import { isEnded, lastSign } from './sessions.ts'
import { formatInstant, parseInstant } from './time.ts'

/**
 * The session at a moment (epoch ms), or null when it had not begun. `acts` are its own until then, oldest first; `beats` the newest
 * heartbeats until then by id.
 */
export function sessionAt(
  session: Session,
  acts: Act[],
  beats: Map<string, Heartbeat>,
  at: number,
  config: Config,
): Session | null {
  const began = Math.min(parseInstant(session.started_at) ?? Infinity, acts[0]?.time ?? Infinity)
  const sign = lastSign(session)
  if (began > at && (sign === null || sign > at || began !== Infinity)) return null
  if (sign !== null && sign <= at) return endedBy(session, at, config) ? session : active(session)
  if (acts.length === 0) return active({ ...session, ...unknownYet(session, at) })
  const last = acts.at(-1)!
  const ended = eventOf(last.line) === 'end' || last.line.status === 'abandoned'
  const then: Session = { ...active(session), ...unknownYet(session, at), ...workAt(session, acts, beats) }
  const seen = { last_seen: formatInstant(last.time), state: last.line.status }
  return { ...then, ...seen, ...(ended ? { status: 'completed', ended_at: seen.last_seen } : {}) }
}

/** Whether a session that is over now, and gave no sign since, was over by then: it ended at its last act, or was given up later. */
function endedBy(session: Session, at: number, config: Config): boolean {
  if (!isEnded(session)) return false
  const given = session.status === 'abandoned' ? config.sessions.abandonAfter : 0
  return (parseInstant(session.ended_at) ?? (lastSign(session) ?? 0) + given) <= at
}

function active(session: Session): Session {
  if (!isEnded(session)) return session
  return { ...session, status: 'active', ended_at: null }
}

/** What the record tells now of a later time. A session that never stamps `last_seen` is still one that does not. */
function unknownYet(session: Session, at: number): Partial<Session> {
  const isLater = (time: string | null | undefined) => (parseInstant(time) ?? 0) > at
  const started = session.started_at ?? null
  return {
    ...(isLater(session.last_seen) ? { last_seen: started } : {}),
    ...(isLater(session.last_heartbeat) ? { last_heartbeat: started } : {}),
    ...(isLater(session.last?.timestamp) ? { last: null, state: 'idle', current_work: null } : {}),
    waiting_for: null,
  }
}

const UNSAID = 'session started'

/** What it worked on and said last. It waits until its next act, but for one that only tells that it is there. */
function workAt(session: Session, acts: Act[], beats: Map<string, Heartbeat>): Partial<Session> {
  let current_work: string | null = null
  let last: Work | null = null
  for (const { line } of acts) {
    const event = eventOf(line)
    if ((event === 'start' || event === 'resume') && line.message !== UNSAID)
      current_work = line.message ?? null
    if (event !== 'heartbeat') continue
    last = workOfLine(line)
    current_work = last.target ?? (last.state === 'idle' ? null : current_work)
  }
  const beat = beats.get(session.session_id)
  if (beat && beat.timestamp === last?.timestamp) last = workOf(beat)
  const waiting = acts.findLast(({ line }) => eventOf(line) !== 'alive')?.line.metadata?.waiting_for
  return {
    current_work,
    last,
    last_heartbeat: last?.timestamp ?? session.started_at ?? null,
    ...(typeof waiting === 'object' && waiting ? { waiting_for: waiting as Record<string, unknown> } : {}),
  }
}

/** A heartbeat as its status line tells it. What the line had no room for is left out. */
function workOfLine({ timestamp, status, message, progress, task_id, metadata }: Act['line']): Work {
  const text = (value: unknown) => (typeof value === 'string' ? value : null)
  const { action, target, phase } = metadata ?? {}
  const said = [action, target, phase].filter(Boolean).join(' – ')
  return {
    timestamp,
    action: text(action),
    target: text(target),
    phase: text(phase),
    progress: typeof progress === 'number' ? `${Number((progress * 100).toFixed(1))}%` : null,
    state: status || stateOf(text(action) ?? ''),
    ...(message && message !== said ? { message } : {}),
    ...(task_id ? { task_id } : {}),
  }
}
