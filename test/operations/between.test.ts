import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ack } from '../../src/operations/ack.ts'
import { alerts } from '../../src/operations/alerts.ts'
import { claim } from '../../src/operations/claim.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { overviewOf } from '../../src/operations/overview.ts'
import { publish } from '../../src/operations/publish.ts'
import { reply } from '../../src/operations/reply.ts'
import { request } from '../../src/operations/request.ts'
import { rollcall } from '../../src/operations/rollcall.ts'
import { send } from '../../src/operations/send.ts'
import { overviewChange } from '../../src/protocol/live/changes.ts'
import { createWorld } from '../helpers/world.ts'

const MINUTE = 60_000
const church = { type: 'droplet', name: 'church' }

function createRoom() {
  const world = createWorld('one', 'two')
  const seen = () => overviewOf(world.as(null))
  return { world, seen }
}

test('where nothing goes on between sessions nothing is told, and no directory is made', () => {
  const { world, seen } = createRoom()
  fs.rmSync(path.join(world.root, 'alerts'), { recursive: true, force: true })
  fs.rmSync(path.join(world.root, 'messages/channels'), { recursive: true, force: true })
  const { requests, rollcall, channels, stranded } = seen()
  expect({ requests, rollcall, channels, stranded }).toEqual({
    requests: [],
    rollcall: null,
    channels: [],
    stranded: [],
  })
  expect(fs.existsSync(path.join(world.root, 'alerts'))).toBe(false)
})

test('a question names its message and when it was asked; its session waits, and goes back when it is answered', () => {
  const { world, seen } = createRoom()
  heartbeat.run(world.as('one'), { action: 'building', target: 'x' })
  const { message } = send.run(world.as('one'), { to: 'human', subject: 'merge?', ack: true })
  const stateOf = () => seen().sessions.find(({ session_id }) => session_id === 'one')?.status
  expect(stateOf()).toBe('waiting')
  expect(seen().needs).toMatchObject([
    { kind: 'question', message_id: message.id, since: message.timestamp, session_ids: ['one'] },
  ])
  reply.run(world.as(null), { id: message.id!, message: 'yes', as: 'human' })
  expect([stateOf(), seen().needs]).toEqual(['working', []])
})

test('an alert is told until the person acknowledges it, then never again', () => {
  const { world, seen } = createRoom()
  const kinds = () => seen().alerts.map(({ kind }) => kind)
  expect(kinds()).toEqual(['cwd_overlap'])
  const [{ id, priority, action, session_ids } = {} as never] = seen().alerts
  expect([priority, session_ids]).toEqual(['high', ['one', 'two']])
  expect(action).toContain('worktree')
  alerts.run(world.as(null), { id: [id], acknowledge: true, as: 'human' })
  expect(kinds()).toEqual([])
})

test('an alert of the condition of a session is not told beside the need that says it', () => {
  const { world, seen } = createRoom()
  heartbeat.run(world.as('one'), { action: 'blocked', target: 'x' })
  const session = JSON.parse(world.read('sessions/one.json'))
  world.write('sessions/one.json', JSON.stringify({ ...session, context: { percentage: 93 } }))
  const at = new Date(world.now).toISOString()
  for (const kind of ['blocked', 'context_90'])
    world.write(
      `alerts/${kind}.json`,
      JSON.stringify({
        ...{ id: kind, kind, session_id: 'one', severity: 'warning', text: 'one …', at, since: at },
      }),
    )
  expect(seen().alerts.map(({ kind }) => kind)).toContain('context_90')
  expect(seen().alerts.map(({ kind }) => kind)).not.toContain('blocked')
})

test('requests are told with what became of them, and the words of the answer', () => {
  const { world, seen } = createRoom()
  claim.run(world.as('one'), { type: 'droplet', name: ['church'] })
  const ask = () =>
    (request.run(world.as('two'), { ...church, reason: 'a fix' }) as { message: { id: string } }).message.id
  const told = () => seen().requests.map(({ outcome, answer }) => [outcome, answer])
  const first = ask()
  expect(told()).toEqual([['open', null]])
  expect(seen().needs).toContainEqual(expect.objectContaining({ kind: 'requested', message_id: first }))
  request.run(world.as('one'), { refuse: first, reason: 'in an hour' })
  expect(told()).toEqual([['refused', 'in an hour']])
  world.advance(MINUTE)
  const second = ask()
  request.run(world.as('two'), { withdraw: second })
  world.advance(MINUTE)
  request.run(world.as('one'), { grant: ask() })
  expect(told().map(([outcome]) => outcome)).toEqual(['refused', 'withdrawn', 'granted'])
})

test('a request is the person’s to answer where no agent runs the session that is asked', () => {
  const { world, seen } = createRoom()
  const session = JSON.parse(world.read('sessions/two.json'))
  world.write('sessions/two.json', JSON.stringify({ ...session, agent: { vendor: 'claude' } }))
  claim.run(world.as('one'), { type: 'droplet', name: ['church'] })
  claim.run(world.as('two'), { type: 'droplet', name: ['spire'] })
  request.run(world.as('two'), { ...church, reason: 'a fix' })
  request.run(world.as('one'), { type: 'droplet', name: 'spire', reason: 'a fix' })
  expect(seen().requests.map(({ to, to_person }) => [to, to_person])).toEqual([
    ['one', true],
    ['two', false],
  ])
})

test('the last roll call is told with who answered and who did not yet', () => {
  const { world, seen } = createRoom()
  world.start('three')
  const { message } = rollcall.run(world.as('one'), { text: 'who is there?' })
  ack.run(world.as('two'), { id: message.id! })
  expect(seen().rollcall).toMatchObject({
    ...{ from: 'one', subject: 'who is there?', counts: { answered: 1, open: 1, missing: 0, gone: 0 } },
    answers: [
      { session_id: 'two', answer: 'answered' },
      { session_id: 'three', answer: 'open' },
    ],
  })
})

test('channels are told with their last three posts, the newest channel first, without who comes and goes', () => {
  const { world, seen } = createRoom()
  for (const [channel, message] of ['build 1', 'build 2', 'build 3', 'build 4', 'tests red'].map((each) =>
    each.split(' '),
  )) {
    publish.run(world.as('one'), { channel: channel!, message: message! })
    world.advance(MINUTE)
  }
  expect(
    seen().channels.map(({ channel, messages }) => [channel, ...messages.map(({ message }) => message)]),
  ).toEqual([
    ['tests', 'red'],
    ['build', '2', '3', '4'],
  ])
})

test('who is gone and holds something is told with the command that helps; ages of its evidence are no change', () => {
  const { world, seen } = createRoom()
  claim.run(world.as('one'), { type: 'droplet', name: ['church'], for: '8h' })
  world.advance(3 * 60 * MINUTE)
  const before = seen()
  expect(before.stranded).toMatchObject([{ session_id: 'one', state: 'orphaned', act: 'coord rescue one' }])
  expect(before.needs.find(({ kind }) => kind === 'quiet')?.act).toBe('coord rescue one')
  world.advance(2 * MINUTE)
  expect(overviewChange(before, seen())?.stranded).toBeUndefined()
})
