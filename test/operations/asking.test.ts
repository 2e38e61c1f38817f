import { describe, expect, test } from 'vitest'
import { ack } from '../../src/operations/ack.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { menubar } from '../../src/operations/menubar.ts'
import { monitorOf } from '../../src/operations/monitor.ts'
import { overviewOf } from '../../src/operations/overview.ts'
import { reply } from '../../src/operations/reply.ts'
import { send } from '../../src/operations/send.ts'
import { status } from '../../src/operations/status.ts'
import { createWorld } from '../helpers/world.ts'

const HOUR = 3_600_000

function createAsking() {
  const world = createWorld('one')
  heartbeat.run(world.as('one'), { action: 'building', target: 'church' })
  const ask = (subject = 'Which colour?') =>
    send.run(world.as('one'), { to: 'human', subject, ack: true }).message.id!
  const state = () => world.json('sessions/one.json').state
  const answer = (id: string) => void reply.run(world.as(null), { id, message: 'red', as: 'human' })
  return { world, ask, state, answer }
}

test('a session that asks its person waits, and goes back to what it was when it is answered', () => {
  const { ask, state, answer } = createAsking()
  expect(state()).toBe('working')
  const id = ask()
  expect(state()).toBe('waiting')
  answer(id)
  expect(state()).toBe('working')
})

test('page, monitor and its conditions show that it waits, and that it goes on', () => {
  const { world, ask, answer } = createAsking()
  const seen = () => {
    const { sessions, conditions } = monitorOf(world.as(null))
    const page = overviewOf(world.as(null)).sessions
    return [page[0]?.status, sessions[0]?.status, conditions.map(({ kind }) => kind)]
  }
  const id = ask()
  expect(seen()).toEqual(['waiting', 'waiting', ['waiting']])
  answer(id)
  expect(seen()).toEqual(['working', 'working', []])
})

test('an acknowledgement of the person is an answer, one of somebody else is none', () => {
  const { world, ask, state } = createAsking()
  world.start('two')
  const id = ask()
  send.run(world.as('one'), { to: 'two', subject: 'and you?', ack: true })
  ack.run(world.as('two'), { id: world.list('messages/direct/two')[0]!.slice(0, -5) })
  expect(state()).toBe('waiting')
  ack.run(world.as(null), { id, as: 'human' })
  expect(state()).toBe('working')
})

test('with two questions it waits for both answers', () => {
  const { ask, state, answer } = createAsking()
  const [first, second] = [ask(), ask('Which size?')]
  answer(second)
  expect(state()).toBe('waiting')
  answer(first)
  expect(state()).toBe('working')
})

test('what the session says meanwhile stays', () => {
  const { world, ask, state, answer } = createAsking()
  const id = ask()
  heartbeat.run(world.as('one'), { action: 'testing', state: 'blocked' })
  answer(id)
  expect(state()).toBe('blocked')
})

test('a message without --ack, and one to a session, change nothing', () => {
  const { world, state } = createAsking()
  world.start('two')
  send.run(world.as('one'), { to: 'human', subject: 'done' })
  send.run(world.as('one'), { to: 'two', subject: 'ready?', ack: true })
  expect(state()).toBe('working')
})

describe('a question is shown until it is answered, however long that takes', () => {
  const shown = ({ world }: ReturnType<typeof createAsking>) => {
    const page = overviewOf(world.as(null))
    return {
      board: world.read('STATUS_BOARD.md').includes('one asks: "Which colour?"'),
      status: status.run(world.as(null), {}).needs.map(({ kind }) => kind),
      page: page.needs.map(({ kind }) => kind),
      answerable: page.messages.some(({ to, ack }) => to === 'human' && ack),
      menu: menubar.run(world.as(null), {}).title.endsWith('↩ 1'),
    }
  }
  test.each([0, 2 * HOUR, 30 * HOUR])('%i ms later', (later) => {
    const asking = createAsking()
    const id = asking.ask()
    asking.world.advance(later)
    heartbeat.run(asking.world.as('one'), { action: 'waiting' })
    const open = { board: true, status: ['question'], page: ['question'], answerable: true, menu: true }
    expect(shown(asking)).toEqual(open)
    asking.answer(id)
    const answered = shown(asking)
    expect(answered).toMatchObject({ board: false, answerable: later === 0 })
    expect([answered.status, answered.page].flat()).not.toContain('question')
  })

  test('also where the machine state was lost', () => {
    const asking = createAsking()
    asking.ask()
    asking.world.advance(2 * HOUR)
    asking.world.write('.state/recent.jsonl', '')
    expect(shown(asking)).toMatchObject({ status: ['question'], page: ['question'], answerable: true })
  })
})
