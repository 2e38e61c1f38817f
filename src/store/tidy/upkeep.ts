/**
 * The little that a heartbeat does for the room when it is due: prune old heartbeats, archive sessions that are over, bring back those that
 * hold a claim, shorten display data, sweep temporary files of crashed processes, put right claim files that differ from the ledger,
 * have handovers finished that were cut off, tell of conflicts that began and ended. A backlog is taken in portions, ten seconds apart, so that no
 * heartbeat pays for it. `coord gc` does all of it at once.
 */
import fs from 'node:fs'
import type { Moment } from '../../protocol/claims.ts'
import { isLasting } from '../../protocol/messages.ts'
import type { Message } from '../../protocol/records.ts'
import { isEnded, lastSign } from '../../protocol/sessions.ts'
import { parseInstant } from '../../protocol/time.ts'
import { archiveDue, recallClaimants } from '../archive.ts'
import { replaceFile } from '../atomic.ts'
import { expiredIn } from '../channels.ts'
import { republishDrifted } from '../claims.ts'
import { noteConflicts } from '../conflicts.ts'
import { lookAt, removeFile } from '../disk.ts'
import { startSyncIfDue } from '../foreign/trigger.ts'
import { listCutOff } from '../handoffs.ts'
import { pruneHeartbeats } from '../heartbeats.ts'
import { keepAllMail } from '../messages.ts'
import { hasPathMail, stalePathMail } from '../path-mail.ts'
import { inRoom, place, type Room, RUNTIME_DIRECTORIES } from '../room.ts'
import { listSessions } from '../sessions.ts'
import { readAllReceipts, trimLines } from '../status.ts'
import { alertChores } from './alerts.ts'
import { temporaryChoresIn } from './temporaries.ts'

export { forcedAway, takenOver } from '../../protocol/takeover.ts'
export { tooLong } from '../../protocol/terms.ts'
export { recallHolder, restoreSession } from '../archive.ts'
export { readBigLines } from '../big-lines.ts'
export { noteConflicts } from '../conflicts.ts'
export { calledHere, holderAbroad } from '../foreign/holder.ts'
export { isKeptForNobody, keptRecords } from '../foreign/kept.ts'
export { keptForForeign, loadForeignSession, withForeign } from '../foreign/machines.ts'
export { withCauses } from '../losses.ts'
export { gatherSigns } from '../signs.ts'
export { readTails } from '../tails.ts'
export { saveCache } from './board-cache.ts'
export { withWayBack } from './nearest-sessions.ts'
export { addSlotDirectory, removeSlotDirectory } from './slot-directory.ts'

/** When the room was tidied last, where the marker of heartbeats tells of the next round. */
const TIDIED = '.state/tidied'
const BACKLOG_PAUSE_MS = 10_000
const ARCHIVED_AT_ONCE = 20
/** So many messages of each channel are looked at, and so many alerts that are past go at once. */
const OLDEST = 50
const HOUR = 3_600_000

/**
 * Do it, and mark in `marker` that it was done: it is due again after `pause_ms`. Where a remote is set, heartbeats come here sooner, to
 * start its next round (foreign/trigger.ts). `finish` finishes handovers that were cut off and delivers what waits for a path, and is asked
 * only where there are any. Returns how many heartbeats went. Throws what the disk refuses.
 */
export function upkeep(room: Room, at: Moment, marker: string, pause_ms: number, finish: () => void): number {
  const sooner = startSyncIfDue(room, at.wall)
  if (sooner !== null && isYoung(inRoom(room, TIDIED), pause_ms)) {
    dueIn(room, marker, pause_ms, sooner)
    return 0
  }
  const { gone, isLeft } = tidy(room, at, marker, finish)
  if (isLeft) dueIn(room, marker, pause_ms, BACKLOG_PAUSE_MS)
  else if (sooner !== null) {
    replaceFile(place(room, TIDIED), '')
    dueIn(room, marker, pause_ms, sooner)
  }
  return gone
}

/** Let the next heartbeat after `wait_ms` come here again. */
function dueIn(room: Room, marker: string, pause_ms: number, wait_ms: number): void {
  const due = (Date.now() - pause_ms + wait_ms) / 1000
  if (!lookAt(inRoom(room, marker))) replaceFile(place(room, marker), '')
  fs.utimesSync(inRoom(room, marker), due, due)
}

function isYoung(file: string, pause_ms: number): boolean {
  const age = Date.now() - (lookAt(file)?.mtimeMs ?? 0)
  return age >= 0 && age < pause_ms
}

function tidy(room: Room, at: Moment, marker: string, finish: () => void): { gone: number; isLeft: boolean } {
  const now = at.wall
  const quiet = { ...room, problems: [] }
  replaceFile(place(room, marker), '')
  const { gone, more } = pruneHeartbeats(room, now)
  const backlog = mayArchive(room, now) && archiveDue(room, at, ARCHIVED_AT_ONCE).more
  recallClaimants(quiet, at)
  trimRecent(room, now)
  trimLines(room, '.state/refusals.jsonl', (line) => Number(line.at) > now - HOUR)
  if (!more) sweepTemporaries(room)
  for (const path of expiredIn(quiet, now, OLDEST)) quietly(() => removeFile(inRoom(room, path)))
  republishDrifted(quiet, now)
  keepAllMail(room, now)
  for (const path of stalePathMail(quiet, now)) quietly(() => removeFile(inRoom(room, path)))
  if (listCutOff(quiet, now).length > 0 || hasPathMail(quiet)) finish()
  quietly(() => noteConflicts(quiet, at))
  for (const { run } of alertChores(quiet, at).slice(0, OLDEST)) quietly(run)
  return { gone, isLeft: more || backlog }
}

/** A question for the person and a request are shown until they are answered, as long as messages are kept. */
function trimRecent(room: Room, now: number): void {
  const { retention } = room.config.messages
  let acked: Set<string> | undefined
  const isAnswered = (id: string) => {
    acked ??= new Set(
      readAllReceipts(room).flatMap(({ state, message }) => (state === 'acked' ? message : [])),
    )
    return acked.has(id)
  }
  trimLines(room, '.state/recent.jsonl', (line) => {
    const age = now - (parseInstant(line.timestamp) ?? 0)
    if (age < 24 * HOUR) return true
    const message = line as unknown as Message
    return age < retention && isLasting(message) === true && !isAnswered(message.id ?? '')
  })
}

/** Whether it is worth asking the ledgers who may go: a session was not heard of for long enough. */
function mayArchive(room: Room, now: number): boolean {
  const { archiveAfter, abandonAfter } = room.config.sessions
  return listSessions({ ...room, problems: [] }).some(
    ({ record }) => now - (lastSign(record) ?? now) >= (isEnded(record) ? archiveAfter : abandonAfter),
  )
}

/**
 * Those where most acts write, by the rule of gc, which looks into the others too, and tells what it can't remove: one file must not stop
 * the rest here. Lists the directories, so not during a backlog.
 */
function sweepTemporaries(room: Room): void {
  for (const directory of ['', ...RUNTIME_DIRECTORIES])
    for (const { run } of temporaryChoresIn(room, directory)) quietly(run)
}

function quietly(run: () => unknown): void {
  try {
    run()
  } catch {
    // It is there again next time.
  }
}
