/** What a room may hold that was put there to do harm, or by a fault: no act reaches outside, no reader breaks, nothing is lost. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { claim } from '../../src/operations/claim.ts'
import { doctor } from '../../src/operations/doctor.ts'
import { gc } from '../../src/operations/gc.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { history } from '../../src/operations/history.ts'
import { inbox } from '../../src/operations/inbox.ts'
import { send } from '../../src/operations/send.ts'
import { sessions } from '../../src/operations/sessions.ts'
import { status } from '../../src/operations/status.ts'
import { createWorld } from '../helpers/world.ts'
import { codeOf } from '../store/helpers.ts'

const deep = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`

test('a session id that is a path is nobody, and is named', () => {
  const world = createWorld('one')
  fs.rmSync(path.join(world.root, '.state/processes'), { recursive: true })
  fs.rmSync(path.join(world.root, '.state/terminals'), { recursive: true, force: true })
  world.write('sessions/a.json', '{"session_id":"../../evil","status":"active"}')
  world.write('.current_session', '../../evil\n')
  world.write('.state/bindings/evil.json', '{"chain":[null]}')
  expect(codeOf(() => claim.run(world.as(null), { type: 'droplet', name: ['x'] }))).toBe('no_session')
  heartbeat.run(world.as('one'), { action: 'x' })
  const { problems } = status.run(world.as('one'), {})
  expect(problems).toContainEqual(expect.objectContaining({ path: 'sessions/a.json', kind: 'bad-id' }))
  expect(fs.readdirSync(path.dirname(world.dir)).filter((name) => name.startsWith('evil'))).toEqual([])
})

test('records nested too deep to be written again are named, and harm nobody else', () => {
  const world = createWorld('one', 'two')
  world.write('sessions/deep.json', `{"session_id":"deep","status":"active","load":${deep(80_000)}}`)
  const mail = `{"from":"x","to":"two","subject":"deep","details":${deep(20_000)}}`
  world.write('messages/direct/two/2026-11-20_10-00-00-000-x-deep.json', mail)
  send.run(world.as('one'), { to: 'two', subject: 'hello' })
  heartbeat.run(world.as('one'), { action: 'x' })
  expect(inbox.run(world.as('two'), {}).messages.map(({ subject }) => subject)).toEqual(['hello'])
  const seen = JSON.stringify(status.run(world.as('one'), {}))
  expect(seen).toContain('nested more than 200 deep')
})

test('lines of a history and slots of a ledger nested too deep are named, and harm nobody else', () => {
  const world = createWorld('one')
  claim.run(world.as('one'), { type: 'droplet', name: ['x'] })
  const line = `{"timestamp":"2026-11-20T10:00:00Z","session":"one","status":"working","metadata":${deep(100_000)}}`
  world.write('status/one_status.json', `${line}\n${world.read('status/one_status.json')}`)
  world.write('receipts/one.jsonl', `{"message":"m","state":"read","at":${deep(100_000)}}\n`)
  const slot = world.json('.state/ledger/droplet-x/000000000001') as { claims: object[] }
  const claims = JSON.stringify([{ ...slot.claims[0], note: 'DEEP' }]).replace('"DEEP"', deep(100_000))
  const text = JSON.stringify({ ...slot, claims: 'ALL' }).replace('"ALL"', claims)
  world.write('.state/ledger/droplet-x/000000000001', text)
  const told = [history.run(world.as('one'), { session_id: 'one' }), doctor.run(world.as('one'), {})]
  const named = told.flatMap(({ problems }) => problems.map(({ path }) => path))
  expect(named).toContain('status/one_status.json')
  expect(named).toContain('receipts/one.jsonl')
  expect(named).toContain('.state/ledger/droplet-x/000000000001')
  heartbeat.run(world.as('one'), { action: 'x' })
  expect(codeOf(() => claim.run(world.as('one'), { type: 'droplet', name: ['x'] }))).toBe('damaged')
  expect(doctor.run(world.as('one'), { fix: true }).problems).toEqual([])
  expect(claim.run(world.as('one'), { type: 'droplet', name: ['x'] }).already).toBe(true)
})

test('words that objects inherit are no states', () => {
  const world = createWorld('one')
  world.write('sessions/odd.json', '{"session_id":"odd","status":"active","state":"constructor"}')
  expect(sessions.run(world.as('one'), {}).sessions).toHaveLength(2)
})

test('what no reader would take is refused before it is acknowledged', () => {
  const world = createWorld('one', 'two')
  const details = JSON.stringify(Array.from({ length: 40_000 }, (_, i) => i))
  expect(codeOf(() => send.run(world.as('one'), { to: 'two', subject: 's', details }))).toBe('invalid')
  const note = 'n'.repeat(100_000)
  expect(codeOf(() => claim.run(world.as('one'), { type: 'droplet', name: ['x'], note }))).toBe('invalid')
  expect(world.list('messages/direct')).toEqual([])
  expect(world.list('claims')).toEqual([])
})

test('junk among the refusals costs nobody a claim', () => {
  const world = createWorld('one')
  world.write('.state/refusals.jsonl', '{"at":9e15,"by":"x"}\nnull\n')
  expect(claim.run(world.as('one'), { type: 'droplet', name: ['x'] }).claim.claimed_by).toBe('one')
  expect(status.run(world.as('one'), {}).claims).toHaveLength(1)
})

test.each([
  ['too long', (file: string) => fs.writeFileSync(file, '{{#each sessions}}x{{/each}}\n'.repeat(3000))],
  ['a link', (file: string) => fs.symlinkSync('/etc/hostname', file)],
])('a board template that is %s is named, and the built-in one stands in for it', (_what, spoil) => {
  const world = createWorld('one')
  fs.mkdirSync(path.join(world.root, 'templates'), { recursive: true })
  spoil(path.join(world.root, 'templates/STATUS_BOARD.md.hbs'))
  heartbeat.run(world.as('one'), { action: 'building' })
  expect(world.read('STATUS_BOARD.md')).toContain('Coordination Needed')
  const { problems } = doctor.run(world.as('one'), {})
  const own = 'templates/STATUS_BOARD.md.hbs'
  expect(problems.filter(({ path }) => path === own)).toEqual([expect.objectContaining({ kind: 'template' })])
})
const NOBODY = ['a\u0000b', 'x'.repeat(300), '../../evil', '']

test.each(NOBODY)('a claim file of %j, who is no session, stops neither heartbeats nor gc', (by) => {
  const world = createWorld('one')
  const body = { resource_type: 'droplet', resource_name: 'odd', claimed_by: by, expires_at: '2027-01-01' }
  world.write('claims/droplet-odd.claim', JSON.stringify(body))
  fs.rmSync(path.join(world.root, '.state/pruned'), { force: true })
  const ctx = world.as('one')
  heartbeat.run(ctx, { action: 'building' })
  expect(ctx.warnings).toEqual([])
  gc.run(world.as(null), {})
  gc.run(world.as(null), { 'dry-run': true })
  expect(world.json('claims/droplet-odd.claim')).toEqual(body)
})

test.each(NOBODY.flatMap((who) => [{ to: who }, { from: who }]))(
  "a handover that was begun between others than sessions, %j, is nobody's, and stays",
  (odd) => {
    const world = createWorld('one')
    const given = { resource_type: 'droplet', resource_name: 'odd', token: 1, expires_at: null }
    const begun = {
      id: 'odd',
      at: '2026-11-20T09:00:00.000Z',
      from: 'one',
      to: 'one',
      note: '',
      claims: [given],
    }
    world.write('.state/handing/odd.json', JSON.stringify({ ...begun, ...odd }))
    const before = world.read('.state/handing/odd.json')
    const ctx = world.as('one')
    inbox.run(ctx, {})
    heartbeat.run(ctx, { action: 'building' })
    expect(ctx.warnings).toEqual([])
    expect(gc.run(world.as(null), {}).counts.handoffs).toBe(0)
    expect(world.read('.state/handing/odd.json')).toBe(before)
  },
)
