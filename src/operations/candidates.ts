import type { Context } from '../context.ts'
import { shortIds } from '../protocol/labels.ts'
import { isReserved, resourceKey } from '../protocol/names.ts'
import type { Session } from '../protocol/records.ts'
import { isEnded } from '../protocol/sessions.ts'
import { choicesOf, settingDefaults, shown } from '../protocol/settings.ts'
import { listLeases } from '../store/claims.ts'
import { listHandoffPaths, loadHandoff } from '../store/handoffs.ts'
import {
  BROADCAST,
  DIRECT,
  listEveryMessageId,
  listMailboxes,
  listMessageIds,
  loadMessage,
  mailbox,
} from '../store/messages.ts'
import type { Room } from '../store/room.ts'
import { listSessions } from '../store/sessions.ts'
import { callerOf } from './identify.ts'

/** A value that completes a word, and what it is. */
export interface Candidate {
  value: string
  help: string
}

/** What kind of value stands at the cursor, and what was typed before it. `mine`: only what the caller may use. */
export interface Wanted {
  kind:
    | 'session'
    | 'recipient'
    | 'heir'
    | 'handoff'
    | 'resource'
    | 'type'
    | 'name'
    | 'message'
    | 'setting'
    | 'setting-value'
  type?: string | undefined
  key?: string | undefined
  mine?: boolean
}

/** The newest messages that are offered: each costs opening a file. */
const MESSAGES = 30

/** The values of a kind that the room knows now. Reads only. Throws as opening the room does. */
export function candidatesFor(ctx: Context, wanted: Wanted): Candidate[] {
  if (wanted.kind === 'setting')
    return [...settingDefaults()].map(([value, help]) => ({ value, help: shown(help) }))
  if (wanted.kind === 'setting-value')
    return choicesOf(wanted.key ?? '').map((value) => ({ value, help: '' }))
  const room = ctx.room()
  const now = ctx.now().wall
  if (wanted.kind === 'session') return sessionsOf(room)
  if (wanted.kind === 'recipient') return recipients(room)
  if (wanted.kind === 'heir') return heirs(room, callerOf(ctx, room))
  if (wanted.kind === 'handoff') return handoffsOf(room)
  if (wanted.kind === 'message') return messagesFor(room, callerOf(ctx, room))
  return resources(room, wanted, wanted.mine ? callerOf(ctx, room) : null, now)
}

const live = (room: Room) =>
  listSessions(room)
    .map(({ record }) => record)
    .filter((session) => !isEnded(session))

/** Names first, as people use them; then ids. */
function sessionsOf(room: Room): Candidate[] {
  const sessions = live(room)
  const help = (session: Session) => session.current_work ?? ''
  return [
    ...sessions.flatMap((session) => (session.name ? [{ value: session.name, help: help(session) }] : [])),
    ...sessions.map((session) => ({ value: session.session_id, help: session.name ?? help(session) })),
  ]
}

/** Who may be handed a claim: live sessions other than oneself. */
function heirs(room: Room, me: string | null): Candidate[] {
  const own = live(room).find((session) => session.session_id === me)
  return sessionsOf(room).filter(({ value }) => !isReserved(value) && value !== me && value !== own?.name)
}

/** The newest handoffs, by the short ends that `handoff --list` shows. */
function handoffsOf(room: Room): Candidate[] {
  return listHandoffPaths(room)
    .slice(0, MESSAGES)
    .flatMap((path) => {
      const { handoff, first } = loadHandoff(room, path)
      return handoff ? [{ value: handoff.id.slice(-4), help: first }] : []
    })
}

function recipients(room: Room): Candidate[] {
  const roles = new Set(live(room).flatMap((session) => session.capabilities ?? []))
  return [
    { value: 'broadcast', help: 'everybody' },
    { value: 'human', help: 'the person of the room' },
    ...sessionsOf(room).filter(({ value }) => !isReserved(value)),
    ...[...roles].map((role) => ({ value: `role:${role}`, help: 'all who can do it' })),
  ]
}

/** Claims as TYPE, as NAME of a type, or as TYPE/NAME; those of one session where it is given. */
function resources(room: Room, { kind, type }: Wanted, owner: string | null, now: number): Candidate[] {
  const leases = listLeases(room, now).filter((lease) => owner === null || lease.claimed_by === owner)
  const each = leases.map((lease) => ({ lease, key: resourceKey(lease.resource_type, lease.resource_name) }))
  each.sort((a, b) => (a.key < b.key ? -1 : 1))
  const sorted = each.map(({ lease }) => lease)
  if (kind === 'resource')
    return sorted.map((lease) => ({
      value: `${lease.resource_type}/${lease.resource_name}`,
      help: lease.claimed_by,
    }))
  if (kind === 'name')
    return sorted
      .filter((lease) => lease.resource_type === type)
      .map((lease) => ({ value: lease.resource_name, help: lease.claimed_by }))
  const types = new Set([...sorted.map((lease) => lease.resource_type), ...(owner === null ? ['file'] : [])])
  return [...types].map((value) => ({ value, help: '' }))
}

/** The newest messages that a reader may answer; all of the room where the reader is not known. Newest first. */
function messagesFor(room: Room, reader: string | null): Candidate[] {
  const boxes = reader === null ? listMailboxes(room).map((name) => `${DIRECT}/${name}`) : [mailbox(reader)]
  const all = [BROADCAST, ...boxes].flatMap((box) => listMessageIds(room, box).map((id) => ({ box, id })))
  all.sort((a, b) => (a.id < b.id ? 1 : -1))
  const short = shortIds(listEveryMessageId(room))
  return all.slice(0, MESSAGES).flatMap(({ box, id }) => {
    const message = loadMessage(room, box, id)?.message
    return message && message.from !== reader
      ? [{ value: short(id), help: `${message.from}: ${message.subject ?? ''}` }]
      : []
  })
}
