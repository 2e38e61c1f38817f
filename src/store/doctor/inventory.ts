/**
 * Everything readable in a room, by name, with its content: what `doctor --fix` compares before and after. What can't be read, or
 * had to be repaired, is named in `room.problems`.
 */
import fs from 'node:fs'
import { type Inventory, type Item, itemOf } from '../../protocol/proof.ts'
import { parseFileTime, parseInstant } from '../../protocol/time.ts'
import { listLeases } from '../claims.ts'
import { lookAt, walkNames } from '../disk.ts'
import { sha256 } from '../entropy.ts'
import { listDomains, readHead } from '../ledger.ts'
import { BROADCAST, DIRECT, listMailboxes, listMessageIds, loadMessage } from '../messages.ts'
import { loadRecord } from '../records.ts'
import { claimFileName, domain, inRoom, isOwnDirectory, listIn, type Room } from '../room.ts'
import { listRoomFiles } from '../room-files.ts'
import { listSessions } from '../sessions.ts'
import { listStatusNames, readReceipts, readStatus } from '../status.ts'

/** What reading everything is for: what is kept of each thing, and who hears how much of it is done (0 to 1). */
export interface Reading {
  /** Keep what comparing needs; without it, reading only names in `room.problems` what can't be read. */
  keep: boolean
  onProgress(share: number): void
}

/** What was read: everything by name, empty unless kept, and the messages stamped later than now, oldest first. */
interface Read {
  inventory: Inventory
  ahead: { id: string; sent: number }[]
}

/** Kinds that are only ever compared whole, so that a digest of each is enough: a room may hold gigabytes of them. */
const DIGESTED = new Set(['sessions', 'messages', 'heartbeats'])

/** Read everything, one thing after the other. `now` is epoch milliseconds. */
export function readAll(room: Room, now: number, { keep, onProgress }: Reading): Read {
  const inventory: Inventory = new Map()
  const ahead: Read['ahead'] = []
  const total = countFiles(room)
  let done = 0
  for (const [name, item] of everything(room, now, keep)) {
    if (item.kind === 'messages' && item.time! > now)
      ahead.push({ id: name.slice(name.lastIndexOf('/') + 1), sent: item.time! })
    if (keep) inventory.set(name, DIGESTED.has(item.kind) ? { ...item, content: sha256(item.content) } : item)
    onProgress(Math.min(1, ++done / total))
  }
  return { inventory, ahead: ahead.sort((a, b) => a.sent - b.sent) }
}

/** About how many things there are to read: what lies in the directories that grow. */
function countFiles(room: Room): number {
  let count = 1
  for (const directory of ['sessions', 'heartbeats', 'claims', BROADCAST, DIRECT, 'status', 'receipts'])
    if (isOwnDirectory(room, directory)) for (const _ of walkNames(inRoom(room, directory))) count++
  return count
}

function* everything(room: Room, now: number, keep: boolean): Generator<Named> {
  yield* sessions(room)
  yield* messages(room)
  yield* heartbeats(room)
  yield* lines(room)
  yield* claims(room, now)
  if (keep) yield* others(room)
}

type Named = [name: string, item: Item]

function sessions(room: Room): Named[] {
  return listSessions(room).map(({ record }) => [
    `session ${record.session_id}`,
    itemOf('sessions', JSON.stringify(record), { stamp: record.last_seen ?? record.last_heartbeat ?? null }),
  ])
}

function* messages(room: Room): Generator<Named> {
  for (const box of [BROADCAST, ...listMailboxes(room).map((name) => `${DIRECT}/${name}`)])
    for (const id of listMessageIds(room, box)) {
      const sent = loadMessage(room, box, id)
      if (sent) yield [`${box}/${id}`, itemOf('messages', JSON.stringify(sent.message), { time: sent.sent })]
    }
}

function* heartbeats(room: Room): Generator<Named> {
  for (const name of listIn(room, 'heartbeats')) {
    if (!name.endsWith('.json') || name.startsWith('.')) continue
    const beat = loadRecord(room, 'heartbeat', `heartbeats/${name}`)?.record
    if (!beat) continue
    const time = parseInstant(beat.timestamp) ?? parseFileTime(name)?.time ?? 0
    yield [`heartbeats/${name}`, itemOf('heartbeats', JSON.stringify(beat), { time })]
  }
}

/** Lines are one thing per file: what was there must be the beginning of what is there. */
function* lines(room: Room): Generator<Named> {
  for (const name of listIn(room, 'receipts')) {
    if (!name.endsWith('.jsonl')) continue
    const read = readReceipts(room, name.slice(0, -'.jsonl'.length))
    yield [`receipts/${name}`, itemOf('receipts', textOf(read))]
  }
  for (const name of listStatusNames(room))
    yield [`status/${name}`, itemOf('histories', textOf(readStatus(room, name)))]
}

const textOf = (records: object[]) => records.map((record) => JSON.stringify(record)).join('\n')

/** Claims by their tokens, and the counter of each ledger, which may only grow. */
function claims(room: Room, now: number): Named[] {
  const leases = listLeases(room, now).map((lease): Named => {
    const { resource_type, resource_name, claimed_by, claim_id, token } = lease
    const content = JSON.stringify({ resource_type, resource_name, claimed_by, claim_id, token })
    const owner = `token ${domain(resource_type, resource_name)}`
    const file = lease.foreign ? `claims/${claimFileName(resource_type, resource_name)}` : null
    return [`claim ${resource_type}/${resource_name}`, itemOf('claims', content, { owner, file })]
  })
  const counters = listDomains(room).flatMap((name): Named[] => {
    const head = headOf(room, name)
    return head ? [[`token ${name}`, itemOf('tokens', String(head.counter), { stamp: head.op })]] : []
  })
  return [...leases, ...counters]
}

function headOf(room: Room, name: string): { op: string; counter: number } | null {
  try {
    const { slot } = readHead(room, name)
    return slot && { op: slot.op_id, counter: slot.counter }
  } catch {
    return null
  }
}

const OTHERS = [
  'handoffs',
  'alerts',
  'archive',
  'session-log',
  'templates',
  'scripts',
  'messages/channels',
  'messages/paths',
]
const OTHERS_BYTES = 64 << 20

/** Files of any form, by their bytes. */
function others(room: Room): Named[] {
  return listRoomFiles(room, OTHERS, ['README.md', 'config.json']).flatMap((path): Named[] => {
    const file = inRoom(room, path)
    if ((lookAt(file)?.size ?? 0) > OTHERS_BYTES) return []
    try {
      const content = sha256(fs.readFileSync(file, 'latin1'))
      const isAlert = path.startsWith('alerts/') && path.endsWith('.json')
      return [[path, isAlert ? itemOf('alerts', content, { file: path }) : itemOf('other_files', content)]]
    } catch {
      return []
    }
  })
}
