/**
 * Signs of life outside the session files: the seed's scripts never stamp `last_seen`, and a status file may belong to
 * nobody. Only asked when such sessions exist; writing commands keep the answer in `.state/signs.json` for 30 seconds.
 */
import type { Session } from '../protocol/records.ts'
import { isEnded, tellsLastSeen } from '../protocol/sessions.ts'
import { parseFileTime, parseInstant } from '../protocol/time.ts'
import { replaceFile } from './atomic.ts'
import { readText } from './disk.ts'
import { newestHeartbeats } from './heartbeats.ts'
import { BROADCAST, listMailboxes, listMessageIds } from './messages.ts'
import { loadRecord } from './records.ts'
import { inRoom, place, type Room } from './room.ts'
import { listStatusNames, readStatus } from './status.ts'

export interface Signs {
  /** The newest sign by session id, epoch ms. */
  seen: Map<string, number>
  /** Ids that speak without a session file. */
  unregistered: string[]
  /** Those of them that are known by a status file alone. */
  pushing: string[]
  /** Direct mailboxes whose recipient is no session. */
  mailboxes: string[]
}

const CACHE = '.state/signs.json'
const CACHE_MS = 30_000

/** The signs of the sessions that do not tell themselves; empty when all do, so that the code for it is loaded where it is needed. `keep`: whether the caller may write the cache. */
export function signsOf(room: Room, sessions: Session[], now: number, keep: boolean): Map<string, number> {
  const silent = sessions.filter((session) => !tellsLastSeen(session) && !isEnded(session))
  if (silent.length === 0) return new Map()
  const cached = keep ? readCache(room, now) : null
  if (cached) return cached
  const { seen } = room.lazy.upkeep().gatherSigns(room, sessions, now)
  if (keep) replaceFile(place(room, CACHE), JSON.stringify({ at: now, seen: Object.fromEntries(seen) }))
  return seen
}

function readCache(room: Room, now: number): Map<string, number> | null {
  const reading = readText(inRoom(room, CACHE), 4 << 20)
  if (!('text' in reading)) return null
  try {
    const { at, seen } = JSON.parse(reading.text) as { at: number; seen: Record<string, number> }
    return Math.abs(now - at) < CACHE_MS ? new Map(Object.entries(seen)) : null
  } catch {
    return null
  }
}

/** Look through heartbeats, messages and status histories. `boxes`: the mailboxes, where they have been listed. */
export function gatherSigns(
  room: Room,
  sessions: Session[],
  now: number,
  boxes = listMailboxes(room),
): Signs {
  const ids = new Set(sessions.map((session) => session.session_id))
  const silent = new Set(
    sessions.filter((session) => !tellsLastSeen(session)).map((session) => session.session_id),
  )
  const seen = new Map<string, number>()
  const strangers = new Set<string>()
  const note = (id: string, time: number | null) => {
    if (!ids.has(id)) strangers.add(id)
    else if (time !== null && time > (seen.get(id) ?? 0)) seen.set(id, time)
  }
  for (const [id, { file, time, exact }] of newestHeartbeats(room)) {
    const owner = ids.has(id)
      ? id
      : id.replace(/-\d+$/, (copy) => (ids.has(id.slice(0, -copy.length)) ? '' : copy))
    const body = ids.has(owner) && !exact ? loadRecord(room, 'heartbeat', file)?.record.timestamp : undefined
    note(owner, parseInstant(body) ?? time)
  }
  const sent = silent.size > 0 ? listMessageIds(room, BROADCAST, now - 86_400_000) : []
  for (const id of sent) {
    const named = parseFileTime(`${id}.json`)
    const sender = named?.rest.slice(0, -5) ?? ''
    if (silent.has(sender)) note(sender, named?.time ?? null)
  }
  const pushing: string[] = []
  for (const name of listStatusNames(room)) {
    if (!ids.has(name)) pushing.push(name)
    else if (silent.has(name)) note(name, parseInstant(readStatus(room, name).at(-1)?.timestamp))
  }
  const mailboxes = boxes.filter((name) => !ids.has(name) && name !== 'human')
  const unregistered = [...new Set([...strangers, ...pushing])].sort()
  return { seen, unregistered, pushing: pushing.filter((name) => !strangers.has(name)), mailboxes }
}
