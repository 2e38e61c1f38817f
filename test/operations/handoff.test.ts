import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { claim } from '../../src/operations/claim.ts'
import { end } from '../../src/operations/end.ts'
import { handoff } from '../../src/operations/handoff.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { release } from '../../src/operations/release.ts'
import { renew } from '../../src/operations/renew.ts'
import type { World } from '../helpers/world.ts'
import { codeOf, errorOf } from '../store/helpers.ts'
import {
  afterMove,
  beforeMove,
  church,
  createHeld,
  cutOff,
  type Given,
  HOUR,
  hand,
  holders,
  isBegun,
  killedAt,
  mailOf,
} from './handings.ts'

const listed = (world: World, limit?: number) =>
  handoff.run(world.as(null), { list: true, ...(limit ? { limit } : {}) }) as {
    handoffs: { path: string; from: string | null; to: string | null; first: string }[]
    omitted?: number
  }
test('a claim goes to another session with a new token and the old end, and that session is told', () => {
  const { world, held } = createHeld('church')
  world.advance(HOUR)
  const done = hand(world, 'one', {
    to: 'name-two',
    note: 'the form is left',
    completed: ['walls'],
    next: ['form'],
  })
  const { token, expires_at } = { token: held[0]!.token! + 1, expires_at: held[0]!.expires_at }
  expect(done.handoff).toMatchObject({
    ...{ from: 'one', to: 'two', note: 'the form is left', work_completed: ['walls'], next_steps: ['form'] },
    claims: [{ resource_type: 'droplet', resource_name: 'church', token, expires_at }],
  })
  expect(world.list('handoffs')).toEqual([done.handoff.path.slice('handoffs/'.length)])
  expect(world.read(done.handoff.path)).toContain('# Handoff from name-one to name-two')
  expect(holders(world)).toEqual([`church two ${token}`])
  expect(world.json('claims/droplet-church.claim')).toMatchObject({ claimed_by: 'two', token, expires_at })
  expect(mailOf(world, 'two')).toMatchObject([
    {
      ...{ from: 'one', subject: 'droplet/church is yours now', priority: 'high' },
      details: {
        handoff: done.handoff.path,
        claims: [{ resource_type: 'droplet', resource_name: 'church', token }],
      },
    },
  ])
})

test("the recipient's heartbeats keep what it was given, the giver's do not miss it", () => {
  const { world } = createHeld('church')
  hand(world, 'one', { to: 'two' })
  world.advance(3 * HOUR)
  expect(heartbeat.run(world.as('one'), { action: 'building' }).lost).toBeUndefined()
  expect(heartbeat.run(world.as('two'), { action: 'building' }).lost).toBeUndefined()
  world.advance(2 * HOUR)
  expect(renew.run(world.as('two'), church).claim).toMatchObject({ claimed_by: 'two' })
})

test('the giver has lost it, whatever it tries', () => {
  const { world, held } = createHeld('church')
  hand(world, 'one', { to: 'two' })
  const lost = { code: 'lost', details: { holder: { claimed_by: 'two' } } }
  for (const token of [undefined, held[0]!.token!]) {
    expect(
      errorOf(() => renew.run(world.as('one'), { ...church, ...(token ? { token } : {}) })),
    ).toMatchObject(lost)
    expect(
      errorOf(() => release.run(world.as('one'), { ...church, ...(token ? { token } : {}) })),
    ).toMatchObject(lost)
  }
  expect(errorOf(() => hand(world, 'one', { ...church, to: 'three' }))).toMatchObject(lost)
})

test('asked again, the same handover is done already and nobody is told twice', () => {
  const { world } = createHeld('church')
  const first = hand(world, 'one', { to: 'two', note: 'n' })
  world.advance(1000)
  expect(hand(world, 'one', { ...church, to: 'two', note: 'n' })).toMatchObject({
    already: true,
    handoff: { path: first.handoff.path },
  })
  expect([mailOf(world, 'two').length, world.list('handoffs').length]).toEqual([1, 1])
})

test('all that one holds goes at once: one file, files in one slot of their ledger', () => {
  const { world, hold } = createHeld('church', 'tower')
  for (const name of ['a.ts', 'b.ts']) hold('one', name, 'file')
  hold('three', 'c.ts', 'file')
  const slots = world.list('.state/ledger/file').length
  const { handoff: done } = hand(world, 'one', { all: true, to: 'two' })
  expect(done.claims).toHaveLength(4)
  expect(world.list('.state/ledger/file')).toHaveLength(slots + 1)
  expect(holders(world).map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
    'a.ts two',
    'b.ts two',
    'c.ts three',
    'church two',
    'tower two',
  ])
  expect([mailOf(world, 'two').length, world.list('handoffs').length]).toEqual([1, 1])
})

test('of all that one holds, a lease that ran out stays behind and is named', () => {
  const { world, hold } = createHeld('church')
  world.advance(3 * HOUR)
  hold('one', 'tower')
  world.advance(2 * HOUR)
  const ctx = world.as('one')
  handoff.run(ctx, { all: true, to: 'two' })
  expect(ctx.warnings).toEqual(['not handed over: your lease of droplet/church ran out'])
  expect(holders(world).map((line) => line.split(' ')[1])).toEqual(['one', 'two'])
})

test('without recipient the claims are released, all are told, and the next claimer is shown the handoff', () => {
  const { world, hold } = createHeld('church')
  const { handoff: left } = hand(world, 'one', { note: 'mind the step\nand the door' })
  expect(left).toMatchObject({ to: null, note: 'mind the step\nand the door' })
  expect(holders(world)).toEqual([])
  expect(mailOf(world, 'broadcast')).toHaveLength(1)
  world.advance(HOUR)
  expect(hold('three', 'CHURCH')).toMatchObject({
    handoff: { path: left.path, from: 'one', from_name: 'name-one', to: null, note: 'mind the step' },
  })
  expect(hold('three', 'church').handoff).toBeUndefined()
  expect(hold('three', 'tower').handoff).toBeUndefined()
})

test('the next claimer sees the last handoff of several, and none whose file is gone', () => {
  const { world, hold } = createHeld('church')
  hand(world, 'one', { to: 'two', note: 'first' })
  world.advance(1000)
  const last = hand(world, 'two', { note: 'second' })
  world.advance(1000)
  expect(hold('one', 'church').handoff).toMatchObject({ path: last.handoff.path, note: 'second' })
  release.run(world.as('one'), church)
  fs.rmSync(path.join(world.root, last.handoff.path))
  expect(hold('one', 'church').handoff).toBeUndefined()
})

test('whatever lies where a resource remembers its handoff, it can be claimed', () => {
  const { world, hold } = createHeld('church')
  hand(world, 'one', {})
  for (const junk of ['', 'junk', '[]', '{"id":"../../x","at":"?","from":"one","claims":[]}']) {
    world.write('.state/handoffs/droplet-church', junk)
    const answer = hold('two', 'church')
    expect([answer.claim.claimed_by, answer.handoff]).toEqual(['two', undefined])
    release.run(world.as('two'), church)
  }
})

test('ending with a handoff writes one about all that was held', () => {
  const { world, hold } = createHeld('church', 'tower')
  const ended = end.run(world.as('one'), { handoff: 'go on with the roof', completed: ['walls'] })
  expect(ended.handoff).toMatchObject({
    ...{ from: 'one', to: null, note: 'go on with the roof', work_completed: ['walls'] },
    claims: expect.arrayContaining([expect.objectContaining({ resource_name: 'tower' })]),
  })
  expect(ended.released).toHaveLength(2)
  expect(hold('two', 'church').handoff).toMatchObject({
    path: ended.handoff!.path,
    note: 'go on with the roof',
  })
  expect(end.run(world.as('three'), {}).handoff).toBeUndefined()
  expect(world.list('handoffs')).toHaveLength(1)
})

test('a session that held nothing may leave a handoff at its end as well', () => {
  const { world } = createHeld()
  expect(end.run(world.as('one'), { handoff: 'try the other way' }).handoff).toMatchObject({ claims: [] })
  expect(errorOf(() => end.run(world.as('two'), { handoff: ' ' }))).toMatchObject({
    details: { argument: 'handoff' },
  })
})

test.each<[string, Given, object]>([
  [
    'an unknown recipient',
    { to: 'name-tow' },
    { code: 'invalid', details: { argument: 'to', suggestions: ['name-two'] } },
  ],
  ['one that ended', { to: 'three' }, { code: 'invalid', message: 'session "three" ended just now' }],
  ['oneself', { to: 'name-one' }, { code: 'invalid', details: { argument: 'to' } }],
  ['everybody', { to: 'broadcast' }, { code: 'invalid', details: { argument: 'to' } }],
  ['the person', { to: 'human' }, { code: 'invalid', details: { argument: 'to' } }],
  ['a role', { to: 'role:build' }, { code: 'invalid', details: { argument: 'to' } }],
  ['an empty note', { to: 'two', note: ' \n' }, { code: 'invalid', details: { argument: 'note' } }],
  [
    'a note of 1 MB',
    { to: 'two', note: 'x'.repeat(1 << 20) },
    { code: 'invalid', details: { argument: 'note' } },
  ],
  ['a step of 1 MB', { next: ['x'.repeat(1 << 20)] }, { code: 'invalid', details: { argument: 'next' } }],
  ['half a name', { type: 'droplet' }, { code: 'invalid', details: { argument: 'name' } }],
  ['a claim and all', { ...church, all: true }, { code: 'invalid', details: { argument: 'all' } }],
  ['handing over and listing', { list: true, to: 'two' }, { code: 'invalid', details: { argument: 'to' } }],
  ["another's claim", { type: 'droplet', name: 'theirs', to: 'two' }, { code: 'not_owner' }],
  ["another's claim, to nobody", { type: 'droplet', name: 'theirs' }, { code: 'not_owner' }],
  ['what nobody claims', { type: 'droplet', name: 'none', to: 'two' }, { code: 'not_found' }],
  ['what nobody claims, to nobody', { type: 'droplet', name: 'none' }, { code: 'not_found' }],
  [
    'one of two claims',
    { to: 'two' },
    {
      code: 'ambiguous',
      details: {
        candidates: ['church', 'tower'].map((resource_name) => ({ resource_type: 'droplet', resource_name })),
      },
    },
  ],
])('%s is refused, and nothing has changed', (what, given, expected) => {
  const { world, hold } = createHeld('church', ...(what === 'one of two claims' ? ['tower'] : []))
  hold('two', 'theirs')
  end.run(world.as('three'), {})
  const before = holders(world)
  expect(errorOf(() => hand(world, 'one', given))).toMatchObject(expected)
  expect([holders(world), world.list('handoffs')]).toEqual([before, []])
  expect(fs.existsSync(path.join(world.root, '.state/handing')) && world.list('.state/handing')).toEqual(
    fs.existsSync(path.join(world.root, '.state/handing')) && [],
  )
})

test('who is nobody hands nothing over', () => {
  const { world } = createHeld('church')
  expect(codeOf(() => handoff.run(world.as(null, { AI_AGENT: 'x' }), { to: 'two' }))).toBe('no_session')
})

test('cut off anywhere, a handover has happened or not, and the next one writes what is missing', () => {
  let moved = 0
  for (let n = 1; ; n++) {
    const { world, held } = createHeld('church')
    world.write('config.json', JSON.stringify({ claims: { durability: 'process' } }))
    const cut = killedAt(n, () => hand(world, 'one', { to: 'two', note: 'the form is left' }))
    world.advance(6000)
    const [now] = holders(world)
    const [, holder, token] = now!.split(' ')
    expect([`one ${held[0]!.token}`, `two ${held[0]!.token! + 1}`], `cut at ${n}`).toContain(
      `${holder} ${token}`,
    )
    fs.rmSync(path.join(world.root, '.state/locks'), { recursive: true, force: true })
    const again = hand(world, 'one', { ...church, to: 'two', note: 'the form is left' })
    expect(again.already ?? false, `cut at ${n}`).toBe(holder === 'two')
    expect(world.read(again.handoff.path), `cut at ${n}`).toContain('the form is left')
    expect(mailOf(world, 'two').length, `cut at ${n}`).toBe(1)
    expect(world.list('.state/handing'), `cut at ${n}`).toEqual([])
    expect(holders(world), `cut at ${n}`).toEqual([`church two ${held[0]!.token! + 1}`])
    expect(world.list('.state/held/two'), `cut at ${n}`).toEqual(['droplet-church.claim'])
    if (holder === 'two') moved++
    if (!cut) break
  }
  expect(moved).toBeGreaterThan(8)
})

test('a handover that was cut off is finished by the end of somebody else', () => {
  const world = afterMove()
  expect([world.list('handoffs').length, mailOf(world, 'two').length]).toEqual([0, 0])
  const ctx = world.as('three')
  end.run(ctx, {})
  expect(ctx.warnings).toEqual([
    'a handoff of droplet/church from name-one to name-two was cut off; it is finished now',
  ])
  expect([world.list('handoffs').length, world.list('.state/handing')]).toEqual([1, []])
  expect(mailOf(world, 'two')).toMatchObject([{ from: 'one' }])
})

test('a handover that was cut off before the ledger moved has not happened', () => {
  const world = beforeMove()
  end.run(world.as('three'), {})
  expect([world.list('handoffs'), world.list('.state/handing')]).toEqual([[], []])
  expect(renew.run(world.as('one'), church).claim.claimed_by).toBe('one')
})

test('a handover that was cut off after its file stood is not told again', () => {
  const world = cutOff('file', (each) => isBegun(each) && each.list('handoffs').length === 1)
  end.run(world.as('three'), {})
  expect([mailOf(world, 'two').length, world.list('.state/handing')]).toEqual([1, []])
  expect(release.run(world.as('two'), church).claim.claimed_by).toBe('two')
  expect(claim.run(world.as('one'), { type: 'droplet', name: ['church'] }).handoff).toMatchObject({
    note: 'n',
  })
})

test('one that was cut off and can not be finished stops nobody, and stays', () => {
  const world = afterMove()
  const ledger = world.list('.state/ledger/droplet-church')
  for (const slot of ledger) world.write(`.state/ledger/droplet-church/${slot}`, 'junk')
  world.write('.state/handing/junk.json', 'junk')
  const ctx = world.as('three')
  expect(end.run(ctx, {}).session.status).toBe('completed')
  expect(ctx.warnings.join()).toContain('droplet-church')
  expect(world.list('.state/handing')).toHaveLength(2)
})

test('handoffs are listed newest first, of whatever form, and the rest is counted', () => {
  const { world } = createHeld('church')
  hand(world, 'one', { note: 'ours' })
  world.write('handoffs/2026-11-19_08-00-auth.md', '# Auth\n\ntext')
  world.write('handoffs/notes.txt', '\n\n  remember the keys\n')
  world.write('handoffs/old/2025-01-01_00-00-x.md', '')
  world.write('handoffs/big.md', 'x'.repeat((1 << 20) + 1))
  fs.symlinkSync('/etc/hostname', path.join(world.root, 'handoffs/link.md'))
  expect(listed(world).handoffs.map(({ from, first }) => [from, first])).toEqual([
    ['one', 'ours'],
    [null, 'Auth'],
    [null, ''],
    [null, 'remember the keys'],
    [null, 'has 1048577 bytes, at most 1048576 are read'],
  ])
  expect(listed(world, 2)).toMatchObject({ handoffs: [{}, {}], omitted: 3 })
})

test('one handoff is shown by its id, the end of it, or the name of its file', () => {
  const { world } = createHeld('church')
  const { handoff: left } = hand(world, 'one', { note: 'ours' })
  world.write('handoffs/notes.md', 'theirs')
  const show = (show: string) => (handoff.run(world.as(null), { show }) as { text: string }).text
  for (const name of [left.id, left.id.slice(-4), left.path, `COORDINATION/${left.path}`])
    expect(show(name)).toBe(world.read(left.path))
  expect(show('notes')).toBe('theirs')
  expect(codeOf(() => show('none'))).toBe('not_found')
})

test("a room's own template is used, and a broken one is not", () => {
  const { world, hold } = createHeld('church')
  world.write('templates/handoff.md.hbs', '{{from}} says:\n{{note}}\n')
  expect(world.read(hand(world, 'one', { note: 'hello' }).handoff.path)).toBe(
    'name-one says:\n```text\nhello\n```\n',
  )
  world.write('templates/handoff.md.hbs', '{{#if}')
  hold('one', 'tower')
  world.advance(1)
  expect(world.read(hand(world, 'one', { note: 'hello' }).handoff.path)).toContain('# Handoff from name-one')
})

test("a script's claim that is handed over becomes one of coord's", () => {
  const { world } = createHeld()
  const text = {
    claimed_by: 'one',
    resource_type: 'droplet',
    resource_name: 'x',
    claimed_at: '2026-11-20T10:00:00Z',
    expires_at: '2026-11-20T12:00:00Z',
  }
  world.write('claims/droplet-x.claim', JSON.stringify(text))
  hand(world, 'one', { type: 'droplet', name: 'x', to: 'two' })
  expect(world.json('claims/droplet-x.claim')).toMatchObject({ claimed_by: 'two', token: expect.any(Number) })
  expect(renew.run(world.as('two'), { type: 'droplet', name: 'x' }).claim.claimed_by).toBe('two')
})
