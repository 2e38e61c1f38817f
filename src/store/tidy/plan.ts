import type { Moment } from '../../protocol/claims.ts'
import { isEnded } from '../../protocol/sessions.ts'
import type { Departure } from '../../protocol/tidy.ts'
import { expiredIn } from '../channels.ts'
import { removeFile } from '../disk.ts'
import { isOldHeartbeat } from '../heartbeats.ts'
import { stalePathMail } from '../path-mail.ts'
import { inRoom, listIn, type Room } from '../room.ts'
import { listSessions } from '../sessions.ts'
import { alertChores } from './alerts.ts'
import type { Chore } from './chore.ts'
import { markChores } from './marks.ts'
import { mailboxChores, messageChores, receiptChores } from './messages.ts'
import { dueSessions, sessionChores, strayHistories } from './sessions.ts'
import { temporaryChores } from './temporaries.ts'

/** All that may go from a room now, in the order in which it is to be done. Reads only. `onProgress` hears how much is looked at, 0 to 1. */
export function planTidying(
  room: Room,
  now: Moment,
  onProgress: (share: number) => void = () => {},
): Chore[] {
  const sessions = listSessions({ ...room, problems: [] }).map(({ record }) => record)
  const due = dueSessions(room, sessions, now)
  const active = sessions.filter((session) => !isEnded(session) && !due.leaving.has(session.session_id))
  const there = new Set([...active.map((session) => session.session_id), 'human'])
  const isThere = (id: string) => there.has(id)
  const messages = messageChores(room, now.wall, isThere)
  const going = new Set(messages.map(({ path }) => path))
  const chores = (kind: Chore['kind'], paths: string[]): Chore[] =>
    paths.map((path) => ({ kind, path, run: () => removeFile(inRoom(room, path)) }))
  return [
    ...heartbeatChores(room, now.wall, onProgress),
    ...sessionChores(room, now, due),
    ...strayHistories(room, sessions),
    ...messages,
    ...chores('messages', stalePathMail(room, now.wall)),
    ...chores('channels', expiredIn(room, now.wall)),
    ...receiptChores(room, now.wall, going),
    ...leftoverChores(room, now, due.leaving),
    ...mailboxChores(room, going, isThere),
    ...alertChores(room, now),
  ]
}

/**
 * What is left over and nobody's any more: the one rule of `gc`, which removes all of it, and of `doctor`, which names what a crash left
 * (`why`) and removes that. `leaving` are the sessions that are archived first.
 */
export function leftoverChores(room: Room, now: Moment, leaving: ReadonlyMap<string, Departure>): Chore[] {
  return [...temporaryChores(room), ...markChores(room, now, leaving)]
}

/** By far the most files of a room, and each old one is opened, so their share is that of the whole look. */
function heartbeatChores(room: Room, now: number, onProgress: (share: number) => void): Chore[] {
  const cutoff = now - room.config.heartbeats.retention
  const names = listIn(room, 'heartbeats')
  const old = names.filter((name, at) => {
    onProgress(at / names.length)
    return isOldHeartbeat(room, name, cutoff)
  })
  return old.map((name) => {
    const path = `heartbeats/${name}`
    return { kind: 'heartbeats', path, run: () => removeFile(inRoom(room, path)) }
  })
}
