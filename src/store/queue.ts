/**
 * Who waits for a resource, first come first served: `.state/waiting/<resource>/<ticket>`, one file for each waiting process. Who may
 * write: the waiting process; it touches its ticket while it waits and removes it when it is done. A crash leaves a ticket whose process
 * is dead, or that nobody touches any more: both are passed over. Nothing but fairness relies on it; the ledger decides who holds what.
 */
import fs from 'node:fs'
import type { Moment, Resource } from '../protocol/claims.ts'
import { fold } from '../protocol/names.ts'
import { replaceFile } from './atomic.ts'
import { lookAt, readText } from './disk.ts'
import { bootId, ownProcess, pidNamespace, stateOf } from './processes.ts'
import { claimFileName, inRoom, listIn, place, type Room, removeIn } from './room.ts'

/** A waiting process, as its ticket tells. `since` is an instant. */
export interface Waiter {
  ticket: string
  session: string
  since: string
}

/** A ticket that is not touched for so long belongs to a process that is stopped: it would hold up everybody. */
const TICKET_MS = 5000

const queueOf = ({ resource_type, resource_name }: Resource) =>
  `.state/waiting/${claimFileName(resource_type, fold(resource_name)).slice(0, -'.claim'.length)}`

/** The directory to watch for changes of a queue. */
export const queueDirectory = (room: Room, resource: Resource) => inRoom(room, queueOf(resource))

const ticketsIn = (room: Room, queue: string) =>
  listIn(room, queue)
    .filter((name) => !name.startsWith('.'))
    .sort()

/** The waiting processes that still run, first in line first. */
export function listWaiters(room: Room, resource: Resource): Waiter[] {
  const queue = queueOf(resource)
  return ticketsIn(room, queue).flatMap((ticket) => readTicket(room, queue, ticket) ?? [])
}

/** Who is first in line, or null. */
export function firstWaiter(room: Room, resource: Resource): Waiter | null {
  const queue = queueOf(resource)
  for (const ticket of ticketsIn(room, queue)) {
    const waiter = readTicket(room, queue, ticket)
    if (waiter) return waiter
  }
  return null
}

function readTicket(room: Room, queue: string, ticket: string): Waiter | null {
  const file = inRoom(room, queue, ticket)
  const reading = readText(file, 4096)
  const stat = lookAt(file)
  if (!('text' in reading) || !stat || Math.abs(Date.now() - stat.mtimeMs) > TICKET_MS) return null
  const [session, since, pid, started, boot, namespace] = reading.text.trim().split('\t')
  if (!session || !since) return null
  return stateOf(Number(pid), started, boot, namespace) === 'dead' ? null : { ticket, session, since }
}

/** A ticket's name: it sorts by the time of arrival on this machine's boot clock. */
export function newTicket(now: Moment, random: string): string {
  return `${String(now.boot?.ms ?? now.wall).padStart(15, '0')}-${process.pid}-${random}`
}

/** Stand in line, or show that one still does. */
export function holdTicket(room: Room, resource: Resource, { ticket, session, since }: Waiter): void {
  const file = inRoom(room, `${queueOf(resource)}/${ticket}`)
  if (lookAt(file)) {
    const now = Date.now() / 1000
    fs.utimesSync(file, now, now)
    return
  }
  const { pid, started } = ownProcess()
  const facts = [session, since, pid, started, bootId() ?? '', pidNamespace() ?? '']
  replaceFile(place(room, queueOf(resource), ticket), `${facts.join('\t')}\n`)
}

/** Leave the line; the last one takes its directory along. */
export function leaveQueue(room: Room, resource: Resource, ticket: string): void {
  removeIn(room, queueOf(resource), ticket)
  try {
    fs.rmdirSync(queueDirectory(room, resource))
  } catch {
    // Others wait there.
  }
}
