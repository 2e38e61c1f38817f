/**
 * The little that a heartbeat does for the room, at most every ten minutes: prune old heartbeats, archive sessions that are over,
 * shorten display data, sweep temporary files of crashed processes, put right claim files that differ from the ledger. A backlog
 * is taken in portions, ten seconds apart, so that no heartbeat pays for it. `coord gc` does all of it at once.
 */
import fs from 'node:fs'
import type { Moment } from '../protocol/claims.ts'
import { isEnded, lastSign } from '../protocol/sessions.ts'
import { parseInstant } from '../protocol/time.ts'
import { replaceFile } from './atomic.ts'
import { republishDrifted } from './claims.ts'
import { lookAt, removeQuietly } from './disk.ts'
import { pruneHeartbeats } from './heartbeats.ts'
import { keepAllMail } from './messages.ts'
import { inRoom, listIn, place, type Room, RUNTIME_DIRECTORIES } from './room.ts'
import { listSessions } from './sessions.ts'
import { trimLines } from './status.ts'

const MARKER = '.state/pruned'
const PAUSE_MS = 10 * 60_000
const BACKLOG_PAUSE_MS = 10_000
const ARCHIVED_AT_ONCE = 20
const HOUR = 3_600_000

/** Do it if it is due; a room without the marker is due at once. Returns how many heartbeats went. */
export function upkeepIfDue(room: Room, at: Moment): number {
  const now = at.wall
  const marker = inRoom(room, MARKER)
  const age = Date.now() - Math.floor(changedAt(marker))
  if (age >= 0 && age < PAUSE_MS) return 0
  replaceFile(place(room, MARKER), '')
  const { gone, more } = pruneHeartbeats(room, now)
  const archived = mayArchive(room, now) ? room.lazy.archive().archiveDue(room, at, ARCHIVED_AT_ONCE) : 0
  if (more || archived === ARCHIVED_AT_ONCE) {
    const due = (Date.now() - PAUSE_MS + BACKLOG_PAUSE_MS) / 1000
    fs.utimesSync(marker, due, due)
  }
  trimLines(room, '.state/recent.jsonl', (line) => (parseInstant(line.timestamp) ?? 0) > now - 24 * HOUR)
  trimLines(room, '.state/refusals.jsonl', (line) => Number(line.at) > now - HOUR)
  if (!more) sweepTemporaries(room)
  republishDrifted({ ...room, problems: [] }, now)
  keepAllMail(room, now)
  return gone
}

/** Whether it is worth loading the rules of the archive: a session was not heard of for long enough. */
function mayArchive(room: Room, now: number): boolean {
  const { archiveAfter, abandonAfter } = room.config.sessions
  return listSessions({ ...room, problems: [] }).some(
    ({ record }) => now - (lastSign(record) ?? now) >= (isEnded(record) ? archiveAfter : abandonAfter),
  )
}

const changedAt = (file: string) => lookAt(file)?.mtimeMs ?? 0

/** Remove coord's own temporary files that are an hour old: only a crash leaves one. Lists every directory, so not during a backlog. */
function sweepTemporaries(room: Room): void {
  for (const directory of ['', ...RUNTIME_DIRECTORIES]) {
    for (const name of listIn(room, directory)) {
      const file = inRoom(room, directory, name)
      if (name.startsWith('.tmp-') && Date.now() - changedAt(file) > HOUR) removeQuietly(file)
    }
  }
}
