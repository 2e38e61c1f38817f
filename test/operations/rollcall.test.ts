import { expect, test } from 'vitest'
import { ack } from '../../src/operations/ack.ts'
import { end } from '../../src/operations/end.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { inbox } from '../../src/operations/inbox.ts'
import { reply } from '../../src/operations/reply.ts'
import { rollcall } from '../../src/operations/rollcall.ts'
import { status } from '../../src/operations/status.ts'
import { createWorld } from '../helpers/world.ts'
import { codeOf, errorOf } from '../store/helpers.ts'

const MINUTE = 60_000

function createCalled(...ids: string[]) {
  const world = createWorld()
  for (const id of ['one', ...ids]) world.start(id)
  const call = (text = 'who is there?', within?: string) =>
    rollcall.run(world.as('one'), { text, ...(within ? { within } : {}) }).message.id!
  const told = (id?: string) =>
    rollcall
      .run(world.as('one'), id ? { show: id } : {})
      .answers.map(({ session_id, answer, message }) => [session_id, answer, message])
  return { world, call, told }
}

test('everybody who is there is asked; an acknowledgement answers, and so does a reply, with its text', () => {
  const { world, call, told } = createCalled('two', 'three', 'four')
  const id = call()
  expect(inbox.run(world.as('two'), { peek: true }).messages).toMatchObject([
    { id, type: 'rollcall', ack: true, expects: ['four', 'three', 'two'] },
  ])
  expect(told()).toEqual([
    ['four', 'open', null],
    ['three', 'open', null],
    ['two', 'open', null],
  ])
  world.advance(1000)
  ack.run(world.as('two'), { id })
  world.advance(1000)
  reply.run(world.as('three'), { id, message: 'on the parser' })
  expect(told()).toEqual([
    ['two', 'answered', null],
    ['three', 'answered', 'on the parser'],
    ['four', 'open', null],
  ])
})

test('when the time is up, who is there without an answer is missing; who ended or is silent for long is gone', () => {
  const { world, call, told } = createCalled('two', 'three', 'four')
  const id = call('who?', '40m')
  end.run(world.as('two'), {})
  world.advance(39 * MINUTE)
  heartbeat.run(world.as('three'), { action: 'building' })
  expect(told(id)).toEqual([
    ['three', 'open', null],
    ['four', 'gone', null],
    ['two', 'gone', null],
  ])
  world.advance(2 * MINUTE)
  expect(told(id)[0]).toEqual(['three', 'missing', null])
  expect(inbox.run(world.as('three'), { peek: true }).messages.filter((each) => each.id === id)).toEqual([])
  reply.run(world.as('three'), { id, message: 'late' })
  expect(told(id)[0]).toEqual(['three', 'answered', 'late'])
})

test('who came later and answers is told too, and so is the person', () => {
  const { world, call, told } = createCalled()
  const id = call()
  world.start('late')
  ack.run(world.as('late'), { id })
  ack.run(world.as(null), { id, as: 'human' })
  expect(told()).toEqual([
    ['human', 'answered', null],
    ['late', 'answered', null],
  ])
})

test('without an id the last roll call is told, and each earlier one stays there by its id', () => {
  const { world, call, told } = createCalled('two')
  const first = call('one?')
  world.advance(1000)
  call('two?')
  ack.run(world.as('two'), { id: first })
  expect(told()[0]![1]).toBe('open')
  expect(told(first.slice(-4))[0]![1]).toBe('answered')
})

test('the person can call', () => {
  const { world } = createCalled()
  const { message, counts } = rollcall.run(world.as(null), { text: 'all well?', as: 'human' })
  expect(message).toMatchObject({ from: 'human', expects: ['one'] })
  expect(counts).toEqual({ answered: 0, open: 1, missing: 0, gone: 0 })
})

test('bad input names the argument, and where nobody called there is nothing to tell', () => {
  const { world } = createCalled()
  const fails = (given: Parameters<typeof rollcall.run>[1]) =>
    errorOf(() => rollcall.run(world.as('one'), given))
  expect(fails({ text: ' ' })).toMatchObject({ code: 'invalid', details: { argument: 'text' } })
  expect(fails({ text: 'a', within: 'soon' })).toMatchObject({ details: { argument: 'within' } })
  expect(fails({ within: '5m' })).toMatchObject({ details: { argument: 'within' } })
  expect(fails({ text: 'a', show: 'b' })).toMatchObject({ details: { argument: 'show' } })
  expect(codeOf(() => rollcall.run(world.as('one'), {}))).toBe('not_found')
})

test('an answer after the time is up counts, as late', () => {
  const { world, call } = createCalled('two', 'three')
  const id = call('who?', '5m')
  ack.run(world.as('two'), { id })
  world.advance(6 * MINUTE)
  reply.run(world.as('three'), { id, message: 'here' })
  const { answers } = rollcall.run(world.as('one'), {})
  expect(answers.map(({ session_id, answer, late }) => [session_id, answer, late])).toEqual([
    ['two', 'answered', false],
    ['three', 'answered', true],
  ])
})

test('a roll call needs an answer of everybody, not of who called', () => {
  const { world, call } = createCalled('two')
  call()
  const needs = (who: string) => status.run(world.as(who), {}).needs.map(({ text }) => text)
  expect(needs('two')).toEqual(['one waits for an answer from everybody: "who is there?"'])
  expect(needs('one')).toEqual([])
})

test('an empty call is refused with a way out that can be gone', () => {
  const { call } = createCalled()
  expect(errorOf(() => call(' '))).toMatchObject({
    code: 'invalid',
    hint: 'Say what to answer: coord rollcall "who is there?"',
  })
})
