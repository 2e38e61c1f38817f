/** All that is kept about a moment of the room, live and archived; the rule that makes a picture of it is in protocol/past.ts. Reads only. */
import { actsOf } from '../protocol/history.ts'
import { firstRecord, type Kept, recordsAt, type Then } from '../protocol/past.ts'
import type { Heartbeat, Session } from '../protocol/records.ts'
import { parseFileTime, parseInstant } from '../protocol/time.ts'
import { listClaimFiles } from './claims.ts'
import { newestHeartbeats } from './heartbeats.ts'
import { listEveryReceipt, listEverySession, readHistories } from './history.ts'
import { listDomains, readSlots } from './ledger.ts'
import { BROADCAST, DIRECT, listMailboxes, listMessageIds, listMessages, mailbox } from './messages.ts'
import { loadRecord } from './records.ts'
import { listRefusals } from './refusals.ts'
import type { Room } from './room.ts'

/**
 * The room at a moment `at`, seen from `now` (epoch ms), and the instant of its first record (null: none). What can't be read is named
 * in `room.problems`.
 */
export function readThen(room: Room, at: number, now: number): Then & { first: number | null } {
  const kept = readKept(room, at)
  return { ...recordsAt(kept, at, now, room.config), first: firstRecord(kept) }
}

function readKept(room: Room, at: number): Kept {
  const sessions = listEverySession(room)
  const boxes = listMailboxes(room)
  const since = at - room.config.messages.boardWindow
  return {
    sessions,
    acts: new Map([...readHistories(room)].map(([id, lines]) => [id, actsOf(id, lines)])),
    beats: beatsAt(room, at),
    domains: new Map(listDomains(room).map((domain) => [domain, readSlots(room, domain)])),
    scripts: listClaimFiles(room, at).filter(({ foreign }) => foreign),
    messages: [BROADCAST, ...boxes.map((box) => `${DIRECT}/${box}`)].flatMap((box) =>
      listMessages(room, box, since),
    ),
    receipts: listEveryReceipt(room),
    refusals: listRefusals(room, at, at),
    mailboxes: strangeMailboxes(room, boxes, sessions),
    problems: room.problems,
  }
}

/** The newest heartbeat of each id up to a moment; names in the forms of scripts may be hours off, so the body is what counts. */
function beatsAt(room: Room, at: number): Map<string, Heartbeat> {
  const beats = new Map<string, Heartbeat>()
  for (const { file } of newestHeartbeats(room, at).values()) {
    const beat = loadRecord(room, 'heartbeat', file)?.record
    const time = parseInstant(beat?.timestamp) ?? Infinity
    if (!beat || time > at || time < (parseInstant(beats.get(beat.session_id)?.timestamp) ?? 0)) continue
    beats.set(beat.session_id, beat)
  }
  return beats
}

/** The mailboxes that belong to no session, and when the first message came; in a tracked room those are another clone's. */
function strangeMailboxes(room: Room, boxes: string[], sessions: Session[]): Map<string, number> {
  if (room.config.git.track) return new Map()
  const own = new Set(['human', ...sessions.map(({ session_id }) => session_id)].map(mailbox))
  const strange = boxes.filter((box) => !own.has(`${DIRECT}/${box}`))
  return new Map(
    strange.flatMap((box): [string, number][] => {
      const [first] = listMessageIds(room, `${DIRECT}/${box}`)
      const time = first === undefined ? null : parseFileTime(`${first}.json`)?.time
      return time === undefined || time === null ? [] : [[box, time]]
    }),
  )
}
