/** What page, terminal view and board call sessions of other machines: with their machine behind, wherever they are named. */
import { expect, test } from 'vitest'
import { labelsIn } from '../../src/faces/watch/items.ts'
import { calledIn } from '../../src/faces/web/model/overview.ts'
import { board } from '../../src/operations/board.ts'
import { claim } from '../../src/operations/claim.ts'
import { overview } from '../../src/operations/overview.ts'
import { request } from '../../src/operations/request.ts'
import { send } from '../../src/operations/send.ts'
import { timeline } from '../../src/operations/timeline.ts'
import { errorOf } from '../store/helpers.ts'
import { createTeam, type Machine } from './synced.ts'

const FILE = { type: 'file', name: ['src/x.ts'] }

test('page, terminal view and board name sessions of other machines with their machine behind', () => {
  const team = createTeam(2)
  const [a, b] = team.machines as [Machine, Machine]
  a.world.start('s-anna', { name: 'anna' })
  b.world.start('s-bob', { name: 'bob' })
  /** Without the sign behind each @ by which no hosting service takes a name for a user's. */
  const boardOf = () => board.run(b.as(null), { print: true }).board!.replaceAll('\u2060', '')
  const lanes = () => timeline.run(b.as(null), {}).lanes.map(({ label }) => label)

  claim.run(a.as('s-anna'), FILE)
  expect(errorOf(() => claim.run(b.as('s-bob'), FILE)).code).toBe('held')
  team.advance(1000)
  expect(boardOf()).toContain(`- **file/src/x.ts** - s-anna @${a.id} (`)
  expect(lanes()).toContain(`s-anna @${a.id}`)
  expect(overview.run(b.as(null), {}).claims).toMatchObject([{ holder_machine: a.id }])

  team.round()
  team.round()
  claim.run(b.as('s-bob'), { type: 'droplet', name: ['off1'] })
  send.run(a.as('s-anna'), { to: 'human', subject: 'which port?', ack: true })
  send.run(a.as('s-anna'), { to: 'broadcast', subject: 'half of it' })
  request.run(b.as('s-bob'), { type: 'file', name: 'src/x.ts', reason: 'a fix' })
  team.round()
  team.round()

  const shown = `anna @${a.id}`
  const seen = overview.run(b.as('s-bob'), {})
  const labels = seen.sessions.map(({ label }) => label)
  expect(labels).toEqual(expect.arrayContaining([shown, 'bob', `s-a @${a.id}`]))
  expect([calledIn(seen, 's-anna'), labelsIn(seen)('s-anna'), calledIn(seen, 's-bob')]).toEqual([
    shown,
    shown,
    'bob',
  ])
  expect(seen.requests).toMatchObject([{ from: 's-bob', to: 's-anna' }])
  const needs = seen.needs.map(({ text }) => text).join('\n')
  expect(needs).toContain(`bob asks ${shown} for file/src/x.ts`)
  expect(lanes()).toEqual(expect.arrayContaining(['bob', shown]))
  const text = boardOf()
  expect(text).toContain(`- **file/src/x.ts** - ${shown} (`)
  expect(text).toContain('- **droplet/off1** - bob (')
  expect(text).toContain(`${shown} → broadcast: "half of it"`)
})
