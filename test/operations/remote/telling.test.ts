/** What is told afterwards of claims that the remote settled: who had what, on which machine, and how it ended. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { claims } from '../../../src/operations/claims.ts'
import { doctor } from '../../../src/operations/doctor.ts'
import { handoff } from '../../../src/operations/handoff.ts'
import { renew } from '../../../src/operations/renew.ts'
import { reply } from '../../../src/operations/reply.ts'
import { request } from '../../../src/operations/request.ts'
import { send } from '../../../src/operations/send.ts'
import { sync } from '../../../src/operations/sync.ts'
import { codeOf, errorOf } from '../../store/helpers.ts'
import { layOutRemote } from '../../store/remote/remotes.ts'
import { type Room, twoRooms } from './clones.ts'

const dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'coord-')))
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }))
const { remote, a, b, advance } = twoRooms(layOutRemote(dir))
const machine = ({ world }: Room) => world.json('.state/remote.json').machine
const [A, B] = [machine(a), machine(b)]
const droplet = (name: string) => ({ type: 'droplet', name })
const past = (room: Room, name: string) => claims.run(room.as(null), { resource: `droplet/${name}` }).past
const last = (room: Room, id: string, type: string) =>
  room
    .mail(id)
    .filter((each) => each.type === type)
    .at(-1)
const bothSync = () => {
  sync.run(a.as('one'), {})
  sync.run(b.as('three'), {})
}

test('what another machine held, renewed and gave back was released, on that machine', () => {
  a.take('one', 'church')
  b.remote('settle')
  renew.run(a.as('one'), { ...droplet('church'), for: '9h' })
  b.remote('settle')
  a.give('one', 'church')
  b.take('three', 'church')
  a.remote('settle')
  expect(past(b, 'church')).toMatchObject([{ claimed_by: 'one', machine: A, ended: 'released', by: null }])
  b.give('three', 'church')
  a.remote('settle')
  expect(past(a, 'church')).toHaveLength(2)
  const [theirs, own] = past(a, 'church')!
  expect(own).toEqual(expect.not.objectContaining({ machine: expect.anything() }))
  expect([own!.ended, theirs!.claimed_by, theirs!.machine, theirs!.ended]).toEqual([
    ...['released', 'three', B, 'released'],
  ])
})

test('what was handed on at another machine went from one to the other, and is no takeover', () => {
  a.take('one', 'tower')
  b.remote('settle')
  handoff.run(a.as('one'), { ...droplet('tower'), to: 'two', note: 'go on' })
  b.remote('settle')
  expect(past(b, 'tower')).toMatchObject([
    { claimed_by: 'one', machine: A, ended: 'handed_over', by: 'two', by_machine: A },
  ])
})

test('what moved more than once since it was read is told as gone, with who has it now', () => {
  a.take('one', 'crypt')
  b.remote('settle')
  a.give('one', 'crypt')
  a.take('two', 'crypt')
  b.remote('settle')
  expect(past(b, 'crypt')).toMatchObject([{ claimed_by: 'one', machine: A, ended: 'gone', by: 'two' }])
})

test('who was forced away from another machine hears by whom and why, from coord, in mail, refusal and history', () => {
  b.take('three', 'nave')
  codeOf(() => a.take('two', 'nave'))
  a.give('two', 'nave', { force: true, reason: 'the build waits' })
  const error = errorOf(() => renew.run(b.as('three'), { ...droplet('nave'), for: '9h' }))
  const told = `by two @${A}: the build waits`
  expect([error.code, error.message]).toEqual(['lost', expect.stringContaining(told)])
  b.take('three', 'choir')
  codeOf(() => a.take('two', 'choir'))
  a.give('two', 'choir', { force: true, reason: 'the build waits' })
  expect(errorOf(() => b.take('three', 'choir')).message).toContain(told)
  b.take('three', 'aisle')
  codeOf(() => a.take('two', 'aisle'))
  a.give('two', 'aisle', { force: true, reason: 'the build waits' })
  a.take('two', 'aisle')
  a.give('two', 'aisle')
  expect(b.remote('settle').settled!.lost).toMatchObject([{ detail: expect.stringContaining(told) }])
  expect(last(b, 'three', 'claim_lost')).toMatchObject({
    from: 'coord',
    subject: `droplet/aisle was released by force ${told}: stop, and claim it again`,
    details: { how: 'force', by: 'two', by_machine: A, reason: 'the build waits' },
  })
  for (const name of ['nave', 'aisle'])
    expect(past(b, name)).toMatchObject([
      { claimed_by: 'three', ended: 'forced', by: 'two', by_machine: A, reason: 'the build waits' },
    ])
})

test('of two provisional claims one was not taken, which is told by coord and not as a takeover; nobody answers coord', () => {
  fs.renameSync(remote.bare, `${remote.bare}.away`)
  a.take('one', 'apse')
  b.take('three', 'apse')
  fs.renameSync(`${remote.bare}.away`, remote.bare)
  advance(60_000)
  b.remote('settle')
  a.remote('settle')
  expect(past(a, 'apse')).toMatchObject([
    { claimed_by: 'one', ended: 'not_taken', by: 'three', by_machine: B },
  ])
  expect(past(b, 'apse')).toEqual([])
  const mail = last(a, 'one', 'claim_lost')!
  expect(mail).toMatchObject({
    from: 'coord',
    subject: `droplet/apse is held by three @${B}: the remote took that claim before it was offered this one: stop, and ask for it`,
  })
  expect(last(b, 'three', 'claim_taken')).toMatchObject({ from: 'coord' })
  expect(codeOf(() => reply.run(a.as('one'), { id: mail.id, message: 'why?' }))).toBe('invalid')
})

test('neither a claim that was refused nor a force that the remote did not hear of is a holding, or ended one', () => {
  a.take('one', 'porch')
  expect(codeOf(() => b.take('three', 'porch'))).toBe('held')
  expect(codeOf(() => b.give('three', 'porch'))).toBe('not_owner')
  fs.renameSync(remote.bare, `${remote.bare}.away`)
  expect(codeOf(() => b.give('three', 'porch', { force: true, reason: 'gone' }))).toBe('busy')
  fs.renameSync(`${remote.bare}.away`, remote.bare)
  advance(60_000)
  expect(past(b, 'porch')).toEqual([])
})

test('mail to a holder of whom nothing was read yet, and to one that was silent for days, is not of nobody', () => {
  a.take('two', 'vault')
  b.remote('settle')
  request.run(b.as('three'), { ...droplet('vault'), reason: 'please' })
  expect(doctor.run(b.as(null), {}).problems).toEqual([])
  bothSync()
  b.world.advance(48 * 3_600_000)
  expect(doctor.run(b.as(null), {}).problems.filter(({ kind }) => kind === 'mailbox')).toEqual([])
  b.world.advance(-48 * 3_600_000)
})

test('doctor finds nothing in rooms with sessions, claims and mail of others, and mends nothing there', () => {
  bothSync()
  bothSync()
  send.run(a.as('one'), { to: 'three', subject: 'hello' })
  send.run(b.as('three'), { to: 'two', subject: 'hello', ack: true })
  send.run(b.as('three'), { to: 'human', subject: 'which one?', ack: true })
  bothSync()
  bothSync()
  expect(b.held()).toContain('porch one')
  for (const room of [a, b]) {
    expect(doctor.run(room.as(null), {}).problems).toEqual([])
    expect(doctor.run(room.as(null), { fix: true })).toMatchObject({ problems: [], fixed: [] })
  }
  expect(fs.existsSync(`${b.world.root}/.state/held/one`)).toBe(false)
})
