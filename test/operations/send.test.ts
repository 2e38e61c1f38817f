import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ack } from '../../src/operations/ack.ts'
import { end } from '../../src/operations/end.ts'
import { inbox } from '../../src/operations/inbox.ts'
import { messages } from '../../src/operations/messages.ts'
import { reply } from '../../src/operations/reply.ts'
import { send } from '../../src/operations/send.ts'
import { status } from '../../src/operations/status.ts'
import { createWorld, type World } from '../helpers/world.ts'
import { codeOf, errorOf } from '../store/helpers.ts'

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

/** The states of the messages that a session has receipts of; alerts, which it is told at the start, are none. */
const states = (world: World, id: string) =>
  world
    .read(`receipts/${id}.jsonl`)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { state: string; message: string })
    .filter(({ message }) => !message.includes('cwd_overlap'))
    .map(({ state }) => state)

test('the sender is who acts, and the message carries all that was given', () => {
  const { world, say } = createMail()
  const more = {
    message: 'text',
    type: 'question',
    priority: 'high',
    details: '{"a":1}',
    expires: '2h',
    ack: true,
  }
  const sent = say('one', 'mason', 'self', { ...more, to: 'two' })
  expect(world.json(`messages/direct/two/${sent.id}.json`)).toMatchObject({
    from: 'one',
    to: 'two',
    timestamp: '2026-11-20T10:00:00.000Z',
    subject: 'self',
    message: 'text',
    type: 'question',
    priority: 'high',
    details: { a: 1 },
    expires_at: '2026-11-20T12:00:00.000Z',
    ack: true,
    expects: ['two'],
  })
  expect(sent.id).toMatch(/^2026-11-20_10-00-00-000-one-[a-z2-7]{4}$/)
})

test('a name stands for its session, a role for every live session that has it', () => {
  const { world, subjects, say } = createMail()
  expect(say('two', 'mason', 'by name').to).toBe('one')
  world.advance(1000)
  const sent = send.run(world.as('three'), { to: 'role:build', subject: 'by role' })
  expect(sent.messages?.map(({ to }) => to).sort()).toEqual(['one', 'two'])
  expect([subjects('one'), subjects('two')]).toEqual([['by name', 'by role'], ['by role']])
  end.run(world.as('two'), {})
  expect(errorOf(() => say('three', 'role:test', 'nobody'))).toMatchObject({
    code: 'invalid',
    details: { suggestions: ['role:build'] },
  })
})

test('who has a role is not among its recipients, and is refused where nobody else has it', () => {
  const { world, say } = createMail()
  expect(send.run(world.as('one'), { to: 'role:build', subject: 'to the others' })).toMatchObject({
    message: { to: 'two' },
  })
  world.start('alone', { capability: ['paint'] })
  expect(errorOf(() => say('alone', 'role:paint', 'hello'))).toMatchObject({
    code: 'invalid',
    message: 'no other active session has the capability "paint"',
    details: { argument: 'to', suggestions: ['role:build', 'role:test'] },
  })
})

test('an unknown recipient is refused with the nearest, or waited for when that is wanted', () => {
  const { world, say } = createMail()
  expect(errorOf(() => say('one', 'thre', 'x'))).toMatchObject({
    code: 'invalid',
    details: { suggestions: ['three'] },
  })
  say('one', 'four', 'waiting', { 'to-unknown': true })
  expect(status.run(world.as('one'), {})).toMatchObject({ mailboxes: ['four'] })
  world.start('four')
  expect(inbox.run(world.as('four'), {}).messages.map(({ subject }) => subject)).toContain('waiting')
})

test('of a session that ended it is told since when, and the sender is never meant', () => {
  const world = createWorld('ann', 'ben', 'bea')
  end.run(world.as('ben'), {})
  world.advance(5 * 60_000)
  const say = (from: string) => send.run(world.as(from), { to: 'ben', subject: 'hi' })
  expect(errorOf(() => say('ann'))).toMatchObject({
    code: 'invalid',
    message: 'session "ben" ended 5m ago',
    details: { suggestions: ['bea'] },
  })
  expect(errorOf(() => say('bea')).details).toMatchObject({ suggestions: ['ann'] })
})

/** A message of a session that has no record here, as git brings it. */
function bring(world: World, from: string, to = 'two') {
  const id = `2026-11-20_09-00-00-000-${from}-abcd`
  const message = { id, from, to, timestamp: '2026-11-20T09:00:00.000Z', type: 'note', subject: 'hello' }
  world.write(`messages/direct/${to}/${id}.json`, JSON.stringify(message))
}

test.each([
  [true, 'other_clone'],
  [false, 'unregistered'],
])('who has written here is known without being registered (tracked: %s)', (track, recipient) => {
  const { world } = createMail()
  world.write('config.json', JSON.stringify({ git: { track } }))
  bring(world, 'far')
  const sent = send.run(world.as('two'), { to: 'far', subject: 'there?', ack: true })
  expect(sent).toMatchObject({ recipient, message: { to: 'far', expects: ['far'] } })
  expect(world.list('messages/direct/far')).toEqual([`${sent.message.id}.json`])
  expect(reply.run(world.as('two'), { id: 'abcd', message: 'yes' })).toMatchObject({
    ...{ recipient, message: { to: 'far' } },
  })
  expect(send.run(world.as('two'), { to: 'one', subject: 'here' }).recipient).toBeUndefined()
  expect(send.run(world.as('two'), { to: 'broadcast', subject: 'all' }).recipient).toBeUndefined()
  expect(errorOf(() => send.run(world.as('two'), { to: 'farr', subject: 'x' })).code).toBe('invalid')
})

test('in a tracked room the mail of another clone is no fault, in any other nobody reads it', () => {
  for (const track of [true, false]) {
    const { world } = createMail()
    world.write('config.json', JSON.stringify({ git: { track } }))
    bring(world, 'far', 'near-far')
    const { mailboxes, needs } = status.run(world.as('one'), {}) as { mailboxes: string[]; needs: object[] }
    expect([mailboxes.length, needs.length]).toEqual(track ? [0, 0] : [1, 1])
  }
})

test('a session that wrote, ended and was archived here is not one of another clone', () => {
  const { world, say } = createMail()
  say('one', 'two', 'last words')
  end.run(world.as('one'), {})
  world.write('archive/2026-11/sessions/one.json', world.read('sessions/one.json'))
  fs.rmSync(path.join(world.root, 'sessions/one.json'))
  expect(codeOf(() => say('two', 'one', 'still there?'))).toBe('invalid')
})

test('an acknowledgement settles the request for an answer', () => {
  const { world, say } = createMail()
  const sent = say('one', 'two', 'ready?', { ack: true })
  const open = () => status.run(world.as('two'), {}).needs.filter(({ kind }) => kind === 'unanswered')
  expect(open()).toMatchObject([
    { session_ids: ['one', 'two'], act: expect.stringContaining(sent.id!.slice(-4)) },
  ])
  expect(ack.run(world.as('two'), { id: sent.id!.slice(-4) }).message.id).toBe(sent.id)
  expect(states(world, 'two')).toEqual(['acked'])
  expect(open()).toEqual([])
})

test('a reply goes to the sender in the thread and acknowledges; answers to answers stay in it', () => {
  const { world, subjects, say } = createMail()
  const sent = say('one', 'two', 'ready?', { ack: true })
  world.advance(1000)
  const first = reply.run(world.as('two'), { id: sent.id!, message: 'yes' }).message
  expect(first).toMatchObject({ to: 'one', subject: 'Re: ready?', reply_to: sent.id, thread: sent.id })
  world.advance(1000)
  const second = reply.run(world.as('one'), { id: first.id!, message: 'good' }).message
  expect(second).toMatchObject({ to: 'two', subject: 'Re: ready?', reply_to: first.id, thread: sent.id })
  expect(subjects('one', { all: true })).toEqual(['Re: ready?'])
  const thread = messages.run(world.as(null), { thread: first.id! }).messages
  expect(thread.map(({ from }) => from)).toEqual(['one', 'two', 'one'])
  expect(states(world, 'two')).toEqual(['acked'])
})

test("one's own message, one for others and an unknown one can't be answered", () => {
  const { world, say } = createMail()
  const broadcast = say('one', 'broadcast', 'a')
  const direct = say('one', 'two', 'b')
  expect(codeOf(() => ack.run(world.as('one'), { id: broadcast.id! }))).toBe('conflict')
  expect(codeOf(() => ack.run(world.as('three'), { id: direct.id! }))).toBe('conflict')
  expect(codeOf(() => ack.run(world.as('three'), { id: 'nothing' }))).toBe('not_found')
})

test('the person has a mailbox, writes and answers as human, but never under an agent', () => {
  const { world, say } = createMail()
  const asked = say('one', 'human', 'may I?', { ack: true })
  expect(status.run(world.as(null), {}).needs).toContainEqual(expect.objectContaining({ kind: 'question' }))
  expect(inbox.run(world.as(null), { as: 'human' }).messages).toMatchObject([{ subject: 'may I?' }])
  expect(reply.run(world.as(null), { id: asked.id!, message: 'yes', as: 'human' }).message).toMatchObject({
    from: 'human',
    to: 'one',
  })
  expect(send.run(world.as(null), { to: 'two', subject: 'hi', as: 'human' }).message.from).toBe('human')
  expect(
    codeOf(() => send.run(world.as(null, { CLAUDECODE: '1' }), { to: 'two', subject: 'hi', as: 'human' })),
  ).toBe('invalid')
  expect(codeOf(() => send.run(world.as('one'), { to: 'two', subject: 'hi', as: 'two' }))).toBe('invalid')
})

test.each([
  [{ subject: ' ' }, 'subject'],
  [{ message: '' }, 'message'],
  [{ message: 'x'.repeat(65_537) }, 'message'],
  [{ priority: 'urgent' }, 'priority'],
  [{ details: '{' }, 'details'],
  [{ expires: 'soon' }, 'expires'],
])('what is wrong in a message is named and nothing is sent (%#)', (more, argument) => {
  const { world } = createMail()
  const given = { to: 'broadcast', subject: 'hello', ...more }
  expect(errorOf(() => send.run(world.as('one'), given))).toMatchObject({
    code: 'invalid',
    details: { argument },
  })
  expect(world.list('messages/broadcast')).toEqual([])
})

test('messages of the room can be searched in every text, and need no session', () => {
  const { world, say } = createMail()
  say('one', 'two', 'Roof', { message: 'slate' })
  say('two', 'broadcast', 'Walls', { details: '{"stone":"Granit"}' })
  const found = (search: string) =>
    messages.run(world.as(null), { search }).messages.map(({ subject }) => subject)
  expect([found('SLATE'), found('granit'), found('roof'), found('none')]).toEqual([
    ['Roof'],
    ['Walls'],
    ['Roof'],
    [],
  ])
  expect(messages.run(world.as(null), { limit: 1 })).toMatchObject({ messages: [{}], omitted: 1 })
})
