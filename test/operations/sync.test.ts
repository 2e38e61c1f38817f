import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { ack } from '../../src/operations/ack.ts'
import { claim } from '../../src/operations/claim.ts'
import { doctor } from '../../src/operations/doctor.ts'
import { end } from '../../src/operations/end.ts'
import { handoff } from '../../src/operations/handoff.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { inbox } from '../../src/operations/inbox.ts'
import { reply } from '../../src/operations/reply.ts'
import { send } from '../../src/operations/send.ts'
import { status } from '../../src/operations/status.ts'
import { machineOf } from '../../src/protocol/machines/names.ts'
import { git, untouched } from '../store/remote/remotes.ts'
import { createTeam, type Machine, publishedBy, stateRef } from './synced.ts'

const unread = (machine: Machine, session: string) => inbox.run(machine.as(session), {}).messages
const tell = (machine: Machine, session: string, to: string, subject: string, more = {}) =>
  send.run(machine.as(session), { to, subject, message: 'text', ...more })
const sessionsOf = (machine: Machine) => status.run(machine.as(null), {}).sessions

describe('A message to a session of another machine', () => {
  test('arrives once, however often rounds run, and its receipts come back', () => {
    const team = createTeam(2)
    const [a, b] = team.machines as [Machine, Machine]
    team.round()
    a.sync()
    const sent = tell(a, 's-a', 's-b', 'hello', { ack: true })
    expect(sent.recipient).toBe('other_machine')
    team.round()
    team.round()
    const got = unread(b, 's-b')
    expect(got.map(({ subject, from, machine }) => [subject, from, machine])).toEqual([
      ['hello', 's-a', a.id],
    ])
    expect(unread(b, 's-b')).toEqual([])
    ack.run(b.as('s-b'), { id: got[0]!.id! })
    b.sync()
    expect(a.sync().received.receipts).toBe(2)
    expect(a.sync().received.receipts).toBe(0)
    const lines = a.world
      .read('receipts/s-b.jsonl')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.map(({ state, machine }) => [state, machine])).toEqual([
      ['read', b.id],
      ['acked', b.id],
    ])
  })

  test('waits for a session that starts later, and for one whose machine was never heard of', () => {
    const [a, b] = createTeam(2).machines as [Machine, Machine]
    tell(a, 's-a', 'later', 'early', { 'to-unknown': true })
    a.sync()
    expect(b.sync().received.messages).toBe(0)
    b.world.start('later')
    expect(b.sync().received.messages).toBe(1)
    expect(b.sync().received.messages).toBe(0)
    expect(unread(b, 'later').map(({ subject }) => subject)).toEqual(['early'])
  })

  test('keeps its receipts under way when later mail comes', () => {
    const { bare, machines } = createTeam(2)
    const [a, b] = machines as [Machine, Machine]
    tell(a, 's-a', 's-b', 'first', { 'to-unknown': true })
    tell(a, 's-a', 'later', 'second', { 'to-unknown': true })
    a.sync()
    b.sync()
    unread(b, 's-b')
    b.world.start('later')
    expect(b.sync()).toMatchObject({ received: { messages: 1 }, sent: { receipts: 1 } })
    unread(b, 'later')
    b.sync()
    expect(publishedBy(bare, stateRef(b.id)).get('receipts.jsonl')!.split('\n')).toHaveLength(2)
  })

  test('stays at home where it is for a session of the same machine', () => {
    const { bare, machines } = createTeam(1)
    const [a] = machines as [Machine]
    a.world.start('s-z')
    tell(a, 's-a', 's-z', 'private')
    a.sync()
    expect([...publishedBy(bare, stateRef(a.id)).values()].join('')).not.toContain('private')
  })

  test('comes to who is meant where two machines have one id', () => {
    const team = createTeam(3)
    const [a, b, c] = team.machines as [Machine, Machine, Machine]
    a.world.start('main')
    b.world.start('main')
    team.round()
    team.round()
    const names = sessionsOf(c)
      .map(({ session_id }) => session_id)
      .sort()
    expect(names).toEqual([`main.${a.id}`, `main.${b.id}`, 's-a', 's-b', 's-c'])
    tell(c, 's-c', `main.${b.id}`, 'for b')
    team.round()
    team.round()
    expect(unread(a, 'main')).toEqual([])
    const [got] = unread(b, 'main')
    expect(got?.subject).toBe('for b')
    reply.run(b.as('main'), { id: got!.id!, message: 'thanks' })
    team.round()
    team.round()
    expect(unread(c, 's-c').map(({ from, subject }) => [from, subject])).toEqual([
      [`main.${b.id}`, 'Re: for b'],
    ])
  })
})

describe('A broadcast', () => {
  test('comes to every machine once, and goes back to none', () => {
    const team = createTeam(3)
    tell(team.machines[0]!, 's-a', 'broadcast', 'all hear')
    for (let turn = 0; turn < 3; turn++) team.round()
    const [a, b, c] = team.machines as [Machine, Machine, Machine]
    expect([b, c].map((machine) => machine.world.list('messages/broadcast').length)).toEqual([1, 1])
    expect(a.world.list('messages/broadcast')).toHaveLength(1)
    expect(unread(b, 's-b').map(({ subject }) => subject)).toEqual(['all hear'])
    expect(unread(c, 's-c').map(({ subject }) => subject)).toEqual(['all hear'])
    expect(unread(a, 's-a')).toEqual([])
  })

  test('from somebody who claims another machine’s name is told as who it is', () => {
    const team = createTeam(2)
    const [a, b] = team.machines as [Machine, Machine]
    b.world.start('s-a')
    tell(b, 's-a', 'broadcast', 'not me')
    b.sync()
    a.sync()
    a.world.start('s-y')
    expect(unread(a, 's-y').map(({ from }) => from)).toEqual([`s-a.${b.id}`])
  })
})

test('A question to the person may be answered at any machine, and who asked goes on', () => {
  const team = createTeam(2)
  const [a, b] = team.machines as [Machine, Machine]
  const { message } = tell(a, 's-a', 'human', 'which?', { ack: true })
  expect(a.world.json('sessions/s-a.json').state).toBe('waiting')
  team.round()
  expect(status.run(b.as(null), {}).needs.map(({ kind }) => kind)).toContain('question')
  reply.run(b.as('s-b'), { id: message.id!, message: 'the left one', as: 'human' })
  team.round()
  a.sync()
  expect(a.world.json('sessions/s-a.json').state).toBe('idle')
  expect(unread(a, 's-a').map(({ from }) => from)).toEqual([`human.${b.id}`])
})

describe('What other machines do', () => {
  test('is shown by readers with the machine, and is on the board', () => {
    const team = createTeam(2)
    const [a, b] = team.machines as [Machine, Machine]
    heartbeat.run(a.as('s-a'), { action: 'building', target: 'church', phase: 'BUILD' })
    team.round()
    const far = sessionsOf(b).find(({ session_id }) => session_id === 's-a')!
    expect([machineOf(far), far.state, far.liveness.level]).toEqual([a.id, 'working', 'fresh'])
    heartbeat.run(b.as('s-b'), { action: 'testing' })
    const board = b.world.read('STATUS_BOARD.md')
    expect(board).toContain('### s-a')
    expect(board).toContain(`**Machine:** ${a.id}`)
    expect(b.world.list('sessions')).toEqual(['s-b.json'])
  })

  test('ages: a machine that goes away is gone like its sessions, and forgotten after a day', () => {
    const team = createTeam(2)
    const [a, b] = team.machines as [Machine, Machine]
    team.round()
    team.advance(31 * 60_000)
    expect(b.sync().machines).toMatchObject([{ machine: a.id, state: 'same' }])
    expect(sessionsOf(b).find(({ session_id }) => session_id === 's-a')!.liveness.level).toBe('gone')
    team.advance(24 * 3_600_000)
    expect(sessionsOf(b).map(({ session_id }) => session_id)).not.toContain('s-a')
  })

  test('is told for handoffs, and for the end of a session', () => {
    const team = createTeam(2)
    const [a, b] = team.machines as [Machine, Machine]
    claim.run(a.as('s-a'), { type: 'droplet', name: ['church'] })
    handoff.run(a.as('s-a'), { type: 'droplet', name: 'church', note: 'half done' })
    end.run(a.as('s-a'), {})
    a.sync()
    expect(b.sync().received.handoffs).toBeGreaterThan(0)
    const { handoffs } = handoff.run(b.as('s-b'), { list: true }) as {
      handoffs: { machine?: string; id: string }[]
    }
    expect(handoffs.some(({ machine }) => machine === a.id)).toBe(true)
    expect(sessionsOf(b).map(({ session_id }) => session_id)).toEqual(['s-b'])
  })

  test('is not shown any more by who goes without a remote', () => {
    const team = createTeam(2)
    const [a, b] = team.machines as [Machine, Machine]
    a.sync()
    b.sync()
    fs.rmSync(path.join(b.world.root, '.state/remote.json'))
    expect(sessionsOf(b).map(({ session_id }) => session_id)).toEqual(['s-b'])
  })
})

describe('A round that another process of the clone is at', () => {
  const lease = (machine: Machine) => path.join(machine.world.root, '.state/locks/sync')

  test('is waited for', () => {
    const [a] = createTeam(1).machines as [Machine]
    fs.mkdirSync(path.dirname(lease(a)), { recursive: true })
    fs.writeFileSync(lease(a), `${process.pid}`)
    spawn('sh', ['-c', 'sleep 0.3; rm "$0"', lease(a)], { stdio: 'ignore' })
    expect(a.sync().published).toBe(true)
    expect(fs.existsSync(lease(a))).toBe(false)
  })

  test('leaves nothing to do where the remote is gone once it is over', () => {
    const [a] = createTeam(1).machines as [Machine]
    fs.mkdirSync(path.dirname(lease(a)), { recursive: true })
    fs.writeFileSync(lease(a), `${process.pid}`)
    const setting = path.join(a.world.root, '.state/remote.json')
    spawn('sh', ['-c', 'sleep 0.3; rm "$1"; rm "$0"', lease(a), setting], { stdio: 'ignore' })
    expect(() => a.sync()).toThrow(expect.objectContaining({ code: 'conflict' }))
    expect(fs.existsSync(lease(a))).toBe(false)
  })

  test('is told as busy where it does not end', () => {
    const [a] = createTeam(1).machines as [Machine]
    fs.mkdirSync(path.dirname(lease(a)), { recursive: true })
    fs.writeFileSync(lease(a), `${process.pid}`)
    expect(() => a.sync()).toThrow(expect.objectContaining({ code: 'busy' }))
    expect(fs.readFileSync(lease(a), 'utf8')).toBe(`${process.pid}`)
  })
})

describe('A remote', () => {
  test('that is away is told as busy, and loses nothing: what was sent meanwhile comes when it is back', () => {
    const team = createTeam(2)
    const [a, b] = team.machines as [Machine, Machine]
    team.round()
    a.sync()
    fs.renameSync(team.bare, `${team.bare}.away`)
    tell(a, 's-a', 's-b', 'one')
    tell(b, 's-b', 's-a', 'two', { 'to-unknown': true })
    expect(() => a.sync()).toThrow(/does not answer/)
    expect(() => b.sync()).toThrow(expect.objectContaining({ code: 'busy' }))
    const { problems } = doctor.run(a.as(null), {})
    expect(problems.find(({ kind }) => kind === 'sync')?.detail).toMatch(
      /unreachable.*last round that worked/,
    )
    fs.renameSync(`${team.bare}.away`, team.bare)
    team.round()
    a.sync()
    expect(unread(b, 's-b').map(({ subject }) => subject)).toEqual(['one'])
    expect(unread(a, 's-a').map(({ subject }) => subject)).toEqual(['two'])
    expect(doctor.run(a.as(null), {}).problems.filter(({ kind }) => kind === 'sync')).toEqual([])
  })

  test('that was set back is told: of others what is known stays, one’s own is published anew', () => {
    const team = createTeam(2)
    const [a, b] = team.machines as [Machine, Machine]
    a.sync()
    const old = publishedHead(team.bare, a.id)
    tell(a, 's-a', 'broadcast', 'newer')
    team.advance(1000)
    a.sync()
    b.sync()
    setHead(team.bare, a.id, old)
    expect(b.sync().machines).toMatchObject([{ state: 'older' }])
    expect(b.world.list('messages/broadcast')).toHaveLength(1)
    expect(a.sync().notes.join()).toMatch(/older state of ours/)
    expect(a.sync().notes).toEqual([])
    expect(b.sync().machines).toMatchObject([{ state: 'changed' }])
  })

  test('that lost everything gets everything again', () => {
    const team = createTeam(2)
    const [a, b] = team.machines as [Machine, Machine]
    team.round()
    a.sync()
    for (const id of [a.id, b.id]) setHead(team.bare, id, null)
    expect(a.sync()).toMatchObject({ published: true, machines: [{ machine: b.id, state: 'absent' }] })
    expect(
      sessionsOf(a)
        .map(({ session_id }) => session_id)
        .sort(),
    ).toEqual(['s-a', 's-b'])
    expect(b.sync().notes.join()).toMatch(/not at the remote any more/)
    expect(a.sync().machines).toMatchObject([{ machine: b.id, state: 'changed' }])
  })

  test('at which a copy of this clone publishes under the same name is told of', () => {
    const team = createTeam(1)
    const [a] = team.machines as [Machine]
    a.sync()
    const copy = createTeam(1)
    tell(copy.machines[0]!, 's-a', 'broadcast', 'from the copy')
    copy.machines[0]!.sync()
    const stranger = publishedHead(copy.bare, a.id)
    fetchInto(team.bare, copy.bare, a.id)
    expect(publishedHead(team.bare, a.id)).toBe(stranger)
    team.advance(1000)
    expect(a.sync().notes.join()).toMatch(/copy of another one/)
  })

  test('that wants branches gets them, without a tracking branch in the clone', () => {
    const team = createTeam(2, 'refs/heads/coord')
    const [a, b] = team.machines as [Machine, Machine]
    const before = untouched(a.dir)
    tell(a, 's-a', 'broadcast', 'by branch')
    a.sync()
    expect(b.sync().received.messages).toBe(1)
    expect(untouched(a.dir)).toEqual(before)
  })
})

test.each([[], ['--object-format=sha256']])(
  'Nothing in the clone changes: branch, index, files, refs, objects (%s)',
  (...format) => {
    const team = createTeam(2, 'refs/coord', format.filter(Boolean))
    const [a, b] = team.machines as [Machine, Machine]
    const objects = (dir: string) =>
      fs.readdirSync(path.join(dir, '.git/objects'), { recursive: true }).sort()
    const look = (dir: string) => [untouched(dir), objects(dir)]
    const before = [a, b].map(({ dir }) => look(dir))
    tell(a, 's-a', 'broadcast', 'x')
    team.round()
    team.round()
    expect(unread(b, 's-b').map(({ subject }) => subject)).toEqual(['x'])
    expect([a, b].map(({ dir }) => look(dir))).toEqual(before)
  },
)

test('Many publications leave the remote as small as one after gc, and the objects of the clone few', () => {
  const { bare, machines, advance } = createTeam(1)
  const [a] = machines as [Machine]
  for (let at = 0; at < 30; at++) {
    heartbeat.run(a.as('s-a'), { action: 'building', target: `target-${at}` })
    advance(20_000)
    expect(a.sync().published).toBe(true)
  }
  git(bare, 'gc', '-q', '--prune=now')
  const count = git(bare, 'count-objects', '-v')
  expect(count).toMatch(/^count: 0$/m)
  expect(Number(/in-pack: (\d+)/.exec(count)![1])).toBeLessThan(12)
})

test('In a room that git tracks mail arrives where no git status sees it', () => {
  const team = createTeam(2)
  const [a, b] = team.machines as [Machine, Machine]
  const config = b.world.json('config.json') as { git: object }
  b.world.write('config.json', JSON.stringify({ ...config, git: { ...config.git, track: true } }))
  tell(a, 's-a', 'broadcast', 'x')
  a.sync()
  expect(b.sync().received.messages).toBe(1)
  expect(b.world.list('messages/broadcast')).toEqual([])
  expect(unread(b, 's-b').map(({ subject }) => subject)).toEqual(['x'])
  expect(b.sync().received.messages).toBe(0)
})

test('Neither host nor places are published, unless the config says so', () => {
  const { bare, machines } = createTeam(1)
  const [a] = machines as [Machine]
  heartbeat.run(a.as('s-a'), {
    action: 'building',
    target: `${a.dir}/src/x.ts`,
    files: [`${a.dir}/y.ts`, '/etc/z/q'],
  })
  a.sync()
  const texts = [...publishedBy(bare, stateRef(a.id)).values()].join('')
  expect(texts).toContain('src/x.ts')
  for (const secret of [os.hostname(), a.dir, path.dirname(a.dir), '/etc/z', '"pid"', '"boot_id"'])
    expect(texts).not.toContain(secret)
  const config = a.world.json('config.json') as { git: object }
  a.world.write('config.json', JSON.stringify({ ...config, git: { ...config.git, publishHost: true } }))
  a.sync()
  expect([...publishedBy(bare, stateRef(a.id)).values()].join('')).toContain(a.dir)
})

function publishedHead(bare: string, id: string): string {
  const { execFileSync } = process.getBuiltinModule('node:child_process')
  return execFileSync('git', ['rev-parse', stateRef(id)], { cwd: bare, encoding: 'utf8' }).trim()
}

function setHead(bare: string, id: string, oid: string | null): void {
  const { execFileSync } = process.getBuiltinModule('node:child_process')
  execFileSync('git', ['update-ref', ...(oid === null ? ['-d', stateRef(id)] : [stateRef(id), oid])], {
    cwd: bare,
  })
}

function fetchInto(bare: string, from: string, id: string): void {
  const { execFileSync } = process.getBuiltinModule('node:child_process')
  execFileSync('git', ['fetch', '-q', from, `+${stateRef(id)}:${stateRef(id)}`], { cwd: bare })
}
