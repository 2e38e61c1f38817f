import { expect, test } from 'vitest'
import { end } from '../../src/operations/end.ts'
import { gc } from '../../src/operations/gc.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { inbox } from '../../src/operations/inbox.ts'
import { poll } from '../../src/operations/poll.ts'
import { publish } from '../../src/operations/publish.ts'
import { send } from '../../src/operations/send.ts'
import { createWorld } from '../helpers/world.ts'
import { errorOf } from '../store/helpers.ts'

const HOUR = 3_600_000

function createRoom() {
  const world = createWorld('one')
  const say = (message: string, expires?: string) =>
    publish.run(world.as('one'), { channel: 'build', message, ...(expires ? { expires } : {}) }).message.id!
  const read = (given: { since?: string; limit?: number } = {}, channel = 'build') =>
    poll.run(world.as(null), { channel, ...given }) as Record<string, any>
  const texts = (given = {}) => read(given).messages.map(({ message }: { message: string }) => message)
  const files = () => world.list('messages/channels/build')
  return { world, say, read, texts, files }
}

test('what is published is there for whoever polls, in order, and in nobody’s inbox', () => {
  const { world, say, read, texts } = createRoom()
  const ids = ['green', 'red', 'green again'].map((text) => say(text))
  expect(texts()).toEqual(['green', 'red', 'green again'])
  expect(read()).toMatchObject({ channel: 'build', last: ids[2] })
  expect(read().messages[0]).toMatchObject({
    from: 'one',
    to: 'channel:build',
    channel: 'build',
    type: 'note',
  })
  world.start('two')
  expect(inbox.run(world.as('two'), {}).messages).toEqual([])
})

test('who goes on from an id gets all behind it, also of one millisecond, page by page', () => {
  const { say, read, texts } = createRoom()
  const first = say('1')
  for (const text of ['2', '3', '4']) say(text)
  const page = read({ since: first.slice(-4), limit: 2 })
  expect(page.messages.map(({ message }: { message: string }) => message)).toEqual(['2', '3'])
  expect(page.omitted).toBe(1)
  expect(texts({ since: page.last })).toEqual(['4'])
  expect(read({ since: read().last })).toMatchObject({ messages: [], last: read().last })
  expect(texts({ limit: 1 })).toEqual(['4'])
})

test.each([1000, 60_000, HOUR])(
  'who goes on from an id misses nothing when the clock is set back by %i ms',
  (step) => {
    const { world, say, read } = createRoom()
    const since = say('before')
    world.advance(-step)
    say('behind')
    const { messages } = read({ since })
    expect(messages).toMatchObject([{ message: 'behind' }])
    expect(Date.parse(messages[0].expires_at) - world.now).toBe(24 * HOUR)
  },
)

test('a message from a clock that was far ahead is not followed', () => {
  const { world, say, texts } = createRoom()
  world.advance(400 * 24 * HOUR)
  say('wrong')
  world.advance(-400 * 24 * HOUR)
  expect(say('right') < say('right too')).toBe(true)
  expect(texts()).toContain('right')
  expect(world.list('messages/channels/build')[0]).toContain('2026-11-20')
})

test('a message runs out; gc and the upkeep of heartbeats remove it; an id that is gone still says where to go on', () => {
  const { world, say, texts, files } = createRoom()
  const short = say('for an hour', '1h')
  say('for a day')
  world.advance(2 * HOUR)
  expect(texts()).toEqual(['for a day'])
  expect(files()).toHaveLength(2)
  expect(gc.run(world.as(null), { 'dry-run': true }).items).toEqual([
    { kind: 'channels', path: `messages/channels/build/${short}.json` },
  ])
  gc.run(world.as(null), {})
  expect(files()).toHaveLength(1)
  expect(texts({ since: short })).toEqual(['for a day'])
  world.advance(23 * HOUR)
  world.write('.state/pruned', '')
  gc.run(world.as(null), {})
  expect(files()).toEqual([])
})

test('a heartbeat that tidies removes what has run out', () => {
  const { world, say, files } = createRoom()
  say('short', '1m')
  world.advance(2 * 60_000)
  heartbeat.run(world.as('one'), { action: 'building' })
  expect(files()).toEqual([])
})

test('session_lifecycle tells who started, went on and ended', () => {
  const { world, read } = createRoom()
  world.start('two', { name: 'builder' })
  world.advance(1000)
  end.run(world.as('two'), {})
  world.start('two')
  const told = read({}, 'session_lifecycle').messages.map(
    ({ type, from, message }: Record<string, string>) => [type, from, message],
  )
  expect(told).toEqual([
    ['started', 'one', 'one started'],
    ['started', 'two', 'builder started'],
    ['ended', 'two', 'builder ended'],
    ['resumed', 'two', 'builder resumed'],
  ])
  expect(poll.run(world.as(null), {}).channels).toMatchObject([{ channel: 'session_lifecycle', count: 4 }])
})

test('channels are kept out of git also where messages are tracked', () => {
  const { world, say } = createRoom()
  say('x')
  expect(world.read('messages/channels/.gitignore')).toBe('*\n')
})

test.each<[string, object, string]>([
  ['a channel that is a path', { channel: '../x', message: 'm' }, 'channel'],
  ['an empty message', { channel: 'build', message: ' ' }, 'message'],
  ['a span that is none', { channel: 'build', message: 'm', expires: 'soon' }, 'expires'],
  ['details that are no JSON', { channel: 'build', message: 'm', details: '{' }, 'details'],
])('%s is invalid and names the argument', (_what, given, argument) => {
  const { world } = createRoom()
  expect(errorOf(() => publish.run(world.as('one'), given as never))).toMatchObject({
    code: 'invalid',
    details: { argument },
  })
})

test('to go on from an id that was never there is refused', () => {
  const { world, say } = createRoom()
  say('x')
  expect(errorOf(() => poll.run(world.as(null), { channel: 'build', since: 'none' })).code).toBe('not_found')
})

test('a channel is a recipient of send too, which takes for it nothing that only a reader could answer', () => {
  const { world, texts } = createRoom()
  const told = send.run(world.as('one'), { to: 'channel:build', subject: 'green', message: 'all of it' })
  expect(told.message).toMatchObject({ channel: 'build', to: 'channel:build' })
  expect(texts()).toEqual(['green\nall of it'])
  const refused = { to: 'channel:build', subject: 'red', ack: true }
  expect(errorOf(() => send.run(world.as('one'), refused)).details).toMatchObject({ argument: 'ack' })
  const nowhere = { to: 'channel:No', subject: 'red' }
  expect(errorOf(() => send.run(world.as('one'), nowhere)).code).toBe('invalid')
})

test('nobody but coord itself publishes on the channel that tells who came and went', () => {
  const { world, read } = createRoom()
  const fake = () => publish.run(world.as('one'), { channel: 'session_lifecycle', message: 'two ended' })
  expect(errorOf(fake)).toMatchObject({ code: 'invalid', details: { argument: 'channel' } })
  expect(read({}, 'session_lifecycle').messages).toHaveLength(1)
})

test('an empty text is refused with a way out that can be gone', () => {
  const { world } = createRoom()
  expect(errorOf(() => publish.run(world.as('one'), { channel: 'build', message: '' }))).toMatchObject({
    code: 'invalid',
    hint: 'Say it: coord publish build "…"',
  })
})
