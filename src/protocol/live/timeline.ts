/** A span of the past as lanes: what each name was at, when it gave no sign, what it held, and who wrote to whom. */
import type { Config } from '../config.ts'
import { type Act, eventOf } from '../history.ts'
import { resourceKey } from '../names.ts'
import type { Sent } from '../picture.ts'
import type { Lease, Session } from '../records.ts'
import { isEnded, lastSign } from '../sessions.ts'
import { type Numbered, pastTenures } from '../tenures.ts'
import { formatInstant, parseInstant } from '../time.ts'

/** From when to when (epoch ms). */
export interface Span {
  from: number
  to: number
}

/** A stretch of a lane, with times in ISO 8601, cut to the span. */
interface Bar {
  from: string
  to: string
}

/** One state and phase without a break; `message` and `progress` (0 to 1) are the last of it. */
interface PhaseBar extends Bar {
  status: string
  phase: string | null
  message: string | null
  progress: number | null
}

/** A claim while it was held; `ended` is how it ended (tenures.ts), null where it is held at the end of the span. */
export interface ClaimBar extends Bar {
  resource_type: string
  resource_name: string
  token: number
  ended: string | null
}

/** What is known of one name in the span. `omitted` bars, the oldest, were too many. */
export interface Lane {
  session_id: string
  label: string
  /** Whether it had ended by the end of the span. */
  ended: boolean
  phases: PhaseBar[]
  /** Where it gave no sign of life for longer than `staleAfter`. */
  gaps: Bar[]
  claims: ClaimBar[]
  omitted: number
}

/** A message as a tick in the lane of its sender. */
export interface Tick {
  id: string
  from: string
  to: string
  at: string
  subject: string | null
}

type Limits = Pick<Config['sessions'], 'staleAfter' | 'goneAfter'>

/** All that lanes are made of. */
export interface Told {
  sessions: Session[]
  /** The acts by name, oldest first, from before the span on. */
  acts: Map<string, Act[]>
  /** The slots by ledger domain, ascending, from the last before the span on. */
  domains: Map<string, Numbered[]>
  leases: Lease[]
  labels: Map<string, string>
}

/** How many bars a lane may have, all lanes together may have, and how many ticks there may be. */
const BARS = 400
const ALL_BARS = 12_000
const TICKS = 2000

/**
 * The lanes of a span: who is still there first, by their begin, then who ended, latest first; at most `most` (`omitted` tells how many
 * were left out). A name without anything in the span has none. By `limits` silence becomes a gap, and who is no session is over.
 */
export function lanesOf(told: Told, span: Span, limits: Limits, most: number) {
  const sessions = new Map(told.sessions.map((session) => [session.session_id, session]))
  const claims = claimsByHolder(told, span)
  const ids = new Set([...sessions.keys(), ...told.acts.keys(), ...claims.keys()])
  const lanes = [...ids].flatMap((id) => {
    const lane = laneOf(id, sessions.get(id), told, claims.get(id) ?? [], span, limits)
    return lane ? [lane] : []
  })
  lanes.sort((a, b) => Number(a.ended) - Number(b.ended) || (a.ended ? -1 : 1) * byBegin(a, b))
  const kept = lanes.slice(0, most)
  const each = Math.max(20, Math.min(BARS, Math.floor(ALL_BARS / Math.max(1, kept.length))))
  return { lanes: kept.map((lane) => newest(lane, each)), omitted: lanes.length - kept.length }
}

const beginOf = ({ phases, claims, gaps }: Lane) =>
  [phases[0], claims[0], gaps[0]].flatMap((bar) => bar?.from ?? []).sort()[0] ?? ''
const byBegin = (a: Lane, b: Lane) =>
  beginOf(a).localeCompare(beginOf(b)) || (a.session_id < b.session_id ? -1 : 1)

/** The newest bars of a lane. */
function newest(lane: Lane, most: number): Lane {
  const [phases, gaps, claims] = [lane.phases, lane.gaps, lane.claims].map((bars) => bars.slice(-most))
  const omitted = lane.phases.length + lane.claims.length - phases!.length - claims!.length
  return { ...lane, phases, gaps, claims, omitted } as Lane
}

function laneOf(
  id: string,
  session: Session | undefined,
  { acts, labels }: Told,
  claims: ClaimBar[],
  span: Span,
  limits: Limits,
): Lane | null {
  const log = (acts.get(id) ?? []).filter(({ time }) => time < span.to)
  const until = session ? endOf(session, span.to) : lastOf(log, limits, span.to)
  const own = { from: span.from, to: Math.min(span.to, until) }
  const { phases, gaps } = barsOf(log, session, own, limits.staleAfter)
  if (phases.length + claims.length === 0) return null
  const ended = until < span.to
  return { session_id: id, label: labels.get(id) ?? id, ended, phases, gaps, claims, omitted: 0 }
}

/** When a session ended (epoch ms); beyond the span where it did not. */
function endOf(session: Session, to: number): number {
  if (!isEnded(session)) return to
  return parseInstant(session.ended_at) ?? lastSign(session) ?? to
}

/** A name that nobody registered is over when it said so, or has been quiet for `goneAfter`. */
function lastOf(log: Act[], { staleAfter, goneAfter }: Limits, to: number): number {
  const last = log.at(-1)
  if (!last || eventOf(last.line) === 'end') return last?.time ?? to
  return last.time + goneAfter <= to ? last.time + staleAfter : to
}

/** A sign of life, and what was said with it. */
interface Sign {
  time: number
  bar: Omit<PhaseBar, 'from' | 'to'> | null
}

/** The phases of a log, each up to the next, and the silence between signs, cut out of them. */
function barsOf(log: Act[], session: Session | undefined, span: Span, quiet: number) {
  const phases: PhaseBar[] = []
  const gaps: Bar[] = []
  const signs = signsOf(log, session)
  for (const [at, { time, bar }] of signs.entries()) {
    const next = signs[at + 1]?.time ?? span.to
    const heard = Math.min(next, time + quiet)
    if (bar) extend(phases, bar, cut(time, heard, span))
    const gap = bar && next > heard ? cut(heard, next, span) : null
    if (gap) gaps.push(gap)
  }
  return { phases, gaps }
}

/** The signs of a log with the phase that each is in, which goes on until another is named; none after an end. */
function signsOf(log: Act[], session: Session | undefined): Sign[] {
  const signs: Sign[] = []
  let phase: string | null = null
  for (const { line, time } of log) {
    const event = eventOf(line)
    const named = line.metadata?.phase
    if (event === 'start' || event === 'end') phase = null
    if (typeof named === 'string' && named !== '') phase = named
    const said = { message: line.message ?? null, progress: line.progress ?? null }
    signs.push({ time, bar: event === 'end' ? null : { status: line.status, phase, ...said } })
  }
  const seen = session ? lastSign(session) : null
  const last = signs.at(-1)
  if (seen !== null && last?.bar && seen > last.time) signs.push({ time: seen, bar: last.bar })
  return signs
}

/** A stretch within the span, or null where there is none. */
function cut(from: number, to: number, span: Span): Bar | null {
  const [start, end] = [Math.max(from, span.from), Math.min(to, span.to)]
  return start < end ? { from: formatInstant(start), to: formatInstant(end) } : null
}

/** Another bar, or a longer one where nothing but the words changed. */
function extend(phases: PhaseBar[], said: NonNullable<Sign['bar']>, bar: Bar | null): void {
  if (!bar) return
  const last = phases.at(-1)
  if (last && last.status === said.status && last.phase === said.phase && last.to >= bar.from)
    phases[phases.length - 1] = { ...last, ...said, progress: said.progress ?? last.progress, to: bar.to }
  else phases.push({ ...bar, ...said })
}

/** What each name held in the span, oldest first: the past tenures of every resource, and the claims that are there. */
function claimsByHolder({ domains, leases }: Told, span: Span): Map<string, ClaimBar[]> {
  const held = new Map<string, ClaimBar[]>()
  const add = (id: string, from: number, to: number, facts: Omit<ClaimBar, 'from' | 'to'>) => {
    const bar = cut(from, to, span)
    if (bar) held.set(id, [...(held.get(id) ?? []), { ...bar, ...facts }])
  }
  const instant = (text: string | null | undefined, other: number) => parseInstant(text) ?? other
  for (const slots of domains.values())
    for (const resource of resourcesOf(slots))
      for (const { claimed_by, token, from, until, ended } of pastTenures(slots, resource)) {
        const to = instant(until, span.to)
        const facts = { ...resource, token, ended: to > span.to ? null : ended }
        add(claimed_by, instant(from, span.from), to, facts)
      }
  for (const lease of leases) {
    const end = instant(lease.expires_at, span.to)
    const { resource_type, resource_name, token } = lease
    const facts = { resource_type, resource_name, token, ended: end < span.to ? 'expired' : null }
    add(lease.claimed_by, instant(lease.claimed_at, span.from), end, facts)
  }
  for (const bars of held.values()) bars.sort((a, b) => a.from.localeCompare(b.from))
  return held
}

/** Every resource that some slots speak of. */
function resourcesOf(slots: Numbered[]) {
  const all = new Map<string, { resource_type: string; resource_name: string }>()
  for (const { slot } of slots)
    for (const { resource_type, resource_name } of [...slot.claims, ...slot.changes])
      all.set(resourceKey(resource_type, resource_name), { resource_type, resource_name })
  return all.values()
}

/** The messages of a span as ticks, oldest first; the newest 2,000. */
export function ticksOf(messages: Sent[], span: Span): { messages: Tick[]; omitted: number } {
  const within = messages.filter(({ sent }) => sent >= span.from && sent <= span.to)
  within.sort((a, b) => a.sent - b.sent)
  const kept = within.slice(-TICKS).map(({ message, sent }) => ({
    ...{ id: message.id ?? '', from: message.from, to: message.to },
    ...{ at: formatInstant(sent), subject: message.subject ?? null },
  }))
  return { messages: kept, omitted: within.length - kept.length }
}
