/** What this machine has to publish, gathered from its room. Reads only. */
import path from 'node:path'
import type { Bundle, HandoffText, ReaderReceipt } from '../../protocol/machines/bundle.ts'
import {
  chooseMessages,
  chooseReceipts,
  chooseSessions,
  isRecentHandoff,
} from '../../protocol/machines/choose.ts'
import { publicMessage, publicSession, withoutPlaces } from '../../protocol/machines/privacy.ts'
import type { Session } from '../../protocol/records.ts'
import { lastSign } from '../../protocol/sessions.ts'
import { parseFileTime, parseInstant } from '../../protocol/time.ts'
import { readText } from '../disk.ts'
import { listHandoffPaths } from '../handoffs.ts'
import { BROADCAST, DIRECT, listMailboxes, listMessages } from '../messages.ts'
import { inRoom, listIn, type Room, repositoryOf } from '../room.ts'
import { listSessions } from '../sessions.ts'
import { readReceipts } from '../status.ts'

const HANDOFF_BYTES = 64 << 10

/** What has to be known for it. */
export interface Gathering {
  isHere(id: string): boolean
  now: number
  /** The ids of mail that came from others: what our readers did with it goes back. */
  arrived: Set<string>
  /** What was published last: the receipts of sessions that were archived since stay. */
  before: ReaderReceipt[]
  /** The top of the repository. */
  top: string
  /** Until when (epoch ms) what lies here is that of the room that this one is a copy of. */
  copied?: number
}

/** The content of a bundle, and how much was left out for being too much. */
export type Gathered = Pick<Bundle, 'sessions' | 'messages' | 'receipts' | 'handoffs'> & { omitted: number }

/** Gather it. Reads only. */
export function gather(room: Room, given: Gathering): Gathered {
  const quiet: Room = { ...room, problems: [] }
  const { isHere, now, arrived, before, top, copied = 0 } = given
  const shows = room.config.git.publishHost
  const records = listSessions(quiet).map(({ record }) => record)
  const sessions = chooseSessions(records.filter((session) => (lastSign(session) ?? 0) >= copied))
  const boxes = listMailboxes(quiet).filter((name) => name === 'human' || !isHere(name))
  const since = now - room.config.messages.retention
  const sent = [BROADCAST, ...boxes.map((name) => `${DIRECT}/${name}`)].flatMap((box) =>
    listMessages(quiet, box, since),
  )
  const later = sent.filter((each) => each.sent >= copied)
  const messages = chooseMessages(later, isHere, now, room.config.messages.retention)
  const own = new Set(messages.kept.map(({ message }) => message.id!))
  const travels = (id: string) => own.has(id) || arrived.has(id)
  const told = ownReceipts(quiet, isHere).filter(({ at }) => (parseInstant(at) ?? 0) >= copied)
  const receipts = chooseReceipts([...before, ...told], travels)
  return {
    sessions: sessions.kept
      .map((session) => withoutOwnProject(session, repositoryOf(room)))
      .map((session) => (shows ? session : publicSession(session, top))),
    messages: messages.kept.map(({ message }) => (shows ? message : publicMessage(message, top))),
    receipts: receipts.kept,
    handoffs: handoffsOf(quiet, now, copied, shows ? null : top),
    omitted: sessions.omitted + messages.omitted + receipts.omitted,
  }
}

/** The name of the clone's directory is the project of those who name none, and differs between clones of one repository. */
function withoutOwnProject(session: Session, repository: string): Session {
  if (session.project !== repository) return session
  const { project: _own, ...rest } = session
  return rest
}

/** The receipts of this room's readers, with whose they are. */
function ownReceipts(room: Room, isHere: (id: string) => boolean): ReaderReceipt[] {
  return listIn(room, 'receipts').flatMap((name) => {
    const reader = name.endsWith('.jsonl') ? name.slice(0, -6) : ''
    if (reader !== 'human' && !isHere(reader)) return []
    return readReceipts(room, reader).map((receipt) => ({ ...receipt, reader }))
  })
}

function handoffsOf(room: Room, now: number, copied: number, top: string | null): HandoffText[] {
  return listHandoffPaths(room).flatMap((file) => {
    const id = path.basename(file, '.md')
    const isOwn = (parseFileTime(`${id}.md`)?.time ?? 0) >= copied
    if (file !== `handoffs/${id}.md` || !isRecentHandoff(id, now) || !isOwn) return []
    const reading = readText(inRoom(room, file), HANDOFF_BYTES)
    if (!('text' in reading)) return []
    return [{ id, text: top === null ? reading.text : withoutPlaces(reading.text, top) }]
  })
}
