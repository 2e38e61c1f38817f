/** A slot that somebody took away from the middle of a ledger hides nothing above it, also from a process that made the slot below. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { claim } from '../../src/operations/claim.ts'
import { release } from '../../src/operations/release.ts'
import type { Slot } from '../../src/protocol/records.ts'
import { createWorld } from '../helpers/world.ts'
import { codeOf } from '../store/helpers.ts'

const CHURCH = { type: 'droplet', name: 'church' }

/** Two sessions in one process, of which `one` made slot 3; meanwhile another process gave the claim to `two` and went on to slot 7, and slot 4 is gone. */
function createGap() {
  const world = createWorld('one', 'two')
  const [one, two] = [world.as('one'), world.as('two')]
  claim.run(one, { type: 'droplet', name: ['church'] })
  release.run(one, CHURCH)
  claim.run(one, { type: 'droplet', name: ['church'] })
  const file = (n: number) => path.join(world.root, `.state/ledger/droplet-church/00000000000${n}`)
  let slot = JSON.parse(fs.readFileSync(file(3), 'utf8')) as Slot
  for (let n = 4; n <= 7; n++) {
    const claims = slot.claims.map((lease) => ({ ...lease, claimed_by: 'two', token: lease.token + 1 }))
    const counter = slot.counter + 1
    slot = { ...slot, by: 'two', op_id: `other-${n}`, prev_op: slot.op_id, counter, claims }
    fs.writeFileSync(file(n), JSON.stringify(slot))
  }
  fs.rmSync(file(4))
  return { one, two, token: slot.claims[0]!.token }
}

test('who lost the claim there is told so', () => {
  const { one } = createGap()
  expect(codeOf(() => release.run(one, CHURCH))).toBe('lost')
})

test('who has it there keeps it, and releases it', () => {
  const { two, token } = createGap()
  expect(claim.run(two, { type: 'droplet', name: ['church'] })).toMatchObject({ claim: { token } })
  expect(release.run(two, CHURCH).claim).toMatchObject({ claimed_by: 'two', token })
})
