/** Sessions that leave the live files with their history and receipts, and what an interrupted move left on the wrong side. */
import type { Moment } from '../../protocol/claims.ts'
import type { Session } from '../../protocol/records.ts'
import { tellsLastSeen } from '../../protocol/sessions.ts'
import type { Departure } from '../../protocol/tidy.ts'
import {
  archiveSession,
  departures,
  halfReturned,
  historyFiles,
  ownerOf,
  restoreSession,
  storeHistory,
} from '../archive.ts'
import { archivedIn } from '../archived.ts'
import { lookAt } from '../disk.ts'
import { inRoom, listIn, type Room } from '../room.ts'
import { gatherSigns } from '../signs.ts'
import type { Chore } from './chore.ts'

/** The sessions that are due, by id. Signs of life outside the session files are looked up where a session does not tell its own. */
export function dueSessions(room: Room, sessions: Session[], now: Moment) {
  const quiet = { ...room, problems: [] }
  const signs = sessions.every(tellsLastSeen)
    ? new Map<string, number>()
    : gatherSigns(quiet, sessions, now.wall).seen
  const leaving = new Map<string, Departure>(departures(room, now, signs).map((each) => [each.id, each]))
  return { leaving, signs }
}

/** Their moves, one for each file. */
export function sessionChores(room: Room, now: Moment, due: ReturnType<typeof dueSessions>): Chore[] {
  return [...due.leaving].flatMap(([id, { month }]): Chore[] => {
    const base = `archive/${month}/`
    const path = `sessions/${id}.json`
    const moved = (file: string) => () => lookAt(inRoom(room, base + file)) !== undefined
    const files = historyFiles(room, '', id)
    return [
      { kind: 'sessions', path, to: base + path, run: () => archiveSession(room, id, now, due.signs) },
      ...files.map((file): Chore => ({ kind: 'histories', path: file, to: base + file, run: moved(file) })),
    ]
  })
}

/** The histories of archived sessions that a crash left behind, and what is in the archive of sessions that are live. */
export function strayHistories(room: Room, sessions: Session[]): Chore[] {
  const live = new Set(sessions.map((session) => session.session_id))
  const names = [...listIn(room, 'status'), ...listIn(room, 'receipts')]
  const owners = new Set(names.flatMap((name) => ownerOf(name) ?? []).filter((id) => !live.has(id)))
  const behind = [...owners].flatMap((id) => {
    const month = archivedIn(room, id)
    return month ? historyFiles(room, '', id).map((path) => ({ id, path, to: `${month}/${path}` })) : []
  })
  const ahead = halfReturned(room).map(({ id, path }) => ({
    id,
    path,
    to: path.slice('archive/2026-11/'.length),
  }))
  const gone = (path: string) => lookAt(inRoom(room, path)) === undefined
  return [
    ...behind.map(
      ({ id, path, to }): Chore => ({
        kind: 'histories',
        path,
        to,
        run: () => storeHistory(room, id) && gone(path),
      }),
    ),
    ...ahead.map(
      ({ id, path, to }): Chore => ({
        kind: 'histories',
        path,
        to,
        run: () => restoreSession(room, id, false) !== null && gone(path),
      }),
    ),
  ]
}
