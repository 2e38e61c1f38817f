/**
 * The little that a heartbeat does for the room when it is due: prune old heartbeats, archive sessions that are over, bring back those that
 * hold a claim, shorten display data, sweep temporary files of crashed processes, put right claim files that differ from the ledger,
 * have handovers finished that were cut off. A backlog is taken in portions, ten seconds apart, so that no
 * heartbeat pays for it. `coord gc` does all of it at once.
 */
import fs from 'node:fs'
import type { Moment } from '../../protocol/claims.ts'
import { isEnded, lastSign } from '../../protocol/sessions.ts'
import { parseInstant } from '../../protocol/time.ts'
import { archiveDue, recallClaimants } from '../archive.ts'
import { replaceFile } from '../atomic.ts'
import { republishDrifted } from '../claims.ts'
import { lookAt, removeQuietly } from '../disk.ts'
import { listCutOff } from '../handoffs.ts'
import { pruneHeartbeats } from '../heartbeats.ts'
import { keepAllMail } from '../messages.ts'
import { inRoom, listIn, place, type Room, RUNTIME_DIRECTORIES } from '../room.ts'
import { listSessions } from '../sessions.ts'
import { trimLines } from '../status.ts'

export { recallHolder, restoreSession } from '../archive.ts'

const BACKLOG_PAUSE_MS = 10_000
const ARCHIVED_AT_ONCE = 20
const HOUR = 3_600_000

/**
 * Do it, and mark in `marker` that it was done: it is due again after `pause_ms`. `finish` finishes handovers that were cut off, and is
 * asked only where there are any. Returns how many heartbeats went. Throws what the disk refuses.
 */
export function upkeep(room: Room, at: Moment, marker: string, pause_ms: number, finish: () => void): number {
  const now = at.wall
  const quiet = { ...room, problems: [] }
  replaceFile(place(room, marker), '')
  const { gone, more } = pruneHeartbeats(room, now)
  const archived = mayArchive(room, now) ? archiveDue(room, at, ARCHIVED_AT_ONCE) : 0
  if (more || archived === ARCHIVED_AT_ONCE) {
    const due = (Date.now() - pause_ms + BACKLOG_PAUSE_MS) / 1000
    fs.utimesSync(inRoom(room, marker), due, due)
  }
  recallClaimants(quiet, at)
  trimLines(room, '.state/recent.jsonl', (line) => (parseInstant(line.timestamp) ?? 0) > now - 24 * HOUR)
  trimLines(room, '.state/refusals.jsonl', (line) => Number(line.at) > now - HOUR)
  if (!more) sweepTemporaries(room)
  republishDrifted(quiet, now)
  keepAllMail(room, now)
  if (listCutOff(quiet, now).length > 0) finish()
  return gone
}

/** Whether it is worth asking the ledgers who may go: a session was not heard of for long enough. */
function mayArchive(room: Room, now: number): boolean {
  const { archiveAfter, abandonAfter } = room.config.sessions
  return listSessions({ ...room, problems: [] }).some(
    ({ record }) => now - (lastSign(record) ?? now) >= (isEnded(record) ? archiveAfter : abandonAfter),
  )
}

const changedAt = (file: string) => lookAt(file)?.mtimeMs ?? 0

/** Remove coord's own temporary files that are a day old, whatever became of their process; `gc` asks, and takes others sooner. Lists every directory, so not during a backlog. */
function sweepTemporaries(room: Room): void {
  for (const directory of ['', ...RUNTIME_DIRECTORIES]) {
    for (const name of listIn(room, directory)) {
      const file = inRoom(room, directory, name)
      if (name.startsWith('.tmp-') && Date.now() - changedAt(file) > 24 * HOUR) removeQuietly(file)
    }
  }
}
