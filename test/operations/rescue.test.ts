/** Rescuing a session: what is decided by evidence, what moves, and that a kill at any moment leaves it repeatable. */
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { claim } from '../../src/operations/claim.ts'
import { claims } from '../../src/operations/claims.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { inbox } from '../../src/operations/inbox.ts'
import { init } from '../../src/operations/init.ts'
import { messages } from '../../src/operations/messages.ts'
import { reply } from '../../src/operations/reply.ts'
import { rescue } from '../../src/operations/rescue.ts'
import { send } from '../../src/operations/send.ts'
import { status } from '../../src/operations/status.ts'
import { laidOut } from '../helpers/layouts.ts'
import { type World, worldIn } from '../helpers/world.ts'
import { codeOf, errorOf } from '../store/helpers.ts'
import { holders, killedAt } from './handings.ts'

type Given = Parameters<typeof rescue.run>[1]
type Any = Record<string, any>
const run = (world: World, by: string | null, given: Given) => rescue.run(world.as(by), given) as Any
const stateOf = (world: World, id: string, by: string | null = null) =>
  run(world, by, { session_id: id }).session.rescue.state

/** Session one with a claim that runs for four hours, one that ran out, and two unread messages; its process is no more, for forty minutes. */
function createOrphan(): World {
  const world = worldIn(
    laidOut('orphan', (dir) => layOutOrphan(worldIn(dir))),
    100,
  )
  world.advance(40 * 60_000)
  return world
}

function layOutOrphan(world: World): void {
  init.run(world.as(null), {})
  for (const id of ['one', 'two', 'three']) world.start(id)
  claim.run(world.as('one'), { type: 'droplet', name: ['church'] })
  claim.run(world.as('one'), { type: 'file', name: ['a.ts'], for: '5m', 'no-renew': true } as never)
  heartbeat.run(world.as('one'), { action: 'building', target: 'church' })
  send.run(world.as('three'), { to: 'one', subject: 'please', ack: true })
  send.run(world.as('two'), { to: 'one', subject: 'mine' })
  send.run(world.as('three'), { to: 'broadcast', subject: 'all' })
  bury(world, 'one')
}

/** As if the process of a session had ended: no process has the number 0x3fffffff. */
function bury(world: World, id: string): void {
  const file = `sessions/${id}.json`
  const session = world.json(file)
  world.write(file, `${JSON.stringify({ ...session, pid: 0x3fffffff, pid_started: '1' })}\n`)
}

const subjects = (world: World, id: string) =>
  inbox.run(world.as(id), { peek: true }).messages.map(({ subject }) => subject)
const handoffFiles = (world: World) => world.list('handoffs').filter((name) => name.endsWith('.md'))

describe('without an act', () => {
  test('every session is listed with its state and what speaks for it; who is over only with all', () => {
    const world = createOrphan()
    const list = (given: Given = {}) =>
      run(world, 'two', given).sessions.map((row: Any) => [row.session_id, row.rescue.state])
    expect(Object.fromEntries(list())).toEqual({ two: 'current', three: 'active', one: 'orphaned' })
    const row = run(world, null, { session_id: 'one' }).session
    expect(row.rescue).toMatchObject({ state: 'orphaned', claims: 2, unread: 2 })
    expect(row.rescue.evidence).toContain('its process 1073741823 is no more')
    run(world, 'two', { session_id: 'one', take: true })
    expect(list()).not.toContainEqual(['one', 'completed'])
    expect(list({ all: true })).toContainEqual(['one', 'completed'])
    expect(run(world, null, { limit: 1 })).toMatchObject({ omitted: 1 })
  })

  test('nothing is written, whatever is asked', () => {
    const world = createOrphan()
    const files = () => fs.readdirSync(world.root, { recursive: true, encoding: 'utf8' }).sort()
    const before = files()
    for (const given of [{}, { session_id: 'one' }, { session_id: 'one', export: true }]) {
      run(world, 'two', given)
      expect(rescue.looks!(given)).toBe(true)
    }
    expect(files()).toEqual(before)
    expect(rescue.looks!({ session_id: 'one', take: true })).toBe(false)
    expect(rescue.looks!({ session_id: 'one', abandon: true })).toBe(false)
  })

  test('the export has all of a session', () => {
    const world = createOrphan()
    const all = run(world, null, { session_id: 'one', export: true })
    expect(all.session).toMatchObject({ session_id: 'one', rescue: { state: 'orphaned' } })
    expect(all.claims).toHaveLength(2)
    expect(all.messages.map((message: Any) => message.subject)).toEqual(['please', 'mine'])
    expect(all.heartbeats).toMatchObject([{ session_id: 'one', action: 'building' }])
    expect(all.history.length).toBeGreaterThan(2)
    run(world, 'two', { session_id: 'one', take: true })
    const after = run(world, null, { session_id: 'one', export: true })
    expect(after.handoffs).toMatchObject([{ from: 'one', to: 'two' }])
    expect(after.receipts).toMatchObject([{ state: 'acked' }, { state: 'read', moved_to: 'two' }])
  })
})

describe('a session that comes back while it is rescued', () => {
  /** Who rescues, as a context whose first call for randomness, behind the look, lets the session give a sign. */
  function whileItWakes(world: World) {
    const ctx = world.as('two')
    let woken = false
    const random: typeof ctx.random = (length) => {
      if (!woken) {
        woken = true
        world.advance(1000)
        heartbeat.run(world.as('one'), { action: 'building' })
      }
      return ctx.random(length)
    }
    return { ...ctx, random }
  }

  test.each<[string, Given]>([
    ['taken over', { session_id: 'one', take: true }],
    ['given up', { session_id: 'one', abandon: true, reason: 'gone' }],
  ])('is not %s: its claims and its mail stay, and the refusal tells', (_what, given) => {
    const world = createOrphan()
    const before = holders(world)
    const error = errorOf(() => rescue.run(whileItWakes(world), given))
    expect(error).toMatchObject({ code: 'conflict' })
    expect(error.message).toContain('one gave a sign of life meanwhile')
    expect(holders(world)).toEqual(before)
    expect(world.json('sessions/one.json')).toMatchObject({ status: 'active' })
    expect(subjects(world, 'one')).toEqual(expect.arrayContaining(['please', 'mine']))
    expect(handoffFiles(world)).toEqual([])
  })

  test('is rescued all the same by who uses force', () => {
    const world = createOrphan()
    heartbeat.run(world.as('one'), { action: 'building' })
    const given = { session_id: 'one', take: true, force: true, reason: 'I know' }
    const { handoff } = rescue.run(whileItWakes(world), given) as Any
    expect(handoff.claims).toHaveLength(2)
  })
})

describe('take', () => {
  test('claims move with new tokens and their whole term, what ran out as well', () => {
    const world = createOrphan()
    const before = holders(world)
    const done = run(world, 'two', { session_id: 'one', take: true, reason: 'its terminal was closed' })
    expect(done.handoff.claims).toHaveLength(2)
    const held = claims.run(world.as('two'), {}).claims
    expect(held.map(({ claimed_by }) => claimed_by)).toEqual(['two', 'two'])
    expect(held.map(({ expires_in_ms }) => Math.round(expires_in_ms / 60_000)).sort((a, b) => a - b)).toEqual(
      [5, 240],
    )
    expect(holders(world)).not.toEqual(before)
    expect(heartbeat.run(world.as('two'), { action: 'building' })).not.toHaveProperty('lost')
    expect(codeOf(() => claim.run(world.as('three'), { type: 'droplet', name: ['church'] }))).toBe('held')
    expect(done.handoff).toMatchObject({ from: 'one', to: 'two', rescue: { by: 'two', state: 'orphaned' } })
    const file = world.read(done.handoff.path)
    for (const text of ['its terminal was closed', 'is no more', 'droplet/church'])
      expect(file).toContain(text)
    expect(file).not.toContain('1073741823')
  })

  test('unread mail is unread for the taker, once, and an answer reaches who asked', () => {
    const world = createOrphan()
    const done = run(world, 'two', { session_id: 'one', take: true })
    expect(done.message_ids).toHaveLength(1)
    expect(subjects(world, 'two')).toContain('please')
    expect(subjects(world, 'two')).not.toContain('mine')
    const please = inbox.run(world.as('two'), {}).messages.find(({ subject }) => subject === 'please')!
    expect(please).toMatchObject({ to: 'two', moved_from: 'one', from: 'three' })
    const asks = status.run(world.as('three'), {}).needs.filter(({ kind }) => kind === 'unanswered')
    expect(asks.map(({ text }) => text)).toEqual(['three (you) waits for an answer from two: "please"'])
    expect(world.read('STATUS_BOARD.md').match(/waits for an answer|ended without/g)).toHaveLength(1)
    reply.run(world.as('two'), { id: please.id!, message: 'fine' } as never)
    expect(subjects(world, 'three')).toContain('Re: please')
    run(world, 'two', { session_id: 'one', take: true })
    expect(subjects(world, 'two')).toEqual([])
  })

  test('what the taker itself asked is settled: nothing is left, and nobody waits for an answer', () => {
    const world = createOrphan()
    send.run(world.as('two'), { to: 'one', subject: 'still there?', ack: true })
    run(world, 'two', { session_id: 'one', take: true })
    expect(run(world, null, { session_id: 'one' }).session.rescue).toMatchObject({ claims: 0, unread: 0 })
    const needs = status.run(world.as('two'), {}).needs.map(({ text }) => text)
    expect(needs.filter((text) => text.includes('still there?'))).toEqual([])
  })

  test('another message of the same name in the mailbox of the taker keeps none away', () => {
    const world = createOrphan()
    const name = '2026-11-20_10-00-session-x'
    const message = (to: string, subject: string) =>
      JSON.stringify({ from: 'session-x', to, subject, timestamp: '2026-11-20T10:00:00Z' })
    world.write(`messages/direct/one/${name}.json`, message('one', 'for one'))
    world.write(`messages/direct/two/${name}.json`, message('two', 'for two'))
    run(world, 'two', { session_id: 'one', take: true })
    run(world, 'two', { session_id: 'one', take: true })
    const told = subjects(world, 'two').filter((subject) => subject!.startsWith('for '))
    expect(told.sort()).toEqual(['for one', 'for two'])
  })

  test('the old session is told, should it come back, and is active again with its next act', () => {
    const world = createOrphan()
    run(world, 'two', { session_id: 'one', take: true })
    expect(world.json('sessions/one.json')).toMatchObject({ status: 'abandoned' })
    expect(subjects(world, 'one')).toEqual(
      expect.arrayContaining(['two took over from you, and holds droplet/church, file/a.ts']),
    )
    const beat = () => heartbeat.run(world.as('one'), { action: 'building' })
    const lost = beat()
      .lost!.map(({ resource_name, holder }) => [resource_name, holder])
      .sort()
    expect(lost).toEqual([
      ['a.ts', 'two'],
      ['church', 'two'],
    ])
    expect(beat().lost).toBeUndefined()
    expect(world.json('sessions/one.json')).toMatchObject({ status: 'active' })
    expect(stateOf(world, 'one')).toBe('active')
    expect(holders(world).every((each) => each.includes(' two '))).toBe(true)
  })

  test('said again it changes nothing and says so; another comes too late', () => {
    const world = createOrphan()
    const first = run(world, 'two', { session_id: 'one', take: true })
    const [held, files, told] = [
      holders(world),
      handoffFiles(world),
      messages.run(world.as(null), {}).messages.length,
    ]
    const again = run(world, 'two', { session_id: 'one', take: true })
    expect(again).toMatchObject({ already: true, handoff: { id: first.handoff.id } })
    expect([holders(world), handoffFiles(world), messages.run(world.as(null), {}).messages.length]).toEqual([
      held,
      files,
      told,
    ])
    expect(codeOf(() => run(world, 'three', { session_id: 'one', take: true }))).toBe('conflict')
  })

  test('one that may be at work, or is over, is refused, unless forced with a reason', () => {
    const world = createOrphan()
    const refusal = errorOf(() => run(world, 'two', { session_id: 'three', take: true }))
    expect(refusal.code).toBe('conflict')
    expect(refusal.message).toContain('may be at work')
    expect(refusal.hint).toContain('--force --reason')
    expect(refusal.details.rescue).toMatchObject({ state: 'active' })
    claim.run(world.as('three'), { type: 'task', name: ['x'] })
    const done = run(world, 'two', {
      session_id: 'three',
      take: true,
      force: true,
      reason: 'its person says so',
    })
    expect(done.handoff.claims).toMatchObject([{ resource_name: 'x' }])
    expect(errorOf(() => run(world, 'one', { session_id: 'three', take: true })).message).toContain('is over')
  })

  test.each<[Given, string]>([
    [{ take: true }, 'session_id'],
    [{ session_id: 'one', take: true, abandon: true, reason: 'x' }, 'abandon'],
    [{ session_id: 'one', take: true, force: true }, 'reason'],
    [{ session_id: 'one', abandon: true }, 'reason'],
    [{ session_id: 'one', force: true, reason: 'x' }, 'force'],
    [{ session_id: 'one', reason: 'x' }, 'reason'],
    [{ session_id: 'one', all: true }, 'all'],
    [{ session_id: 'one', limit: 2 }, 'limit'],
    [{ session_id: 'one', take: true, as: 'human' }, 'as'],
    [{ session_id: 'two', take: true }, 'session_id'],
  ])('%j names the argument %s', (given, argument) => {
    const refusal = errorOf(() => run(createOrphan(), 'two', given))
    expect(refusal.code).toBe('invalid')
    expect(refusal.details.argument).toBe(argument)
  })

  test('who is nowhere to be found is told with the nearest', () => {
    const refusal = errorOf(() => run(createOrphan(), 'two', { session_id: 'onee', take: true }))
    expect([refusal.code, refusal.hint]).toEqual(['not_found', 'Did you mean one?'])
  })
})

/** What a rescue has to lead to, however often it was cut off. */
function expectWhole(world: World): void {
  expect(holders(world).map((each) => each.split(' ').slice(0, 2).join(' '))).toEqual([
    'a.ts two',
    'church two',
  ])
  expect(world.json('sessions/one.json').status).toBe('abandoned')
  const mail = messages.run(world.as(null), { limit: 500 }).messages
  expect(mail.filter(({ subject, to }) => subject === 'please' && to === 'two')).toHaveLength(1)
  expect(mail.filter(({ type }) => type === 'session_rescued').length).toBeGreaterThan(0)
  expect(subjects(world, 'two').filter((subject) => subject === 'please')).toHaveLength(1)
  const told = handoffFiles(world)
    .map((name) => world.read(`handoffs/${name}`))
    .join('')
  for (const name of ['droplet/church', 'file/a.ts']) expect(told).toContain(`**${name}**`)
  const begun = path.join(world.root, '.state/handing')
  expect(fs.readdirSync(begun).filter((name) => !name.startsWith('.tmp-'))).toEqual([])
}

test('killed at any change to a file, it is whole when it is said again', () => {
  let rounds = 0
  for (let n = 1; n < 200; n++) {
    const world = createOrphan()
    const died = killedAt(n, () => run(world, 'two', { session_id: 'one', take: true }))
    if (!died) break
    rounds++
    fs.rmSync(path.join(world.root, '.state/locks'), { recursive: true, force: true })
    run(world, 'two', { session_id: 'one', take: true })
    expectWhole(world)
  }
  expect(rounds).toBeGreaterThan(20)
})

describe('abandon', () => {
  const given = { session_id: 'one', abandon: true, reason: 'no longer needed' }

  test('frees the claims with a handoff for the next claimer, and tells all once', () => {
    const world = createOrphan()
    const done = run(world, 'two', given)
    expect(done.session).toMatchObject({ session_id: 'one', status: 'abandoned' })
    expect(holders(world)).toEqual([])
    const next = claim.run(world.as('three'), { type: 'droplet', name: ['church'] }) as Any
    expect(next.handoff).toMatchObject({ from: 'one', id: done.handoff.id })
    run(world, 'two', given)
    const told = messages.run(world.as(null), {}).messages.filter(({ type }) => type === 'session_abandoned')
    expect(told.map(({ subject }) => subject)).toEqual([
      'one was given up: no longer needed; free: droplet/church, file/a.ts',
    ])
    expect(holders(world)).toHaveLength(1)
  })

  test('its next heartbeat tells the session, should it come back', () => {
    const world = createOrphan()
    run(world, 'two', given)
    claim.run(world.as('three'), { type: 'file', name: ['a.ts'] })
    const lost = heartbeat.run(world.as('one'), { action: 'building' }).lost!
    expect(lost.map(({ resource_name, holder }) => [resource_name, holder]).sort()).toEqual([
      ['a.ts', 'three'],
      ['church', null],
    ])
  })

  test('the person may, without a session', () => {
    const world = createOrphan()
    expect(run(world, null, { ...given, as: 'human' }).session.status).toBe('abandoned')
  })

  test('killed at any change to a file, it is whole when it is said again', () => {
    let rounds = 0
    for (let n = 1; n < 200; n++) {
      const world = createOrphan()
      if (!killedAt(n, () => run(world, 'two', given))) break
      rounds++
      fs.rmSync(path.join(world.root, '.state/locks'), { recursive: true, force: true })
      if (world.json('sessions/one.json').status === 'active') run(world, 'two', given)
      expect(holders(world)).toEqual([])
      expect(handoffFiles(world)).toHaveLength(1)
    }
    expect(rounds).toBeGreaterThan(15)
  })
})
