/**
 * Records that can't be read, had to be repaired, or lie under a wrong name. Who may write a session's file is its own processes,
 * so it is rewritten under the session's lock; the others are looked at again right before, and left alone if they changed.
 */
import fs from 'node:fs'
import type { Finding } from '../../protocol/faults.ts'
import { isSessionId } from '../../protocol/names.ts'
import type { Kind } from '../../protocol/records.ts'
import { replaceFile } from '../atomic.ts'
import { readBinding } from '../bindings.ts'
import { listClaimFiles } from '../claims.ts'
import { codeOf, lookAt, removeQuietly } from '../disk.ts'
import { listHandoffPaths, loadHandoff } from '../handoffs.ts'
import { withPidLock } from '../pid-lock.ts'
import { keepOriginal, moveAside, type Quarantine } from '../quarantine.ts'
import { loadRecord, recordText } from '../records.ts'
import { inRoom, listIn, place, type Room } from '../room.ts'
import { listSessions } from '../sessions.ts'

const PATIENCE_MS = 7000

/** The kind of the record at a path; null where no record lies. */
function kindOf(path: string): Kind | null {
  const kinds: [string, Kind][] = [
    ['sessions/', 'session'],
    ['heartbeats/', 'heartbeat'],
    ['claims/', 'claim'],
    ['messages/', 'message'],
    ['.state/handing/', 'handoff'],
  ]
  return kinds.find(([directory]) => path.startsWith(directory))?.[1] ?? null
}

const quiet = (room: Room): Room => ({ ...room, problems: [] })

/** Where a session's or message's own file would be, by what the record tells; null where it tells no usable id. */
function ownPath(room: Room, path: string): string | null {
  const directory = path.slice(0, path.lastIndexOf('/'))
  const record = loadRecord(quiet(room), kindOf(path)!, path)?.record
  const id = directory === 'sessions' ? record?.session_id : record?.id
  if (typeof id !== 'string') return null
  const usable =
    directory === 'sessions' ? isSessionId(id) : /^[A-Za-z0-9][^/\\\u0000-\u001f]{0,200}$/.test(id)
  return usable ? `${directory}/${id}.json` : null
}

/**
 * Sessions and messages that lie under another name than their own, and nowhere else: nobody finds them by their id. `copies` are the
 * paths that reading all messages named as copies: no other message has another's id.
 */
export function findMisnamed(room: Room, copies: string[]): Finding[] {
  const sessions = listIn(room, 'sessions')
    .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
    .map((name) => `sessions/${name}`)
  const messages = copies.filter((path) => path.startsWith('messages/'))
  return [...sessions, ...messages].flatMap((path): Finding[] => {
    const own = ownPath(room, path)
    if (own === null || own === path || lookAt(inRoom(room, own))) return []
    return [{ path, kind: 'misnamed', detail: `is the only file of ${own}` }]
  })
}

/** Give a record its own name, if nothing has it. A crash between leaves both names, one of them a copy. */
export function rename(room: Room, quarantine: Quarantine, path: string): string | null {
  const own = ownPath(room, path)
  if (own === null || own === path || !keepOriginal(quarantine, path)) return null
  try {
    fs.linkSync(inRoom(room, path), inRoom(room, own))
  } catch (error) {
    if (codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOENT') return null
    fs.copyFileSync(inRoom(room, path), inRoom(room, own), fs.constants.COPYFILE_EXCL)
  }
  removeQuietly(inRoom(room, path))
  return `renamed to ${own}`
}

/** Handoffs that are not what their writer wrote: `handoffs/` is the people's too, so nothing is moved there. */
export function findBadHandoffs(room: Room): Finding[] {
  return listHandoffPaths(room).flatMap((path): Finding[] => {
    const { trouble } = loadHandoff(room, path)
    return trouble === null ? [] : [{ path, kind: 'unreadable', detail: trouble, fix: null }]
  })
}

/** Bindings that nobody can read: their session is not found by its processes. */
export function findBadBindings(room: Room): Finding[] {
  return listIn(room, '.state/bindings')
    .filter((name) => name.endsWith('.json') && !isBound(room, name))
    .map((name) => ({
      path: `.state/bindings/${name}`,
      kind: 'unreadable',
      detail: 'is no binding of a session',
    }))
}

const isBound = (room: Room, name: string) => readBinding(room, name.slice(0, -5)) !== null

/** Write a repaired record as coord writes it. */
export function rewrite(room: Room, quarantine: Quarantine, path: string): string | null {
  if (!path.startsWith('sessions/')) return rewriteNow(room, quarantine, path)
  const id = loadRecord(quiet(room), 'session', path)?.record.session_id
  if (id === undefined || !isSessionId(id)) return rewriteNow(room, quarantine, path)
  return withPidLock(room, `session-${id}`, PATIENCE_MS, () => rewriteNow(room, quarantine, path))
}

function rewriteNow(room: Room, quarantine: Quarantine, path: string): string | null {
  const kind = kindOf(path)
  const look = quiet(room)
  const seen = lookAt(inRoom(room, path))
  const loaded = kind && loadRecord(look, kind, path)
  if (!loaded || !look.problems.some((problem) => problem.kind === 'repaired')) return null
  if (lookAt(inRoom(room, path))?.ino !== seen?.ino || !keepOriginal(quarantine, path)) return null
  replaceFile(place(room, path), recordText(loaded.record))
  return 'written again as it was read'
}

/** Whether a file that was taken aside is a whole record now: its writer was only slow. */
export function isWhole(room: Room, path: string, at: string): boolean {
  const kind = kindOf(path)
  const look = quiet(room)
  return kind !== null && loadRecord(look, kind, at) !== null && look.problems.length === 0
}

/** Take a record that nobody can read, or that repeats another, out of the way. */
export function setRecordAside(
  room: Room,
  quarantine: Quarantine,
  path: string,
  kind: string,
): string | null {
  const seen = lookAt(inRoom(room, path))
  if (!seen || !isStill(room, path, kind)) return null
  return moveAside(quarantine, path, seen) ? 'moved aside' : null
}

/** Whether the fault is still there: another process may have mended it. */
function isStill(room: Room, path: string, kind: string): boolean {
  if (path.startsWith('.state/bindings/')) return !isBound(room, path.slice(path.lastIndexOf('/') + 1))
  const look = quiet(room)
  if (kind === 'copy' && path.startsWith('messages/')) {
    const own = ownPath(room, path)
    return own !== null && own !== path && loadRecord(look, 'message', own) !== null
  }
  if (path.startsWith('sessions/')) listSessions(look)
  else if (path.startsWith('claims/')) listClaimFiles(look, 0)
  else if (kindOf(path)) loadRecord(look, kindOf(path)!, path)
  else return true
  return look.problems.some((problem) => problem.path === path && problem.kind === kind)
}
