/**
 * What lies in `archive/<yyyy-mm>/sessions/`: only asked for ids that have no live session file. A look costs one question for
 * each month, whatever the number of archived sessions; who comes back is restored by archive.ts, loaded only then.
 */
import { isSessionId } from '../protocol/names.ts'
import type { Session } from '../protocol/records.ts'
import { isEnded } from '../protocol/sessions.ts'
import { lookAt } from './disk.ts'
import { loadRecord } from './records.ts'
import { inRoom, listIn, type Room } from './room.ts'

/** The archive's directories, newest month first. */
export function archiveMonths(room: Room): string[] {
  return listIn(room, 'archive')
    .filter((name) => name.length === 7 && name[4] === '-')
    .sort()
    .reverse()
    .map((name) => `archive/${name}`)
}

/** The month's directory that holds the record of a session, or undefined. */
export function archivedIn(room: Room, id: string): string | undefined {
  if (!isSessionId(id)) return undefined
  return archiveMonths(room).find((month) => lookAt(inRoom(room, month, 'sessions', `${id}.json`))?.isFile())
}

/** The session of an id in a file, or null; a file that tells of another session is named and is none. */
export function loadSessionAt(room: Room, file: string, id: string): Session | null {
  if (!isSessionId(id)) return null
  const session = loadRecord(room, 'session', file)?.record
  if (!session || session.session_id === id) return session ?? null
  room.problems.push({ path: file, kind: 'copy', detail: `tells of session ${session.session_id}` })
  return null
}

/** The record of a session without a live file as the archive has it, or null. Touches nothing. */
export function loadArchived(room: Room, id: string): Session | null {
  const month = archivedIn(room, id)
  const session = loadSessionAt(room, `${month ? `${month}/` : ''}sessions/${id}.json`, id)
  return session && month ? givenUp(session) : session
}

/** A session as its record in the archive means it: one that did not end was given up, also where a crash came before that was written. */
export function givenUp(session: Session): Session {
  return isEnded(session) ? session : { ...session, status: 'abandoned' }
}

/**
 * Bring a session without a live file back from the archive, with its history and receipts; null when it is not there. Where another
 * process of it was faster, the live record. `held`: the caller has the session's lock.
 */
export function recall(room: Room, id: string, held = false): Session | null {
  if (archivedIn(room, id)) return room.lazy.upkeep().restoreSession(room, id, held)
  return loadArchived(room, id)
}
