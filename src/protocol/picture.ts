/**
 * The picture of a room at one moment: what every face shows. Records and the time go in, plain data comes out;
 * ages and liveness are computed here at each look, never stored.
 */
import { isExpired, type Moment, timeLeft } from './claims.ts'
import type { Config } from './config.ts'
import { isSpent } from './guard.ts'
import { stateOf } from './heartbeats.ts'
import { labelsOf } from './labels.ts'
import { machineOf, markedId } from './machines/names.ts'
import { resourceKey } from './names.ts'
import type { Need } from './needs.ts'
import type { Lease, Message, Session } from './records.ts'
import { isEnded, type Liveness, lastSign, liveness, type ProcessState } from './sessions.ts'
import { parseInstant } from './time.ts'

/** A record that was repaired, or could not be read, or a file that should not be there. */
export interface Problem {
  path: string
  kind: string
  detail: string
}

/** A message with the instant it was sent (epoch ms). */
export interface Sent {
  message: Message
  sent: number
}

/** All that a picture is made of. `signs` are later signs of life than a session file tells, by session id. */
export interface Records {
  sessions: Session[]
  leases: Lease[]
  messages: Sent[]
  problems: Problem[]
  signs: Map<string, number>
  processes: Map<string, ProcessState>
  /** Refused claims, unanswered requests and the like that the faces may add; see needs.ts. */
  refusals: Refusal[]
  acked: Set<string>
  unregistered: string[]
  mailboxes: string[]
  /** The ids of all messages of the room, where these may be asked for. */
  messageIds?: () => string[]
  /** What of claims that are kept for somebody needs that one; absent where none is kept. */
  kept?: (picture: Picture) => Need[]
  /** The whole record of a session of which only a digest may have been read (digest.ts). */
  whole?: (session: Session) => Session
}

/** A claim that was refused: who wanted what, and who held it. */
export interface Refusal {
  at: number
  by: string
  resource_type: string
  resource_name: string
  /** What was asked for, where the claim in the way has another name. */
  wanted?: string | undefined
  holder: string
  /** The token of the claim that stood in the way; records of older versions have none. */
  token?: number
}

export interface SeenSession {
  session: Session
  liveness: Liveness
  state: string
  sign: number | null
}

export interface SeenClaim {
  lease: Lease
  holder: SeenSession | null
  expired: boolean
  expires_in_ms: number
}

export interface Picture {
  now: number
  sessions: SeenSession[]
  /** Those of them that are neither ended nor given up. */
  active: SeenSession[]
  byId: Map<string, SeenSession>
  /** What people call sessions that they do not call by their ids, by id. */
  labels: Map<string, string>
  claims: SeenClaim[]
  records: Records
}

/** Who holds a claim; of another machine whatever that session is called here. */
function holderIn(byId: Map<string, SeenSession>, lease: Lease): SeenSession | null {
  const own = byId.get(lease.claimed_by)
  const at = machineOf(lease)
  const far = at && (!own || machineOf(own.session) !== at) && byId.get(markedId(lease.claimed_by, at))
  return far || own || null
}

/** The state of a session: what it says, else what its last action implies. */
export function stateOfSession(session: Session): string {
  if (session.state) return session.state
  return session.last?.action ? stateOf(session.last.action) : 'idle'
}

/** Look at the records at one moment. Sessions come newest sign first, claims by expiry. */
export function look(records: Records, now: Moment, config: Config): Picture {
  const sessions = records.sessions.map((session) => see(session, records, now.wall, config.sessions))
  sessions.sort(
    (a, b) => (b.sign ?? 0) - (a.sign ?? 0) || (a.session.session_id < b.session.session_id ? -1 : 1),
  )
  const byId = new Map<string, SeenSession>()
  for (const seen of sessions) byId.set(seen.session.session_id, seen)
  const gone = (id: string) => (byId.get(id)?.liveness.level === 'ended' ? 'ended' : null)
  const wanted = records.leases.filter((lease) => !isSpent(lease, now, gone))
  const claims = wanted.map((lease: Lease & { taken_until?: string }) => ({
    // A remote that knows an earlier end only (remote/slots.ts) may give it to others past that.
    lease: (parseInstant(lease.taken_until) ?? 9e15) <= now.wall ? { ...lease, provisional: true } : lease,
    holder: holderIn(byId, lease),
    expired: isExpired(lease, now, config.claims.skewMargin),
    expires_in_ms: timeLeft(lease, now),
  }))
  claims.sort(
    (a, b) => a.expires_in_ms - b.expires_in_ms || (a.lease.resource_name < b.lease.resource_name ? -1 : 1),
  )
  const active = sessions.filter(({ session }) => !isEnded(session))
  const labels = labelsOf(records.sessions)
  return { now: now.wall, sessions, active, byId, labels, claims, records }
}

function see(session: Session, records: Records, now: number, limits: Config['sessions']): SeenSession {
  const own = lastSign(session)
  const other = records.signs.get(session.session_id) ?? null
  const sign = own === null ? other : Math.max(own, other ?? own)
  const process = records.processes.get(session.session_id) ?? 'unknown'
  const seen = liveness(session, sign, process, now, limits)
  return { session, sign, state: shownState(session, seen), liveness: seen }
}

/** An agent may be stopped by its person without a word: what it was at is not believed for ever. */
function shownState(session: Session, { level }: Liveness): string {
  const state = stateOfSession(session)
  const quiet = level === 'silent' || level === 'gone'
  return quiet && state === 'working' && session.agent?.vendor ? 'idle' : state
}

/** The refusals that still matter: the claim that stood in the way is still held, by the same holder, and the refused one has not ended. */
export function openRefusals(refusals: Refusal[], leases: Lease[], sessions: Session[]): Refusal[] {
  if (refusals.length === 0) return []
  const ended = new Set(sessions.filter(isEnded).map(({ session_id }) => session_id))
  const held = new Map(leases.map((lease) => [resourceKey(lease.resource_type, lease.resource_name), lease]))
  return refusals.filter(({ by, resource_type, resource_name, holder, token = Infinity }) => {
    const lease = held.get(resourceKey(resource_type, resource_name))
    return lease?.claimed_by === holder && lease.token <= token && !ended.has(by)
  })
}

/**
 * What people call the session of an id (labels.ts), with its machine behind where that is another one, as `shownAs` there; for faces to
 * escape, like all that others wrote. `told` is a record of it that may tell the machine where the session is not known here.
 */
export function called({ labels, byId }: Picture, id: string, told?: object): string {
  const { machine, machine_name: name } = (byId.get(id)?.session ?? told ?? {}) as Record<string, unknown>
  return `${labels.get(id) ?? id}${machine ? ` @${name ?? machine}` : ''}`
}
