/** Random histories of three sessions and one resource, held against a model of a lease. */
import fs from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { claim } from '../../src/operations/claim.ts'
import { claims } from '../../src/operations/claims.ts'
import { handoff } from '../../src/operations/handoff.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { release } from '../../src/operations/release.ts'
import { renew } from '../../src/operations/renew.ts'
import { CoordError } from '../../src/protocol/errors.ts'
import type { Handoff } from '../../src/protocol/records.ts'
import { createWorld } from '../helpers/world.ts'

const MINUTE = 60_000
const TERM = 60 * MINUTE
/** Three steps end a term, and no sum of steps comes near a term's end: margins don't matter here. */
const STEP = 21 * MINUTE
const church = { type: 'droplet', name: 'church' }

interface Model {
  holder: string | null
  expires: number
  lastToken: number
}

const session = fc.constantFrom('one', 'two', 'three')
const act = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('claim' as const), by: session }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('renew' as const), by: session }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), by: session }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('force' as const), by: session }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('transfer' as const), by: session, to: session }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('heartbeat' as const), by: session }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), by: session }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose the ledger' as const), by: session }) },
)

/** Whether a command succeeded; a refusal is an answer, anything else a fault. */
function granted<T>(run: () => T): T | null {
  try {
    return run()
  } catch (error) {
    if (error instanceof CoordError && error.code !== 'bug') return null
    throw error
  }
}

function play(history: { kind: string; by: string; to?: string }[]): void {
  const world = createWorld()
  world.write('config.json', JSON.stringify({ claims: { durability: 'process' } }))
  for (const id of ['one', 'two', 'three']) world.start(id)
  const model: Model = { holder: null, expires: 0, lastToken: 0 }
  const isLive = () => model.holder !== null && world.now < model.expires
  for (const { kind, by, to = by } of history) {
    const ctx = world.as(by)
    if (kind === 'wait') world.advance(STEP)
    if (kind === 'lose the ledger') {
      world.advance(STEP)
      fs.rmSync(path.join(world.root, '.state/ledger'), { recursive: true, force: true })
    }
    if (kind === 'heartbeat') {
      heartbeat.run(ctx, { action: 'building' })
      if (model.holder === by && isLive() && model.expires - world.now < TERM / 2)
        model.expires = world.now + TERM
    }
    if (kind === 'claim') {
      const answer = granted(() => claim.run(ctx, { type: 'droplet', name: ['church'], for: '1h' }))
      const mine = model.holder === by && isLive()
      expect(answer !== null, `claim by ${by}`).toBe(!isLive() || model.holder === by)
      if (answer) {
        const { token } = answer.claim
        if (mine) expect(token).toBe(model.lastToken)
        else expect(token).toBeGreaterThan(model.lastToken)
        Object.assign(model, { holder: by, expires: world.now + TERM, lastToken: token })
      }
    }
    if (kind === 'renew') {
      const answer = granted(() => renew.run(ctx, church))
      expect(answer !== null, `renew by ${by}`).toBe(model.holder === by && isLive())
      if (answer) model.expires = Math.max(model.expires, world.now + TERM)
    }
    if (kind === 'release') {
      const answer = granted(() => release.run(ctx, { ...church, 'no-announce': true }))
      expect(answer !== null && !answer.already, `release by ${by}`).toBe(model.holder === by)
      if (model.holder === by) model.holder = null
    }
    if (kind === 'transfer') {
      const answer = granted(() => handoff.run(ctx, { ...church, to })) as {
        already?: boolean
        handoff: Handoff
      } | null
      const mine = model.holder === by && isLive()
      expect(answer !== null && !answer.already, `transfer by ${by} to ${to}`).toBe(mine && to !== by)
      if (mine && to !== by) {
        const token = answer!.handoff.claims[0]!.token!
        expect(token).toBeGreaterThan(model.lastToken)
        Object.assign(model, { holder: to, lastToken: token })
      }
    }
    if (kind === 'force') {
      granted(() => release.run(ctx, { ...church, force: true, reason: 'test' }))
      model.holder = null
    }
    const shown = claims
      .run(world.as(null), {})
      .claims.map(({ claimed_by, token }) => `${claimed_by} ${token}`)
    expect(shown, kind).toEqual(model.holder ? [`${model.holder} ${model.lastToken}`] : [])
    const files = world.list('claims')
    expect(files, kind).toEqual(model.holder ? ['droplet-church.claim'] : [])
  }
}

test('whatever three sessions do, there is one holder, tokens only grow, and no release is lost', () => {
  fc.assert(fc.property(fc.array(act, { minLength: 5, maxLength: 20 }), play), { numRuns: 30, seed: 7 })
})
