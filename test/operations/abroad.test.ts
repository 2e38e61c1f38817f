/** What a session sees of holders, handoffs and requests of other machines, and what it can do: as with those of its own room. */
import { beforeEach, describe, expect, test } from 'vitest'
import { claim } from '../../src/operations/claim.ts'
import { claims } from '../../src/operations/claims.ts'
import { doctor } from '../../src/operations/doctor.ts'
import { guard } from '../../src/operations/guard.ts'
import { handoff } from '../../src/operations/handoff.ts'
import { sessions } from '../../src/operations/sessions.ts'
import { errorOf } from '../store/helpers.ts'
import { createTeam, type Machine, type Team } from './synced.ts'

let team: Team
let a: Machine
let b: Machine

beforeEach(() => {
  team = createTeam(2)
  ;[a, b] = team.machines as [Machine, Machine]
  a.world.start('s-anna', { name: 'anna' })
  b.world.start('s-bob', { name: 'bob' })
})

const FILE = { type: 'file', name: ['src/x.ts'] }

const meet = () => {
  team.round()
  team.round()
}

describe('A holder of another machine', () => {
  test('is told by name, machine and liveness in refusals, by guard and in lists, once its session is known', () => {
    const { token } = claim.run(a.as('s-anna'), FILE).claim
    const far = { claimed_by: 's-anna', token, machine: a.id }
    expect(errorOf(() => claim.run(b.as('s-bob'), FILE))).toMatchObject({
      code: 'held',
      message: expect.stringContaining(`held by s-anna @${a.id} (not heard of yet)`),
      details: { holder: { ...far, liveness: null } },
    })
    meet()
    const seen = { ...far, name: 'anna', liveness: { level: 'fresh' } }
    const message = expect.stringMatching(new RegExp(`held by anna @${a.id} \\(idle, seen .* ago\\)`))
    expect(errorOf(() => claim.run(b.as('s-bob'), FILE))).toMatchObject({
      message,
      details: { holder: seen },
    })
    expect(errorOf(() => guard.run(b.as('s-bob'), { path: ['src/x.ts'] }))).toMatchObject({
      message,
      details: { holder: seen, conflicts: [{ holder: seen, holder_name: 'anna' }] },
    })
    expect(claims.run(b.as(null), {}).claims).toMatchObject([
      {
        claimed_by: 's-anna',
        holder_name: 'anna',
        holder_machine: a.id,
        holder_liveness: { level: 'fresh' },
      },
    ])
    expect(claims.run(a.as(null), {}).claims[0]).not.toHaveProperty('holder_machine')
    const shown = sessions.run(b.as(null), {}).sessions.find(({ session_id }) => session_id === 's-anna')
    expect(shown).toMatchObject({ machine: a.id })
    expect(shown).not.toHaveProperty('project')
  })
})

describe('A handoff of another machine', () => {
  test('is shown to whoever claims its resource next, until a later one is left', () => {
    claim.run(a.as('s-anna'), FILE)
    const left = handoff.run(a.as('s-anna'), { type: 'file', name: 'src/x.ts', note: 'half done' })
    const { id } = (left as { handoff: { id: string } }).handoff
    a.sync()
    b.sync()
    const path = `.state/foreign/${a.id}/handoffs/${id}.md`
    expect(claim.run(b.as('s-bob'), FILE).handoff).toMatchObject({
      ...{ id, path, machine: a.id, from: 's-anna', from_name: 'anna', note: 'half done' },
    })
    expect(doctor.run(b.as(null), {}).problems).toEqual([])
    b.world.advance(1000)
    handoff.run(b.as('s-bob'), { type: 'file', name: 'src/x.ts', note: 'nearly done' })
    expect(claim.run(b.as('s-bob'), FILE).handoff).toMatchObject({ from: 's-bob', note: 'nearly done' })
  })
})
