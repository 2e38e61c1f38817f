/**
 * Messages for whoever holds a path, now or next. The ledger tells who claimed next, so that whoever looks later finds the same one: a claim
 * itself, which must be quick, does nothing for it. Moved to its mailbox by `send`, `inbox`, `start`, `end`, hooks and upkeep; the order is copy, then
 * remove, and a copy that stands already is not made again.
 */
import type { Context } from '../context.ts'
import { findLease, type Moment, type Resource, timeLeft } from '../protocol/claims.ts'
import { CoordError, invalid } from '../protocol/errors.ts'
import { clip } from '../protocol/escape.ts'
import { labelOf } from '../protocol/labels.ts'
import { atMachine } from '../protocol/machines/names.ts'
import { isSessionId, nameOf } from '../protocol/names.ts'
import { quote } from '../protocol/needs.ts'
import { PATH, pathOf } from '../protocol/path-mail.ts'
import type { Message, Session } from '../protocol/records.ts'
import { movedTo } from '../protocol/rescue-mail.ts'
import { listLeases } from '../store/claims.ts'
import { addMessageOnce, listEveryMessageId } from '../store/messages.ts'
import { dropPathMail, hasPathMail, listPathMail, nextClaimant } from '../store/path-mail.ts'
import type { Room } from '../store/room.ts'
import { attempt } from './act.ts'
import { fileLeases, forfeits } from './leases.ts'
import { resourcesOf } from './resources.ts'

/** What `path:NAME` is about; null for another recipient. Throws `invalid`. */
export function addressedPath(ctx: Context, to: string): Resource | null {
  if (!to.startsWith(PATH)) return null
  const name = to.slice(PATH.length)
  const hint = 'e.g. path:src/auth, or "path:src/**/*.test.ts"; relative to where you are.'
  if (name === '') throw invalid('to', 'path: names no path', hint)
  try {
    return resourcesOf(ctx, { type: 'file', name: [name] })[0]!
  } catch (error) {
    if (error instanceof CoordError && error.code === 'invalid') throw invalid('to', error.message, hint)
    throw error
  }
}

/** A warning where `path:TYPE/NAME` names a claim that is none of a file, so that no word for a path reaches its holder; null for any other. */
export function notAFile(room: Room, to: string, sessions: Session[], now: number): string | null {
  const name = to.slice(PATH.length)
  const lease = listLeases({ ...room, problems: [] }, now).find((each) => nameOf(each) === name)
  if (!lease || lease.resource_type === 'file') return null
  const session = sessions.find(({ session_id }) => session_id === lease.claimed_by)
  const who = session ? `${labelOf(session)}${atMachine(session)}` : lease.claimed_by
  return `path: means files; the claim ${clip(name, 200)} is held by ${who}: coord send ${quote(who)} "…"`
}

/** The sessions other than the sender that hold something of a path now. */
export function holdersOf(ctx: Context, room: Room, path: Resource, from: string, now: Moment): string[] {
  const { meetsPath } = ctx.lazy.paths()
  const isOver = forfeits(room, now)
  const all = fileLeases(room, [{ ...path, glob: true }], now).filter(
    (lease) => findLease([lease], path) !== undefined || meetsPath(path, lease),
  )
  const held = all.filter((lease) => timeLeft(lease, now) > 0 && !isOver(lease.claimed_by))
  return [...new Set(held.map((lease) => lease.claimed_by))].filter((id) => id !== from && isSessionId(id))
}

/** Move what waits for a path to whoever claimed it since. Never fails its command; nothing where nothing waits, and nothing for `leaving`, who ends. */
export function deliverPathMail(ctx: Context, room: Room, now: Moment, leaving?: string): void {
  attempt(ctx, () => {
    if (!hasPathMail(room)) return
    const quiet = { ...room, problems: [] }
    for (const { message } of listPathMail(quiet, now.wall))
      attempt(ctx, () => deliver(ctx, room, message, now, leaving))
  })
}

function deliver(ctx: Context, room: Room, message: Message, now: Moment, leaving?: string): void {
  const path = pathOf(message)
  if (!path) return
  const holders = () => holdersOf(ctx, room, path, message.from, now).filter((id) => id !== leaving)
  const to = nextClaimant(room, message, leaving) ?? holders()[0]
  if (to === undefined) return
  if (!listEveryMessageId(room).includes(message.id!)) addMessageOnce(room, movedTo(message, to), message.id!)
  dropPathMail(room, message.id!)
}
