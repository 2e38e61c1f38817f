/** `sessions/<id>.json`: one file per session, replaced only by that session's processes, under its lock. */
import { isSessionId } from '../protocol/names.ts'
import type { Session } from '../protocol/records.ts'
import { loadSessionAt, recall } from './archived.ts'
import { replaceFile } from './atomic.ts'
import { withPidLock } from './pid-lock.ts'
import { type Filed, loadRecord, recordText } from './records.ts'
import { listIn, place, type Room } from './room.ts'

const fileOf = (id: string) => `sessions/${id}.json`

/** The session of an id, or null; a file that tells of another session is named and is none, so no id leads elsewhere. */
export function loadSession(room: Room, id: string): Session | null {
  return loadSessionAt(room, fileOf(id), id)
}

/** Every readable session, each once. `all` are the names in their directory. */
export function listSessions(room: Room, all = listIn(room, 'sessions')): Filed<'session'>[] {
  const loaded: Filed<'session'>[] = []
  for (const name of all) {
    if (!name.endsWith('.json') || name.startsWith('.')) continue
    const session = loadRecord(room, 'session', `sessions/${name}`, true)
    if (session) loaded.push({ name, record: session.record })
  }
  return distinctSessions(room, loaded)
}

/**
 * Each session once: a sync copy (`x 2.json`) of one that has its own file is named and left out. Those of `sure` are in files of
 * their own besides these.
 */
export function distinctSessions<Of extends Filed<'session'>>(
  room: Room,
  loaded: Of[],
  sure: Session[] = [],
): Of[] {
  const proper = loaded.filter((session) => hasProperId(room, session))
  const own = proper.filter(isOwnFile)
  if (own.length === proper.length) return own
  const found = new Map(own.map((session) => [session.record.session_id, session]))
  for (const session of proper) {
    if (isOwnFile(session)) continue
    const id = session.record.session_id
    if (found.has(id) || sure.some(({ session_id }) => session_id === id))
      room.problems.push({ path: `sessions/${session.name}`, kind: 'copy', detail: `repeats session ${id}` })
    else found.set(id, session)
  }
  return [...found.values()]
}

function hasProperId(room: Room, { name, record }: Filed<'session'>): boolean {
  if (isSessionId(record.session_id)) return true
  const detail = 'its session_id is no id of a session'
  room.problems.push({ path: `sessions/${name}`, kind: 'bad-id', detail })
  return false
}

/** Whether a session is in the file of its name: of one session there can be only one. */
export function isOwnFile({ name, record: { session_id } }: Filed<'session'>): boolean {
  return name.length === session_id.length + 5 && name.startsWith(session_id)
}

/** Write a session file as it is given. The caller holds the session's lock or is its first process. */
export function writeSession(room: Room, session: Session): void {
  replaceFile(place(room, fileOf(session.session_id)), recordText(session))
  room.changed.add(fileOf(session.session_id))
}

/**
 * Change a session's file under its lock, starting from what is on disk now (`fallback` when it was deleted, and is not in the archive
 * either). Returns the
 * session as written, or null when the lock was not to be had in `patience_ms`: then only this refresh is skipped.
 */
export function updateSession(
  room: Room,
  fallback: Session,
  change: (session: Session) => Session,
  patience_ms = 50,
): Session | null {
  return withPidLock(room, `session-${fallback.session_id}`, patience_ms, () => {
    const changed = change(
      loadSession(room, fallback.session_id) ?? recall(room, fallback.session_id, true) ?? fallback,
    )
    writeSession(room, changed)
    return changed
  })
}
