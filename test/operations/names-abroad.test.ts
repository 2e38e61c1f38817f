/** One id used in several clones, and what becomes of it when one of them leaves. */
import fs from 'node:fs'
import { beforeEach, describe, expect, test } from 'vitest'
import { ack } from '../../src/operations/ack.ts'
import { claim } from '../../src/operations/claim.ts'
import { claims } from '../../src/operations/claims.ts'
import { doctor } from '../../src/operations/doctor.ts'
import { end } from '../../src/operations/end.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { inbox } from '../../src/operations/inbox.ts'
import { remote } from '../../src/operations/remote.ts'
import { reply } from '../../src/operations/reply.ts'
import { request } from '../../src/operations/request.ts'
import { rollcall } from '../../src/operations/rollcall.ts'
import { send } from '../../src/operations/send.ts'
import { sessions } from '../../src/operations/sessions.ts'
import { status } from '../../src/operations/status.ts'
import { sync } from '../../src/operations/sync.ts'
import { machineOf } from '../../src/protocol/machines/names.ts'
import { worldIn } from '../helpers/world.ts'
import { ENV } from '../store/remote/remotes.ts'
import { createTeam, type Machine, type Team } from './synced.ts'

let team: Team
/** Bob's clone, one where `ann` was, and one where she is. */
let bob: Machine
let old: Machine
let ann: Machine

const DROPLET = { type: 'droplet', name: ['r2'] }
const act = (at: Machine, by: string, given: Parameters<typeof request.run>[1]) =>
  request.run(at.as(by), given) as Record<string, any>
const unread = (at: Machine, by: string) => inbox.run(at.as(by), { peek: true }).messages
const needs = () => status.run(bob.as('s-a'), {}).needs.map(({ kind, text }) => `${kind}: ${text}`)

function meet() {
  team.round()
  team.round()
}

beforeEach(() => {
  team = createTeam(3)
  ;[bob, old, ann] = team.machines as [Machine, Machine, Machine]
})

/** `ann` was at one machine, which leaves, and is at another: both at once, or one after the other. */
const WAYS: [string, () => void][] = [
  [
    'in two clones at once',
    () => {
      for (const each of [old, ann]) each.world.start('ann', { name: 'anna' })
      meet()
      end.run(old.as('ann'), {})
      remote.run(old.as(null), { action: 'off' })
      for (const each of [bob, ann]) each.sync()
    },
  ],
  [
    'in one clone, then in another',
    () => {
      old.world.start('ann', { name: 'anna' })
      meet()
      end.run(old.as('ann'), {})
      remote.run(old.as(null), { action: 'off' })
      ann.world.start('ann', { name: 'anna' })
      for (const each of [ann, bob, ann]) each.sync()
    },
  ],
]

describe.each(WAYS)('A session whose id was used %s', (_, use) => {
  beforeEach(use)

  test('has its id, asks for a claim and gets it, and is heard when it acknowledges and replies', () => {
    const seen = status.run(bob.as(null), {}).sessions.filter((each) => machineOf(each) === ann.id)
    expect(seen.map(({ session_id }) => session_id).sort()).toEqual(['ann', 's-c'])
    claim.run(bob.as('s-a'), DROPLET)
    const { message } = send.run(bob.as('s-a'), { to: 'anna', subject: 'Q', ack: true })
    const called = rollcall.run(bob.as('s-a'), { text: 'there?' }).message
    for (const each of [bob, ann]) each.sync()
    expect(needs().join()).toContain('waits for an answer from anna')
    const { id } = act(ann, 'ann', { type: 'droplet', name: 'r2', reason: 'a fix' }).message
    for (const each of [message, called]) ack.run(ann.as('ann'), { id: each.id! })
    reply.run(ann.as('ann'), { id: message.id!, message: 'yes' })
    for (const each of [ann, bob]) each.sync()
    const mail = unread(bob, 's-a').filter(({ from }) => from !== 's-b')
    expect(mail.map(({ type, from }) => [type, from])).toEqual(
      expect.arrayContaining([
        ['release_request', 'ann'],
        ['reply', 'ann'],
      ]),
    )
    expect(needs().join()).toMatch(/requested: anna @[a-z2-7]{8} asks s-a/)
    expect(needs().join()).not.toContain('waits for an answer from anna')
    const { answers } = rollcall.run(bob.as('s-a'), { show: called.id! })
    expect(answers.filter(({ session_id }) => session_id.startsWith('ann'))).toMatchObject([
      { session_id: 'ann', answer: 'answered' },
    ])
    const { id: said } = mail.find(({ type }) => type === 'reply')!
    expect(reply.run(bob.as('s-a'), { id: said!, message: 'good' }).recipient).toBe('other_machine')
    expect(act(bob, 's-a', { grant: id })).toMatchObject({ kept_for: { machine: ann.id, session: 'ann' } })
    for (const each of [bob, ann]) each.sync()
    expect(claim.run(ann.as('ann'), DROPLET).claim.claimed_by).toBe('ann')
    for (const each of [ann, bob]) each.sync()
    expect(claims.run(bob.as(null), {}).claims).toMatchObject([{ holder_machine: ann.id }])
    expect(doctor.run(bob.as(null), {}).problems).toEqual([])
  })
})

test('What is said under one name of a session counts when it has another by then', () => {
  for (const each of [old, ann]) each.world.start('ann', { name: 'anna' })
  claim.run(bob.as('s-a'), DROPLET)
  meet()
  const marked = `ann.${ann.id}`
  const { message } = send.run(bob.as('s-a'), { to: marked, subject: 'Q', ack: true })
  const called = rollcall.run(bob.as('s-a'), { text: 'there?' }).message
  const { id } = act(ann, 'ann', { type: 'droplet', name: 'r2', reason: 'a fix' }).message
  meet()
  remote.run(old.as(null), { action: 'off' })
  for (const each of [message, called]) ack.run(ann.as('ann'), { id: each.id! })
  for (const each of [ann, bob]) each.sync()
  expect(rollcall.run(bob.as('s-a'), { show: called.id! }).answers).toContainEqual(
    expect.objectContaining({ session_id: marked, answer: 'answered' }),
  )
  expect(needs().join()).not.toContain('waits for an answer')
  expect(send.run(bob.as('s-a'), { to: marked, subject: 'again' })).toMatchObject({
    message: { to: 'ann' },
    recipient: 'other_machine',
  })
  expect(act(bob, 's-a', { grant: id })).toMatchObject({ kept_for: { machine: ann.id, session: 'ann' } })
})

test('The sessions of a machine that left are over at once, and as they are when it comes back', () => {
  meet()
  const seen = () =>
    sessions.run(bob.as(null), { all: true }).sessions.find(({ session_id }) => session_id === 's-b')
      ?.liveness.level
  expect(seen()).toBe('fresh')
  remote.run(old.as(null), { action: 'off' })
  expect(bob.sync().machines).toContainEqual(expect.objectContaining({ machine: old.id, state: 'absent' }))
  expect(seen()).toBe('ended')
  remote.run(old.as(null), { action: 'setup' })
  old.sync()
  bob.sync()
  expect(seen()).toBe('fresh')
})

test('A machine that left is forgotten where all its sessions had ended', () => {
  meet()
  end.run(old.as('s-b'), {})
  old.sync()
  bob.sync()
  remote.run(old.as(null), { action: 'off' })
  expect(bob.sync().machines.map(({ machine }) => machine)).toEqual([ann.id])
  expect(bob.world.list('.state/foreign')).toEqual([ann.id])
})

test('What a copied clone finds in its room is its original’s: the copy publishes what is done in it', () => {
  send.run(old.as('s-b'), { to: 'broadcast', subject: 'before' })
  old.sync()
  const copy = worldIn(`${old.dir}2`, 7000)
  fs.cpSync(old.dir, copy.dir, { recursive: true })
  const at = (session: string | null) => copy.as(session, ENV)
  copy.advance(1000)
  remote.run(at(null), { action: 'setup' })
  const first = sync.run(at(null), {})
  expect([first.sessions, first.sent.messages]).toEqual([0, 0])
  expect(first.machines.map(({ detail }) => detail)).toEqual([undefined])
  copy.advance(1000)
  heartbeat.run(at('s-b'), { action: 'testing' })
  send.run(at('s-b'), { to: 'broadcast', subject: 'after' })
  expect(sync.run(at(null), {})).toMatchObject({ sessions: 1, sent: { messages: 1 } })
})
