import { expect, test } from 'vitest'
import { needsFor, type Reader } from '../../src/protocol/hints.ts'
import { look } from '../../src/protocol/picture.ts'
import { CONFIG, moment, records, sent, session, troubledRoom } from './samples.ts'

const picture = look(records(troubledRoom()), moment(), CONFIG)

/** What a reader is told of some kinds of needs. */
const told = (reader: Partial<Reader>, ...kinds: string[]) =>
  needsFor({ id: null, agent: false, ...reader }, picture)
    .filter(({ kind }) => kinds.includes(kind))
    .map(({ text, act }) => [text.split(' ').slice(0, 3).join(' '), act])

test('the asker is not told to answer itself, but whom to ask again', () => {
  expect(told({ id: 'beta' }, 'unanswered')).toEqual([['beta (you) waits', 'coord send api "…"']])
  expect(told({ id: 'alpha' }, 'unanswered')).toEqual([['beta waits for', 'coord reply m-ack "…"']])
  expect(told({ id: 'delta' }, 'unanswered')).toEqual([['beta waits for', 'coord send api "…"']])
})

test('a question to the person is answered by persons', () => {
  const answer = 'coord reply question "…" --as human'
  expect(told({}, 'question')).toEqual([['epsilon asks: "Which', answer]])
  expect(told({ id: 'alpha' }, 'question')).toEqual([['epsilon asks: "Which', answer]])
  expect(told({ id: 'alpha', agent: true }, 'question')).toEqual([['epsilon asks: "Which', null]])
  expect(told({ id: 'epsilon' }, 'question')).toEqual([['epsilon (you) asks:', null]])
})

test('a session that is stuck or silent is told how to go on, others to write to it', () => {
  expect(told({ id: 'beta' }, 'blocked', 'quiet')).toEqual([
    ['beta (you) is', 'coord heartbeat working dashboard'],
    ['beta (you) is', 'coord heartbeat working dashboard'],
    ['delta is silent', 'coord send delta "still there?"'],
  ])
  expect(told({ id: 'alpha' }, 'blocked')).toEqual([['beta is blocked', 'coord send beta "…"']])
})

test('in a circle each is shown the one it waits for; of two at one work, the other', () => {
  expect(told({ id: 'beta' }, 'cycle')[0]![1]).toBe('coord send delta "…"')
  expect(told({ id: 'delta' }, 'cycle')[0]![1]).toBe('coord send beta "…"')
  expect(told({ id: 'alpha' }, 'same-target').map(([, act]) => act)).toEqual(
    Array(2).fill('coord send delta "…"'),
  )
  expect(told({ id: 'delta' }, 'same-target').map(([, act]) => act)).toEqual(
    Array(2).fill('coord send api "…"'),
  )
})

test('the refused one may wait in line, the holder may write to it', () => {
  expect(told({ id: 'alpha' }, 'refused')[0]![1]).toBe('coord claim droplet dashboard --wait 10m')
  expect(told({ id: 'beta' }, 'refused')[0]![1]).toBe('coord send api "…"')
  expect(told({ id: 'delta' }, 'refused')[0]![1]).toBeNull()
})

test('people without a session write as the person of the room', () => {
  expect(told({}, 'blocked')[0]![1]).toBe('coord send beta "…" --as human')
  expect(told({ agent: true }, 'blocked')[0]![1]).toBe('coord send beta "…"')
})

test('nobody is told to write to himself', () => {
  for (const id of picture.byId.keys())
    for (const { act } of needsFor({ id, agent: false }, picture)) expect(act ?? '').not.toContain('(you)')
})

test('who asked one that ended may ask all others', () => {
  const act = (reader: Partial<Reader>, from: string) => {
    const sessions = [session('one'), session('three'), session('two', { status: 'completed' })]
    const messages = [sent({ from, to: 'two', ack: true })]
    const room = look(records({ sessions, messages }), moment(), CONFIG)
    return needsFor({ id: null, agent: false, ...reader }, room).map((need) => need.act)
  }
  expect(act({ id: 'one' }, 'one')).toEqual(['coord send broadcast "…"'])
  expect(act({ id: 'three' }, 'one')).toEqual([null])
  expect(act({}, 'human')).toEqual(['coord send broadcast "…" --as human'])
  expect(act({ agent: true }, 'human')).toEqual([null])
})
