import { expect, test } from 'vitest'
import { claim } from '../../src/operations/claim.ts'
import { end } from '../../src/operations/end.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { push } from '../../src/operations/push.ts'
import { release } from '../../src/operations/release.ts'
import { send } from '../../src/operations/send.ts'
import { timeline } from '../../src/operations/timeline.ts'
import { everything } from '../cli/rooms.ts'
import { createWorld } from '../helpers/world.ts'

const MINUTE = 60_000

function morning() {
  const world = createWorld()
  world.start('one', { name: 'auth', work: 'login' })
  claim.run(world.as('one'), { type: 'file', name: ['src/auth.ts'] })
  for (let beat = 0; beat < 5; beat++) {
    heartbeat.run(world.as('one'), { action: 'building', phase: 'BUILD', progress: `${beat * 10}%` })
    world.advance(4 * MINUTE)
  }
  send.run(world.as('one'), { to: 'broadcast', subject: 'half of it' })
  release.run(world.as('one'), { type: 'file', name: 'src/auth.ts' })
  push.run(world.as('stranger'), { status: 'working', message: 'x' })
  world.advance(10 * MINUTE)
  return world
}

test('the timeline tells phases, silence, what was held and what was said, and changes nothing', () => {
  const world = morning()
  const before = everything(world.root)
  const told = timeline.run(world.as(null), { from: '2h' })
  expect(everything(world.root)).toEqual(before)
  const [lane, other] = told.lanes
  expect(lane).toMatchObject({
    ...{ session_id: 'one', label: 'auth', ended: false },
    claims: [
      {
        resource_type: 'file',
        resource_name: 'src/auth.ts',
        from: '2026-11-20T10:00:00.000Z',
        to: '2026-11-20T10:20:00.000Z',
        ended: 'released',
      },
    ],
    gaps: [{ from: '2026-11-20T10:25:00.000Z', to: told.to }],
  })
  expect(lane!.phases.at(-1)).toMatchObject({ status: 'working', phase: 'BUILD', progress: 0.4 })
  expect(other).toMatchObject({ session_id: 'stranger' })
  expect(told.messages.map(({ from, to, subject }) => [from, to, subject])).toContainEqual([
    'one',
    'broadcast',
    'half of it',
  ])
})

test('a span of the past is as it was: what was held then is not over yet', () => {
  const world = morning()
  const { lanes, messages } = timeline.run(world.as(null), { from: '10:05', to: '10:10' })
  expect(lanes).toMatchObject([
    { claims: [{ from: '2026-11-20T10:05:00.000Z', to: '2026-11-20T10:10:00.000Z', ended: null }], gaps: [] },
  ])
  expect(messages).toEqual([])
})

test('an ended session is marked, and lanes may be limited', () => {
  const world = morning()
  end.run(world.as('one'), {})
  world.advance(MINUTE)
  const { lanes, omitted } = timeline.run(world.as(null), { limit: 1 })
  expect([lanes.map(({ session_id }) => session_id), omitted]).toEqual([['stranger'], 1])
  expect(lanes).toMatchObject([{ ended: false }])
  expect(timeline.run(world.as(null), {}).lanes.at(-1)).toMatchObject({ session_id: 'one', ended: true })
})

test.each([
  ['a span that ends before it begins', { from: '1h', to: '2h' }, 'from'],
  ['what is no time', { from: 'soon' }, 'from'],
  ['the future', { to: '2027-01-01' }, 'to'],
])('%s is refused', (_, given, argument) => {
  const world = createWorld()
  expect(() => timeline.run(world.as(null), given)).toThrow(
    expect.objectContaining({ code: 'invalid', details: expect.objectContaining({ argument }) }),
  )
})

test('a damaged ledger and a damaged status file leave the rest as it is', () => {
  const world = morning()
  for (const slot of world.list('.state/ledger/file')) world.write(`.state/ledger/file/${slot}`, '{')
  world.write('status/stranger_status.json', '\u0000\n[]\n')
  expect(timeline.run(world.as(null), {}).lanes.map(({ session_id }) => session_id)).toEqual(['one'])
})
