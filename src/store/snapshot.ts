/** Everything a picture of the room is made of, read at one go. Reads only, unless `keep` allows the cache of signs. */
import type { Moment } from '../protocol/claims.ts'
import { isPersonElsewhere } from '../protocol/machines/names.ts'
import { openRefusals, type Records, type Sent } from '../protocol/picture.ts'
import type { Lease, Session } from '../protocol/records.ts'
import { isOpen } from '../protocol/requests.ts'
import { isEnded, lastSign, type ProcessState, tellsLastSeen } from '../protocol/sessions.ts'
import { ackedOf, everyAckOf } from './acknowledged.ts'
import { archivedIn } from './archived.ts'
import { readSources } from './board-cache.ts'
import { recentBroadcasts } from './broadcasts.ts'
import { listLeases } from './claims.ts'
import { lookAt } from './disk.ts'
import { everyMachine, ownersIn, withForeign } from './foreign/machines.ts'
import { FOREIGN } from './foreign/place.ts'
import {
  BROADCAST,
  DIRECT,
  type Listed,
  listEveryMessageId,
  listMailboxes,
  listMessageIds,
  listMessages,
  listRecentDirect,
  loadMessage,
  mailbox,
  type Opened,
  openedIn,
} from './messages.ts'
import { listPathMail } from './path-mail.ts'
import { processOf, stillWaits } from './processes.ts'
import { listRefusals } from './refusals.ts'
import { inRoom, listIn, type Room } from './room.ts'
import { listSessions, loadSession } from './sessions.ts'
import { gatherSigns, signsOf } from './signs.ts'
import { readReceipts } from './status.ts'

interface Snapshot {
  records: Records
  /** The stored texts of the session records by id. */
  texts: Map<string, string>
}

/** What readers tell, with what else of the mail was read and listed for it. */
export interface WholeSnapshot {
  records: Records
  opened: Opened
  /** The names without a session that are known by a status file alone. */
  pushing: string[]
  listed: Listed
}

const MANY = 300

/** What the board shows: claim files as they are published, messages of the window. `listed` learns what was listed. Called by writing commands. */
export function readForBoard(room: Room, now: Moment, journal?: string, listed?: Listed): Snapshot {
  const { sessions: own, texts, leases, digested } = readSources(room, now.wall, journal)
  const sessions = lookAt(inRoom(room, FOREIGN)) ? room.lazy.upkeep().withForeign(room, own, now.wall) : own
  const since = now.wall - room.config.messages.boardWindow
  const broadcasts = listed
    ? listMessages(room, BROADCAST, since, listed)
    : recentBroadcasts(room, now.wall, since, journal !== undefined)
  const messages = [...broadcasts, ...listRecentDirect(room, since)]
  const signs = signsOf(room, sessions, now.wall, true)
  const parts = { sessions, leases, messages, signs, unregistered: [], mailboxes: [] }
  const records = assemble(room, parts, now.wall)
  if (!digested) return { records, texts }
  const whole = (session: Session): Session => {
    const text = texts.get(session.session_id)
    const record = text === undefined ? loadSession(room, session.session_id) : JSON.parse(text)
    return record ? Object.assign(record, { waiting_for: session.waiting_for }) : session
  }
  return { records: { ...records, whole }, texts }
}

/**
 * What the readers tell: the ledgers themselves, and every id that speaks. `mail` also opens every mailbox, as scripts may
 * have written there: for `status`, which shows it. In a tracked room a mailbox without a session is another clone's. Writes nothing.
 */
export function readEverything(room: Room, now: Moment, mail = false): WholeSnapshot {
  const files = listIn(room, 'sessions')
  if (files.length >= MANY) room.lazy.manyFiles?.()
  const own = listSessions(room, files).map(({ record }) => record)
  const sessions = withForeign(room, own, now.wall)
  const since = now.wall - room.config.messages.boardWindow
  const listed: Listed = new Map()
  const boxes = listMailboxes(room)
  const direct = mail
    ? boxes.flatMap((name) => listMessages(room, `${DIRECT}/${name}`, since, listed))
    : listRecentDirect(room, since)
  const broadcasts = listMessages(room, BROADCAST, since, listed)
  const messages = [
    ...broadcasts,
    ...direct,
    ...(mail ? [...olderAsks(room, since, listed), ...listPathMail(room, now.wall)] : []),
  ]
  const leases = listLeases(room, now.wall)
  const { seen, unregistered, pushing, mailboxes } = gatherSigns(room, sessions, now.wall, boxes)
  const ids = new Set(sessions.map((session) => session.session_id))
  const claimants = leases
    .flatMap((lease) => (lease.machine ? [] : lease.claimed_by))
    .filter((id) => !ids.has(id))
  const isUnknown = (id: string) => !archivedIn(room, id)
  const speakers = [...new Set([...unregistered, ...claimants])].filter(isUnknown).sort()
  const unowned = room.config.git.track
    ? []
    : withoutAbroad(
        room,
        leases,
        mailboxes.filter((name) => isUnknown(name) && !isPersonElsewhere(name)),
      )
  const parts = { sessions, leases, messages, signs: seen, unregistered: speakers, mailboxes: unowned }
  const messageIds = mail ? { messageIds: () => listEveryMessageId(room, listed) } : {}
  const records = { ...assemble(room, parts, now.wall, everyAckOf), ...messageIds }
  return { records, opened: openedIn(BROADCAST, broadcasts), pushing, listed }
}

/** The mailboxes that are of no session of another machine: of one that was ever read, also while no remote is set, or that holds a claim. */
function withoutAbroad(room: Room, leases: Lease[], mailboxes: string[]): string[] {
  if (mailboxes.length === 0) return mailboxes
  const silent = { ...room, problems: [] }
  const ownerOf = ownersIn(silent, everyMachine(silent))
  const holders = new Set(leases.flatMap(({ machine, claimed_by }) => (machine ? claimed_by : [])))
  return mailboxes.filter((name) => !holders.has(name) && ownerOf(name) === null)
}

/** Ids of messages for the person that want no answer, by room: they never change. */
const plain = new Set<string>()

/** What was asked before the window and may still want an answer: of the person, and of holders. */
function olderAsks(room: Room, since: number, listed: Listed): Sent[] {
  const box = mailbox('human')
  const acked = new Set(readReceipts(room, 'human').map(({ state, message }) => state === 'acked' && message))
  const asked = listMessageIds(room, box, 0, listed).flatMap((id) => {
    const key = `${room.root} ${id}`
    if (acked.has(id) || plain.has(key)) return []
    const found = loadMessage(room, box, id)
    if (found && !found.message.ack) plain.add(key)
    return found?.message.ack && found.sent < since ? [found] : []
  })
  const requests = listRecentDirect(room, since).filter(
    ({ message, sent }) => sent < since && message.to !== 'human',
  )
  return [...asked, ...requests]
}

/** One session as `whoami` shows it, with what its process tells; null when it has no file. */
export function readSession(room: Room, id: string, now: Moment): Records | null {
  const session = loadSession(room, id)
  if (!session) return null
  const signs = tellsLastSeen(session)
    ? new Map<string, number>()
    : gatherSigns(room, [session], now.wall).seen
  const parts = { sessions: [session], leases: [], messages: [], signs, unregistered: [], mailboxes: [] }
  return assemble(room, parts, now.wall)
}

interface Parts {
  sessions: Session[]
  leases: Lease[]
  messages: Sent[]
  signs: Map<string, number>
  unregistered: string[]
  mailboxes: string[]
}

function assemble(room: Room, parts: Parts, now: number, acks = ackedOf): Records {
  const asks = parts.messages.map(({ message }) => message).filter(({ ack }) => ack)
  const told = { ...parts, acked: acks(room, asks) }
  // A message that was moved on is told once, where it is now.
  const left = new Set(parts.messages.map(({ message }) => `${message.id} ${message.moved_from}`))
  const since = now - room.config.messages.boardWindow
  const isKept = parts.leases.some((lease) => 'kept_for' in lease)
  return {
    ...told,
    ...(isKept && room.lazy.upkeep().keptRecords(room, parts.leases)),
    messages: parts.messages.filter(
      ({ message, sent }) =>
        !left.has(`${message.id} ${message.to}`) && (sent >= since || isOpen(message, told, now)),
    ),
    sessions: parts.sessions.map((session) =>
      session.waiting_for && stillWaits(session) === false ? { ...session, waiting_for: null } : session,
    ),
    processes: processesOf(room, parts.sessions, parts.signs, now),
    refusals: openRefusals(listRefusals(room, now), parts.leases, parts.sessions),
    problems: room.problems,
  }
}

/** What is known of the processes of sessions that have been without a sign for `staleAfter`; of the others it does not matter. */
function processesOf(
  room: Room,
  sessions: Session[],
  signs: Map<string, number>,
  now: number,
): Map<string, ProcessState> {
  const states = new Map<string, ProcessState>()
  for (const session of sessions) {
    const sign = Math.max(lastSign(session) ?? 0, signs.get(session.session_id) ?? 0)
    if (isEnded(session) || now - sign < room.config.sessions.staleAfter) continue
    states.set(session.session_id, processOf(session))
  }
  return states
}
