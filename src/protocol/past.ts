/**
 * The records of a room as they were at a past moment, rebuilt from what is kept: who was there and did what (status lines), which
 * claims were held (ledger slots), which messages and answers were there. What can't be known is told in `gaps`, plain sentences.
 */
import type { Moment } from './claims.ts'
import type { Config } from './config.ts'
import { type Act, eventOf } from './history.ts'
import { openRefusals, type Problem, type Records, type Refusal, type Sent } from './picture.ts'
import type { Heartbeat, Lease, Receipt, Session } from './records.ts'
import { sessionAt } from './session-then.ts'
import { isEnded, lastSign, liveness, tellsLastSeen } from './sessions.ts'
import type { Numbered } from './tenures.ts'
import { formatClock, formatSpan, parseInstant } from './time.ts'

/** All that was kept, as the store reads it for a moment. */
export interface Kept {
  /** Every session of which there is a record, as it is now. */
  sessions: Session[]
  /** The acts by the name whose status file tells them, oldest first. */
  acts: Map<string, Act[]>
  /** The newest heartbeat of each id up to the moment, where it is still kept. */
  beats: Map<string, Heartbeat>
  /** The kept slots of each ledger domain, ascending. */
  domains: Map<string, Numbered[]>
  /** The claims of scripts that are still there. */
  scripts: Lease[]
  messages: Sent[]
  receipts: Receipt[]
  refusals: Refusal[]
  /** Mailboxes whose recipient is no session, with the time of their first message (epoch ms). */
  mailboxes: Map<string, number>
  problems: Problem[]
}

/** A room as it was: its records, the moment to look at them from, and what of it is not known. */
export interface Then {
  records: Records
  moment: Moment
  gaps: string[]
}

/** The room at a moment `at` (epoch ms), seen from `now`. */
export function recordsAt(kept: Kept, at: number, now: number, config: Config): Then {
  const acts = new Map([...kept.acts].map(([id, log]) => [id, log.filter(({ time }) => time <= at)]))
  const sessions = kept.sessions.flatMap(
    (session) => sessionAt(session, acts.get(session.session_id) ?? [], kept.beats, at, config) ?? [],
  )
  const { leases, gaps } = leasesAt(kept, at, now, config)
  const messages = kept.messages.filter(({ sent }) => sent <= at)
  const records: Records = {
    sessions,
    leases,
    messages,
    signs: signsAt(kept, sessions, acts, messages),
    problems: [],
    processes: new Map(),
    refusals: openRefusals(kept.refusals.filter(isWithin(at)), leases, sessions),
    acked: answeredBy(kept.receipts, at),
    unregistered: strangers(kept, acts, leases),
    mailboxes: [...kept.mailboxes].flatMap(([id, first]) => (first <= at ? [id] : [])),
  }
  const moment = { wall: at, boot: { id: PAST_CLOCK, ms: at } }
  return {
    records,
    moment,
    gaps: [
      ...gaps,
      ...unheard(kept, at, now),
      ...forgotten(records, at, now, config),
      ...unreadable(kept.problems),
    ],
  }
}

const isWithin =
  (at: number) =>
  ({ at: time }: Refusal) =>
    time <= at && time > at - HOUR

/** The messages that had their answer. */
function answeredBy(receipts: Receipt[], at: number): Set<string> {
  const then = receipts.filter(({ at: time, state }) => state === 'acked' && (parseInstant(time) ?? 0) <= at)
  return new Set(then.map(({ message }) => message))
}

/** Who spoke or claimed by then without a session of its own. */
function strangers(kept: Kept, acts: Map<string, Act[]>, leases: Lease[]): string[] {
  const ids = new Set(kept.sessions.map(({ session_id }) => session_id))
  const spoke = [...acts].flatMap(([id, log]) => (log.length > 0 ? [id] : []))
  const all = [...spoke, ...kept.beats.keys(), ...leases.map(({ claimed_by }) => claimed_by)]
  return [...new Set(all.filter((id) => !ids.has(id)))].sort()
}

const HOUR = 3_600_000

/** The claims that were held: those of the last slot of each domain decided by then, judged by wall time as it was told. */
function leasesAt(kept: Kept, at: number, now: number, config: Config): { leases: Lease[]; gaps: string[] } {
  const leases: Lease[] = []
  const gaps: string[] = []
  for (const [domain, slots] of kept.domains) {
    const decided = slots.findLast(({ slot }) => (parseInstant(slot.at) ?? 0) <= at)
    const [oldest] = slots
    if (decided) leases.push(...decided.slot.claims)
    else if (oldest && oldest.n > 1) {
      leases.push(...oldest.slot.claims.filter((lease) => isSince(lease, at)))
      const since = formatClock(parseInstant(oldest.slot.at) ?? 0, now)
      gaps.push(`claims ${ofDomain(domain, oldest)} that ended before ${since} are not recorded any more`)
    }
  }
  const known = new Set(leases.map(({ claim_id }) => claim_id))
  leases.push(...kept.scripts.filter((lease) => isSince(lease, at) && !known.has(lease.claim_id)))
  return { leases: leases.map(byWall), gaps: [...gaps, ...unkept(kept, leases, at, now, config)] }
}

const isSince = (lease: Lease, at: number) => (parseInstant(lease.claimed_at) ?? Infinity) <= at

/** The boot clock of another time tells nothing: a lease is judged by the end that was told, exactly. */
const byWall = (lease: Lease): Lease => ({
  ...lease,
  clock: { id: PAST_CLOCK, expires_ms: parseInstant(lease.expires_at) ?? 0 },
})
const PAST_CLOCK = 'wall time then'

function ofDomain(domain: string, { slot }: Numbered): string {
  if (domain === 'file') return 'of files'
  const [named] = [...slot.changes, ...slot.claims]
  return named ? `of ${named.resource_type}/${named.resource_name}` : `of ${domain}`
}

/** Claims that status lines tell of, within the longest a claim may last, but no kept slot any more: they may have been held. */
function unkept({ acts, domains }: Kept, leases: Lease[], at: number, now: number, config: Config): string[] {
  const tokens = new Set(leases.map(({ token }) => token))
  for (const slots of domains.values())
    for (const { slot } of slots) for (const { token } of slot.changes) tokens.add(token)
  return [...acts].flatMap(([id, log]) => {
    const then = log.filter(({ time }) => time <= at && time > at - config.claims.maxFor)
    const lost = then.findLast(
      ({ line }) => eventOf(line) === 'claim' && !tokens.has(Number(line.metadata?.token)),
    )
    if (!lost || then.some((act) => act.time >= lost.time && gaveBack(act, lost))) return []
    const when = `${formatClock(lost.time, now)} (token ${lost.line.metadata?.token})`
    return [`${id} ${lost.line.message} at ${when}; until when it held that is not recorded any more`]
  })
}

/** Whether an act tells that what was claimed is held no more. */
function gaveBack({ line }: Act, claim: Act): boolean {
  const [name] = (claim.line.message ?? '').replace(/^claimed /, '').split(', ')
  const event = eventOf(line)
  return event === 'end' || (event === 'release' && (line.message ?? '').includes(name!))
}

/** Signs of life of sessions that do not stamp them: what they said or sent by then. */
function signsAt(
  kept: Kept,
  sessions: Session[],
  acts: Map<string, Act[]>,
  messages: Sent[],
): Map<string, number> {
  const signs = new Map<string, number>()
  for (const session of sessions.filter((each) => !tellsLastSeen(each))) {
    const id = session.session_id
    const sent = messages.filter(({ message }) => message.from === id).map((each) => each.sent)
    const beat = parseInstant(kept.beats.get(id)?.timestamp) ?? 0
    const sign = Math.max(beat, acts.get(id)?.at(-1)?.time ?? 0, ...sent)
    if (sign > 0) signs.set(id, sign)
  }
  return signs
}

/** Sessions that were there, but whose lines of that time are gone. */
function unheard(kept: Kept, at: number, now: number): string[] {
  return kept.sessions.flatMap((session) => {
    const acts = kept.acts.get(session.session_id) ?? []
    const started = parseInstant(session.started_at) ?? Infinity
    const known = (lastSign(session) ?? 0) <= at || acts.some(({ time }) => time <= at)
    if (known || started > at) return []
    const when = acts[0] ? `before ${formatClock(acts[0].time, now)}` : 'then'
    return [`what ${session.session_id} did ${when} is not recorded any more`]
  })
}

/** What can't be read now may have told of that moment. */
function unreadable(problems: Problem[]): string[] {
  const lost = problems.filter(({ kind }) => kind !== 'repaired' && kind !== 'config')
  return lost.map(({ path, detail }) => `${path}: ${detail}`)
}

/** What no room keeps for long. */
function forgotten({ sessions, signs }: Records, at: number, now: number, config: Config): string[] {
  const quiet = sessions.some((session) => {
    const sign = Math.max(lastSign(session) ?? 0, signs.get(session.session_id) ?? 0)
    return !isEnded(session) && liveness(session, sign, 'unknown', at, config.sessions).level !== 'fresh'
  })
  const kept = config.messages.retention
  return [
    ...(quiet ? ['whether the processes of quiet sessions still ran is not recorded'] : []),
    ...(at < now - HOUR ? ['refused claims may be missing: they are remembered for an hour'] : []),
    ...(at - config.messages.boardWindow < now - kept
      ? [`messages may be missing: they are kept for ${formatSpan(kept)}`]
      : []),
  ]
}

/** The instant of the first record that is kept (epoch ms), or null where there is none. */
export function firstRecord({ sessions, acts, domains, messages, mailboxes }: Kept): number | null {
  const times = [
    ...sessions.map((session) => parseInstant(session.started_at) ?? lastSign(session)),
    ...[...acts.values()].map((log) => log.find(({ time }) => time > 0)?.time ?? null),
    ...[...domains.values()].map(([oldest]) => parseInstant(oldest?.slot.at)),
    ...messages.map(({ sent }) => sent),
    ...mailboxes.values(),
  ]
  const known = times.filter((time) => time !== null)
  return known.length === 0 ? null : known.reduce((first, time) => Math.min(first, time))
}
