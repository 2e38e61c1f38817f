/**
 * `messages/paths/`: messages for whoever claims a path next, until they are moved to that session's mailbox. Each is one file under its id,
 * and never for git: it is gone from here once it is delivered.
 */
import { isExpiredMessage } from '../protocol/messages.ts'
import { isSessionId } from '../protocol/names.ts'
import { claimantOf, pathOf } from '../protocol/path-mail.ts'
import type { Sent } from '../protocol/picture.ts'
import type { Message } from '../protocol/records.ts'
import { movedTo } from '../protocol/rescue-mail.ts'
import { isEnded } from '../protocol/sessions.ts'
import { archivedIn } from './archived.ts'
import { addFile, appendLine } from './atomic.ts'
import { lookAt } from './disk.ts'
import { readSlots } from './ledger.ts'
import { listMessageIds, listMessages, loadMessage, RECENT } from './messages.ts'
import { checkSize, recordText } from './records.ts'
import { domain, inRoom, place, type Room, removeIn } from './room.ts'
import { loadSession } from './sessions.ts'

const PATHS = 'messages/paths'

/** Whether any message waits here: one look, as most rooms have none. */
export const hasPathMail = (room: Room) => listMessageIds(room, PATHS).length > 0

/** Add a message under its id; a name already taken gets `-2`, `-3` …. Returns it as written. */
export function addPathMail(room: Room, message: Message, id: string): Message {
  if (!lookAt(inRoom(room, PATHS, '.gitignore'))) addFile(place(room, PATHS, '.gitignore'), '*\n')
  const durable = room.config.claims.durability === 'power'
  for (let copy = 1; ; copy++) {
    const named = { ...message, id: copy === 1 ? id : `${id}-${copy}` }
    checkSize('message', named)
    if (!addFile(place(room, PATHS, `${named.id}.json`), recordText(named), { durable })) continue
    appendLine(place(room, RECENT), `${JSON.stringify(named)}\n`)
    return named
  }
}

/** The messages that wait, oldest first; those that have run out are left for gc. */
export function listPathMail(room: Room, now: number): Sent[] {
  return listMessages(room, PATHS).filter(({ message }) => !isExpiredMessage(message, now))
}

/** Remove a message that was delivered. */
export const dropPathMail = (room: Room, id: string) => removeIn(room, PATHS, `${id}.json`)

/** Who claimed since a message was sent what it is about, and is there to read it; null while nobody did; `leaving` ends. */
export function nextClaimant(room: Room, message: Message, leaving?: string): string | null {
  const wanted = pathOf(message)
  if (!wanted) return null
  const { meetsPath } = room.lazy.paths()
  return claimantOf(
    message,
    readSlots(room, domain('file', '')),
    (lease) => meetsPath(wanted, lease),
    (id) => id !== leaving && isThere(room, id),
  )
}

function isThere(room: Room, id: string): boolean {
  const session = loadSession(room, id)
  return isSessionId(id) && (session ? !isEnded(session) : !archivedIn(room, id))
}

/** What waits here and is for a session, as it will be in its mailbox. Reads only. */
export function pathMailFor(room: Room, id: string, now: number): Sent[] {
  if (!hasPathMail(room)) return []
  return listPathMail(room, now)
    .filter(({ message }) => nextClaimant(room, message) === id)
    .map(({ message, sent }) => ({ message: movedTo(message, id), sent }))
}

/** The files that may go, as paths in the room: what has run out, or is older than messages are kept. */
export function stalePathMail(room: Room, now: number): string[] {
  const quiet = { ...room, problems: [] }
  const cutoff = now - room.config.messages.retention
  const isStale = (id: string) => {
    const found = loadMessage(quiet, PATHS, id)
    return found && (found.sent < cutoff || isExpiredMessage(found.message, now))
  }
  return listMessageIds(quiet, PATHS)
    .filter(isStale)
    .map((id) => `${PATHS}/${id}.json`)
}
