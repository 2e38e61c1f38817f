import { expect, test } from 'vitest'
import { claim } from '../../src/operations/claim.ts'
import { end } from '../../src/operations/end.ts'
import { inbox } from '../../src/operations/inbox.ts'
import { release } from '../../src/operations/release.ts'
import { send } from '../../src/operations/send.ts'
import { createWorld, type World } from '../helpers/world.ts'

const HOUR = 3_600_000

function createMail() {
  const world = createWorld()
  world.start('one', { name: 'mason', capability: ['build'] })
  world.start('two', { capability: ['build', 'test'] })
  world.start('three')
  const subjects = (id: string, given = {}) =>
    inbox.run(world.as(id), given).messages.map(({ subject }) => subject)
  const say = (from: string, to: string, subject: string, more = {}) =>
    send.run(world.as(from), { to, subject, ...more }).message
  return { world, subjects, say }
}

const states = (world: World, id: string) =>
  world
    .read(`receipts/${id}.jsonl`)
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { state: string }).state)

test('a direct message reaches its recipient once, and nobody else', () => {
  const { subjects, say } = createMail()
  say('one', 'two', 'hello')
  expect(subjects('three')).toEqual([])
  expect(subjects('two')).toEqual(['hello'])
  expect(subjects('two')).toEqual([])
  expect(subjects('two', { all: true })).toEqual(['hello'])
})

test('a broadcast reaches everybody but its sender', () => {
  const { subjects, say } = createMail()
  say('one', 'broadcast', 'hello')
  expect([subjects('one'), subjects('two'), subjects('three')]).toEqual([[], ['hello'], ['hello']])
})

test('peeking leaves messages unread, a limit leaves the later ones, a sender filters', () => {
  const { world, subjects, say } = createMail()
  for (const [from, subject] of [
    ['one', 'a'],
    ['three', 'b'],
    ['one', 'c'],
  ] as const) {
    say(from, 'two', subject)
    world.advance(1000)
  }
  expect(subjects('two', { peek: true })).toEqual(['a', 'b', 'c'])
  expect(subjects('two', { from: 'three' })).toEqual(['b'])
  expect(inbox.run(world.as('two'), { limit: 1 })).toMatchObject({ messages: [{ subject: 'a' }], omitted: 1 })
  expect(subjects('two')).toEqual(['c'])
})

test('a message is read by its receipt, once; a delivered one is still unread', () => {
  const { world, subjects, say } = createMail()
  const sent = say('one', 'two', 'hello')
  world.write(
    'receipts/two.jsonl',
    `{"at":"2026-11-20T10:00:00.000Z","message":"${sent.id}","state":"delivered"}\n`,
  )
  expect(subjects('two')).toEqual(['hello'])
  subjects('two', { all: true })
  expect(states(world, 'two')).toEqual(['delivered', 'read'])
})

test('broadcasts from before one board window before the start do not concern a session', () => {
  const { world, subjects, say } = createMail()
  say('one', 'broadcast', 'old')
  world.advance(1)
  say('one', 'broadcast', 'young')
  world.advance(HOUR)
  world.start('four')
  expect(subjects('four')).toEqual(['young'])
})

test('late mail with an older time still arrives', () => {
  const { world, subjects, say } = createMail()
  world.advance(HOUR)
  say('one', 'two', 'first')
  subjects('two')
  const late = { from: 'one', to: 'two', timestamp: '2026-11-20T10:00:00.000Z', subject: 'late' }
  world.write('messages/direct/two/2026-11-20_10-00-00-000-one-late.json', JSON.stringify(late))
  expect(subjects('two')).toEqual(['late'])
})

test('a message past its expiry is never unread, but can be read with all', () => {
  const { world, subjects, say } = createMail()
  say('one', 'two', 'brief', { expires: '1h' })
  world.advance(HOUR)
  expect(subjects('two')).toEqual([])
  expect(subjects('two', { all: true })).toEqual(['brief'])
})

test('who comes later has unread what others wrote within the hour, not the news of what was done before', () => {
  const { world, subjects, say } = createMail()
  say('one', 'broadcast', 'long ago')
  world.advance(2 * HOUR)
  say('one', 'broadcast', 'deploy freeze')
  claim.run(world.as('three'), { type: 'droplet', name: ['church'] })
  release.run(world.as('three'), { type: 'droplet', name: 'church' })
  end.run(world.as('three'), {})
  expect(subjects('two', { peek: true })).toHaveLength(4)
  world.advance(1000)
  world.start('four')
  expect(subjects('four', { peek: true })).toEqual(['deploy freeze'])
  end.run(world.as('two'), {})
  expect(subjects('four')).toEqual(['deploy freeze', 'two ended'])
})
