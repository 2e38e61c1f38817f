/** A ledger to try things on, without the operations above it. */
import fs from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import type { Head } from '../../src/protocol/ledger.ts'
import type { Slot } from '../../src/protocol/records.ts'
import { append, readHead } from '../../src/store/ledger.ts'
import { createWorld } from '../helpers/world.ts'

export const DOMAIN = 'droplet-church'
let serial = 0

/** A slot that follows a head as the next claim would. */
export function slotAfter(head: Head, op_id = `op${++serial}`): Slot {
  const prev_op = head.slot?.op_id ?? null
  const at = '2026-11-20T10:00:00.000Z'
  const change = { act: 'claim', resource_type: 'droplet', resource_name: 'church', claimed_by: 'one' }
  const changes = [{ ...change, claim_id: op_id, token: serial }]
  return { version: 1, op: 'claim', at, by: 'one', op_id, prev_op, counter: serial, changes, claims: [] }
}

/** A room with a ledger of one domain; `move` appends so many transitions. */
export function createLedger() {
  const world = createWorld()
  const room = world.as(null).room()
  room.config.claims.durability = 'process'
  const dir = path.join(world.root, '.state/ledger', DOMAIN)
  const file = (n: number) => path.join(dir, String(n).padStart(12, '0'))
  const move = (times = 1) => {
    for (; times > 0; times--) {
      const head = readHead(room, DOMAIN)
      expect(append(room, DOMAIN, head, slotAfter(head))).toBe(true)
    }
    return readHead(room, DOMAIN)
  }
  const names = () => fs.readdirSync(dir).sort()
  return { room, dir, file, move, names }
}
