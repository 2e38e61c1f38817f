import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { claim } from '../../src/operations/claim.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { send } from '../../src/operations/send.ts'
import { status } from '../../src/operations/status.ts'
import { codeOf, fifo } from '../store/helpers.ts'
import { createBusy, READERS } from './busy.ts'

/** What can lie where a record should be. */
const SPOILS: Record<string, (file: string) => void> = {
  junk: (file) => fs.writeFileSync(file, Buffer.from([0, 255, 254, 1, 2, 3, 10, 123])),
  empty: (file) => fs.writeFileSync(file, ''),
  truncated: (file) => fs.writeFileSync(file, '{"session_id": "x", "started_'),
  conflict: (file) => fs.writeFileSync(file, '<<<<<<< HEAD\njunk\n=======\njunk\n>>>>>>> other\n'),
  list: (file) => fs.writeFileSync(file, '[[[[[[1]]]]]]'),
  deep: (file) => fs.writeFileSync(file, '{"a":'.repeat(10_000)),
  huge: (file) => fs.writeFileSync(file, Buffer.alloc(1)) ?? fs.truncateSync(file, 20 << 20),
  symlink: (file) => fs.symlinkSync('/etc/hostname', file),
  dangling: (file) => fs.symlinkSync('/nonexistent/x', file),
  directory: (file) => fs.mkdirSync(file),
  fifo,
}

/** Where records lie: those that status opens, and those that it knows by their names alone. */
const OPENED = [
  'sessions/NAME.json',
  'claims/droplet-NAME.claim',
  'messages/broadcast/2026-11-20_10-00-00-000-NAME.json',
  'messages/direct/one/2026-11-20_10-00-00-000-NAME.json',
  'receipts/NAME.jsonl',
]
const UNOPENED = ['status/NAME_status.json', 'heartbeats/2026-11-20_10-00-00-000-NAME.json']

test.each(Object.keys(SPOILS))(
  'with %s in place of every kind of file all readers work, status names it, and all writers work',
  (kind) => {
    const world = createBusy()
    const spoiled = OPENED.map((place) => place.replace('NAME', `x-${kind}`))
    const others = UNOPENED.map((place) => place.replace('NAME', `x-${kind}`))
    fs.mkdirSync(path.join(world.root, 'messages/direct/one'), { recursive: true })
    for (const file of [...spoiled, ...others]) SPOILS[kind]!(path.join(world.root, file))
    for (const [name, read] of Object.entries(READERS)) expect(read(world), name).toBeTypeOf('object')
    const { problems } = status.run(world.as('one'), {})
    const named = problems.map(({ path }) => path)
    const empty = kind === 'empty' ? ['receipts/x-empty.jsonl'] : []
    for (const file of spoiled.filter((file) => !empty.includes(file))) expect(named).toContain(file)
    expect(new Set(named).size).toBe(named.length)
    heartbeat.run(world.as('one'), { action: 'building' })
    claim.run(world.as('one'), { type: 'droplet', name: ['new'] })
    send.run(world.as('one'), { to: 'broadcast', subject: 'still here' })
    expect(world.read('STATUS_BOARD.md')).toContain('still here')
  },
)

test.each(Object.keys(SPOILS))(
  'with %s in place of the derived and machine files everything works',
  (kind) => {
    const world = createBusy()
    const files = ['.current_session', '.state/board-dirty', '.state/recent.jsonl', '.state/signs.json']
    for (const file of [
      ...files,
      '.state/refusals.jsonl',
      '.state/pruned',
      '.state/locks/board',
      '.state/held/one/droplet-x.claim',
    ]) {
      fs.rmSync(path.join(world.root, file), { force: true })
      SPOILS[kind]!(path.join(world.root, file))
    }
    for (const [name, read] of Object.entries(READERS)) expect(read(world), name).toBeTypeOf('object')
    heartbeat.run(world.as('one'), { action: 'building' })
    expect(claim.run(world.as('one'), { type: 'droplet', name: ['new'] }).claim.claimed_by).toBe('one')
    expect(() => claim.run(world.as('two'), { type: 'droplet', name: ['new'] })).toThrow('held')
    expect(send.run(world.as('one'), { to: 'two', subject: 'still here' }).message.subject).toBe('still here')
  },
)

test('a damaged ledger hinders only acts on its own resource', () => {
  const world = createBusy()
  world.write('.state/ledger/droplet-tower/000000000001', 'junk')
  for (const [name, read] of Object.entries(READERS)) expect(read(world), name).toBeTypeOf('object')
  expect(status.run(world.as('two'), {}).problems).toContainEqual(
    expect.objectContaining({ kind: 'damaged' }),
  )
  const ctx = world.as('one')
  heartbeat.run(ctx, { action: 'building' })
  expect(ctx.warnings.join()).toContain('droplet-tower')
  expect(codeOf(() => claim.run(world.as('two'), { type: 'droplet', name: ['tower'] }))).toBe('damaged')
  expect(claim.run(world.as('two'), { type: 'droplet', name: ['new'] }).claim.claimed_by).toBe('two')
})

test.each(['sessions', 'heartbeats', 'claims', 'messages', 'receipts', 'status', '.state'])(
  'with a file in place of the directory %s readers work and writers are refused clearly or work',
  (directory) => {
    const world = createBusy()
    fs.rmSync(path.join(world.root, directory), { recursive: true, force: true })
    world.write(directory, 'a file')
    for (const name of ['sessions', 'messages', 'board --print']) {
      expect(READERS[name]!(world)).toBeTypeOf('object')
    }
    const writers = [
      () => heartbeat.run(world.as('one'), { action: 'x' }),
      () => claim.run(world.as('one'), { type: 'droplet', name: ['new'] }),
      () => send.run(world.as('one'), { to: 'broadcast', subject: 'x' }),
    ]
    for (const write of writers)
      expect(['done', 'unwritable', 'no_session', 'damaged']).toContain(outcome(write))
    expect(world.read(directory)).toBe('a file')
  },
)

function outcome(write: () => unknown): string {
  try {
    write()
    return 'done'
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}
