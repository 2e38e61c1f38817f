/**
 * Everything readable in a room, by name, with its content: what `doctor --fix` compares before and after. What can't be read, or
 * had to be repaired, is named in `room.problems`.
 */
import fs from 'node:fs'
import { type Inventory, type Item, itemOf } from '../../protocol/proof.ts'
import { parseFileTime, parseInstant } from '../../protocol/time.ts'
import { listLeases } from '../claims.ts'
import { lookAt } from '../disk.ts'
import { sha256 } from '../entropy.ts'
import { listDomains, readHead } from '../ledger.ts'
import { BROADCAST, DIRECT, listMailboxes, listMessageIds, loadMessage } from '../messages.ts'
import { loadRecord } from '../records.ts'
import { claimFileName, domain, inRoom, listIn, type Room } from '../room.ts'
import { listRoomFiles } from '../room-files.ts'
import { listSessions } from '../sessions.ts'
import { listStatusNames, readReceipts, readStatus } from '../status.ts'

/** Read everything at one go. */
export function takeInventory(room: Room, now: number): Inventory {
  return new Map([
    ...sessions(room),
    ...messages(room),
    ...heartbeats(room),
    ...lines(room),
    ...claims(room, now),
    ...others(room),
  ])
}

type Named = [name: string, item: Item]

function sessions(room: Room): Named[] {
  return listSessions(room).map(({ record }) => [
    `session ${record.session_id}`,
    itemOf('sessions', JSON.stringify(record), { stamp: record.last_seen ?? record.last_heartbeat ?? null }),
  ])
}

function messages(room: Room): Named[] {
  const boxes = [BROADCAST, ...listMailboxes(room).map((name) => `${DIRECT}/${name}`)]
  return boxes.flatMap((box) =>
    listMessageIds(room, box).flatMap((id): Named[] => {
      const sent = loadMessage(room, box, id)
      if (!sent) return []
      return [[`${box}/${id}`, itemOf('messages', JSON.stringify(sent.message), { time: sent.sent })]]
    }),
  )
}

function heartbeats(room: Room): Named[] {
  const names = listIn(room, 'heartbeats').filter((name) => name.endsWith('.json') && !name.startsWith('.'))
  return names.flatMap((name): Named[] => {
    const beat = loadRecord(room, 'heartbeat', `heartbeats/${name}`)?.record
    if (!beat) return []
    const time = parseInstant(beat.timestamp) ?? parseFileTime(name)?.time ?? 0
    return [[`heartbeats/${name}`, itemOf('heartbeats', JSON.stringify(beat), { time })]]
  })
}

/** Lines are one thing per file: what was there must be the beginning of what is there. */
function lines(room: Room): Named[] {
  const readers = listIn(room, 'receipts').filter((name) => name.endsWith('.jsonl'))
  const receipts = readers.map((name): Named => {
    const read = readReceipts(room, name.slice(0, -'.jsonl'.length))
    return [`receipts/${name}`, itemOf('receipts', textOf(read))]
  })
  const histories = listStatusNames(room).map(
    (name): Named => [`status/${name}`, itemOf('histories', textOf(readStatus(room, name)))],
  )
  return [...receipts, ...histories]
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

const OTHERS = ['handoffs', 'alerts', 'archive', 'session-log', 'templates', 'scripts', 'messages/channels']
const OTHERS_BYTES = 64 << 20

/** Files of any form, by their bytes. */
function others(room: Room): Named[] {
  return listRoomFiles(room, OTHERS, ['README.md', 'config.json']).flatMap((path): Named[] => {
    const file = inRoom(room, path)
    if ((lookAt(file)?.size ?? 0) > OTHERS_BYTES) return []
    try {
      return [[path, itemOf('other_files', sha256(fs.readFileSync(file, 'latin1')))]]
    } catch {
      return []
    }
  })
}
