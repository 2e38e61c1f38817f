/** Conflicts between sessions, from where they begin to where each recipient has read of them. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { newBook, noteConflictAlerts } from '../../src/operations/alerting.ts'
import { alerts, openAlertsIn } from '../../src/operations/alerts.ts'
import { claim } from '../../src/operations/claim.ts'
import { conflicts } from '../../src/operations/conflicts.ts'
import { end } from '../../src/operations/end.ts'
import { gc } from '../../src/operations/gc.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { overviewOf } from '../../src/operations/overview.ts'
import { release } from '../../src/operations/release.ts'
import { rescue } from '../../src/operations/rescue.ts'
import { start } from '../../src/operations/start.ts'
import { status } from '../../src/operations/status.ts'
import { noteConflicts } from '../../src/store/conflicts.ts'
import { upkeep } from '../../src/store/tidy/upkeep.ts'
import { createWorld, type World } from '../helpers/world.ts'

const MINUTE = 60_000

/** The code that an act is refused with. */
function codeOf(act: () => unknown): string {
  try {
    act()
    return 'ok'
  } catch (error) {
    return (error as { code: string }).code
  }
}

/** Two sessions of a project of their own name. */
function twoOn(project: string): World {
  const world = createWorld()
  for (const id of ['a', 'b']) start.run(world.as(null), { id, project })
  return world
}

const kinds = (found: { kind: string }[]) => found.map(({ kind }) => kind)
const list = (world: World, reader: string | null, given = {}) => alerts.run(world.as(reader), given).alerts
const fileOf = (world: World, kind: string) =>
  world.list('alerts').filter((name) => name.includes(`-${kind}-`))

test('the second registration opens the alerts, once however many come', () => {
  const world = twoOn('PILOT')
  const before = world.list('alerts')
  expect(before.map((name) => name.split('-')[6])).toEqual(['cwd_overlap', 'project_conflict'])
  world.advance(MINUTE)
  start.run(world.as(null), { id: 'c', project: 'PILOT' })
  expect(world.list('alerts')).toEqual(before)
  expect(world.json(`alerts/${fileOf(world, 'project_conflict')[0]}`)).toMatchObject({
    ...{ project: 'PILOT', priority: 'critical', severity: 'critical', session_ids: ['a', 'b', 'c'] },
    ...{ action: 'Coordinate task boundaries to avoid overlap', closed_at: null },
  })
})

test('a refused claim opens an alert for both sides, and its release closes it at the next look', () => {
  const world = twoOn('PILOT')
  claim.run(world.as('a'), { type: 'task', name: ['t'] })
  expect(codeOf(() => claim.run(world.as('b'), { type: 'task', name: ['t'] }))).toBe('held')
  expect(codeOf(() => claim.run(world.as('b'), { type: 'task', name: ['t'] }))).toBe('held')
  expect(fileOf(world, 'task_conflict')).toHaveLength(1)
  expect(list(world, 'a')[0]).toMatchObject({
    resource_type: 'task',
    resource_name: 't',
    session_ids: ['b', 'a'],
  })
  release.run(world.as('a'), { type: 'task', name: 't' })
  expect(kinds(list(world, 'b'))).not.toContain('task_conflict')
  expect(world.json(`alerts/${fileOf(world, 'task_conflict')[0]}`).closed_at).toEqual(expect.any(String))
})

test('each recipient has a state of its own: pending, delivered when shown, read when acknowledged', () => {
  const world = twoOn('PILOT')
  const states = (reader: string | null) => {
    const found = list(world, reader, { as: reader === null ? 'human' : undefined })
    return found
      .find(({ kind }) => kind === 'project_conflict')
      ?.recipients.map(({ to, state }) => `${to} ${state}`)
  }
  expect(world.read('receipts/b.jsonl')).toContain('project_conflict')
  expect(states('a')).toEqual(['a delivered', 'b delivered', 'human pending'])
  expect(states(null)).toEqual(['a delivered', 'b delivered', 'human delivered'])
  const text = world.read(`alerts/${fileOf(world, 'project_conflict')[0]}`)
  alerts.run(world.as('a'), { id: ['project_conflict'], acknowledge: true })
  expect(kinds(list(world, 'a'))).toEqual(['cwd_overlap'])
  expect(states('b')).toEqual(['a read', 'b delivered', 'human delivered'])
  expect(world.read(`alerts/${fileOf(world, 'project_conflict')[0]}`)).toBe(text)
  expect(kinds(list(world, 'a', { all: true }))).toEqual(['project_conflict', 'cwd_overlap'])
})

test('acknowledging all leaves nothing to show, twice is once, and what is not named is refused', () => {
  const world = twoOn('PILOT')
  expect(alerts.run(world.as('a'), { acknowledge: true, all: true }).alerts).toHaveLength(2)
  const receipts = world.read('receipts/a.jsonl')
  expect(alerts.run(world.as('a'), { acknowledge: true, all: true }).alerts).toEqual([])
  expect(world.read('receipts/a.jsonl')).toBe(receipts)
  expect(list(world, 'a')).toEqual([])
  expect(codeOf(() => alerts.run(world.as('a'), { acknowledge: true }))).toBe('invalid')
  expect(codeOf(() => list(world, 'a', { id: ['nothing'] }))).toBe('not_found')
})

test('a session is shown its own conflicts, the person those of the room; a limit says what it left out', () => {
  const world = twoOn('PILOT')
  start.run(world.as(null, {}), { id: 'c', project: 'OTHER' })
  expect(kinds(list(world, 'c'))).toEqual(['cwd_overlap'])
  expect(kinds(list(world, null, { as: 'human' }))).toEqual(['project_conflict', 'cwd_overlap'])
  const cut = alerts.run(world.as('a'), { limit: 1 })
  expect([cut.alerts.length, cut.omitted]).toEqual([1, 1])
})

test('an alert closes when one of the two ends', () => {
  const world = twoOn('PILOT')
  end.run(world.as('b'), {})
  for (const name of world.list('alerts'))
    expect(world.json(`alerts/${name}`).closed_at).toEqual(expect.any(String))
  expect(openAlertsIn(world.as('a'))).toEqual([])
})

test('a task of two is found by upkeep, the monitor, and who only looks', () => {
  const world = twoOn('PILOT')
  for (const id of ['a', 'b'])
    heartbeat.run(world.as(id), { action: 'building', target: 'site', task: 'H.13' })
  expect(kinds(openAlertsIn(world.as('a')))).toContain('task_conflict')
  expect(fileOf(world, 'task_conflict')).toHaveLength(0)
  expect(kinds(noteConflictAlerts(world.as(null), newBook()).began)).toEqual(['task_conflict'])
  expect(noteConflictAlerts(world.as(null), newBook()).began).toEqual([])
  world.advance(MINUTE)
  const ctx = world.as('a')
  noteConflicts(ctx.room(), ctx.now())
  expect(fileOf(world, 'task_conflict')).toHaveLength(1)
})

test('who shares the repository alone needs nobody; a project that was named does, until it is acknowledged', () => {
  const plain = createWorld()
  for (const id of ['a', 'b']) plain.start(id)
  expect(kinds(list(plain, 'a'))).toEqual(['cwd_overlap'])
  expect(kinds(list(plain, 'a', { all: true }))).toEqual(['project_conflict', 'cwd_overlap'])
  expect(conflicts.run(plain.as('a'), {}).alerts.map(({ kind, ordinary }) => [kind, ordinary])).toEqual([
    ['project_conflict', true],
    ['cwd_overlap', undefined],
  ])
  expect(status.run(plain.as('a'), {}).unread_alerts).toBe(1)
  expect(kinds(openAlertsIn(plain.as(null)))).toEqual(['cwd_overlap'])
  expect(overviewOf(plain.as(null)).needs).toEqual([])
  const told = noteConflictAlerts(plain.as(null), newBook()).open
  expect(kinds(told)).toEqual(['cwd_overlap'])

  const world = twoOn('PILOT')
  const seen = status.run(world.as('a'), {})
  expect(seen.needs).toMatchObject([
    { kind: 'project_conflict', text: 'a and b are on project PILOT', act: 'coord send b "…"' },
  ])
  expect(seen.unread_alerts).toBe(2)
  expect(overviewOf(world.as(null)).needs[0]!.act).toBe('coord send a "…" --as human')
  alerts.run(world.as('a'), { acknowledge: true, all: true })
  const after = status.run(world.as('a'), {})
  expect([after.needs, after.unread_alerts]).toEqual([[], 0])
  expect(overviewOf(world.as(null)).needs).toHaveLength(1)
})

test('conflicts about paths come with who holds them', () => {
  const world = twoOn('PILOT')
  claim.run(world.as('a'), { type: 'file', name: ['src/'] })
  expect(codeOf(() => claim.run(world.as('b'), { type: 'file', name: ['src/x.ts'] }))).toBe('held')
  const found = conflicts.run(world.as('b'), { file: ['src/x.ts', 'y.ts'] })
  expect(kinds(found.alerts)).toEqual(['file_conflict'])
  expect(found).toMatchObject({
    paths: [
      { path: 'src/x.ts', free: false, claims: [{ claimed_by: 'a' }] },
      { path: 'y.ts', free: true, claims: [] },
    ],
  })
  claim.run(world.as('b'), { type: 'file', name: ['docs/a.md', 'docs/b.md'] })
  fs.mkdirSync(path.join(world.dir, 'docs'))
  expect(conflicts.run(world.as('b'), { file: ['docs/', '../x'] })).toMatchObject({
    paths: [
      { free: false, claims: [{ resource_name: 'docs/a.md' }, { resource_name: 'docs/b.md' }] },
      { free: true, outside: true },
    ],
  })
  expect(conflicts.run(world.as('b'), { file: ['y.ts'] }).alerts).toEqual([])
  expect(conflicts.run(world.as('b'), { acknowledge: true }).alerts).toHaveLength(3)
  expect(list(world, 'b')).toEqual([])
  expect(conflicts.run(world.as('b'), {}).alerts).toHaveLength(3)
})

test('a room that takes no alerts lets sessions start, and tells of conflicts all the same', () => {
  const world = createWorld()
  fs.rmSync(path.join(world.root, 'alerts'), { recursive: true })
  world.write('alerts', 'in the way')
  for (const id of ['a', 'b']) world.start(id)
  expect(kinds(list(world, 'a'))).toEqual(['cwd_overlap'])
})

test('gc keeps what was said of an alert as long as the alert is there', () => {
  const world = twoOn('PILOT')
  alerts.run(world.as(null), { acknowledge: true, all: true, as: 'human' })
  world.advance(40 * 86_400_000)
  const { items } = gc.run(world.as(null), { 'dry-run': true })
  expect(items.filter(({ kind }) => kind === 'receipts')).toEqual([])
})

test('who is refused again while the same holder has it is told of already: nothing is looked for anew', () => {
  const world = twoOn('PILOT')
  const refused = () => codeOf(() => claim.run(world.as('b'), { type: 'task', name: ['t'] }))
  claim.run(world.as('a'), { type: 'task', name: ['t'] })
  expect(refused()).toBe('held')
  const [file] = fileOf(world, 'task_conflict')
  fs.rmSync(path.join(world.root, 'alerts', file!))
  expect(refused()).toBe('held')
  expect(fileOf(world, 'task_conflict')).toEqual([])
  release.run(world.as('a'), { type: 'task', name: 't' })
  claim.run(world.as('a'), { type: 'task', name: ['t'] })
  expect(refused()).toBe('held')
  expect(fileOf(world, 'task_conflict')).toHaveLength(1)
})

test('the upkeep of a heartbeat removes alerts that are past, so that nobody reads them for ever', () => {
  const world = twoOn('PILOT')
  end.run(world.as('b'), {})
  expect(world.list('alerts')).toHaveLength(2)
  world.advance(29 * 24 * 60 * MINUTE)
  upkeep(world.as(null).room(), world.as(null).now(), '.state/pruned', 600_000, () => {})
  expect(world.list('alerts')).toHaveLength(2)
  world.advance(2 * 24 * 60 * MINUTE)
  upkeep(world.as(null).room(), world.as(null).now(), '.state/pruned', 600_000, () => {})
  expect(world.list('alerts')).toEqual([])
})

test('a session that begins in a conflict is told so at once, and only then', () => {
  const world = createWorld()
  expect(start.run(world.as(null), { id: 'a' }).alerts).toEqual([])
  const begun = start.run(world.as(null), { id: 'b' })
  expect(kinds(begun.alerts)).toEqual(['cwd_overlap'])
  expect(kinds(list(world, 'b'))).toEqual(['cwd_overlap'])
  expect(start.run(world.as('b'), { id: 'b' }).alerts).toEqual([])
})

test('an alert that a monitor opened is over when what it tells is, though no monitor looks any more', () => {
  const world = twoOn('PILOT')
  heartbeat.run(world.as('a'), { action: 'blocked', message: 'no keys' })
  const blocked = {
    ...{ id: '2026-11-20_10-00-00-000-blocked-a', kind: 'blocked', session_id: 'a', severity: 'warning' },
    ...{ text: 'a is blocked', at: '2026-11-20T10:00:00.000Z', since: '2026-11-20T10:00:00.000Z' },
  }
  world.write(`alerts/${blocked.id}.json`, JSON.stringify({ ...blocked, closed_at: null }))
  const open = () => kinds(openAlertsIn(world.as(null)))
  const count = () => status.run(world.as(null), { limit: 1 }).unread_alerts
  expect([open().includes('blocked'), count()]).toEqual([true, 2])
  heartbeat.run(world.as('a'), { action: 'building' })
  expect([open().includes('blocked'), count()]).toEqual([false, 2])
  expect(kinds(list(world, null, { as: 'human' }))).not.toContain('blocked')
  expect(world.json(`alerts/${blocked.id}.json`).closed_at).toEqual(expect.any(String))
})

test('a rescue closes the conflicts that the session was in', () => {
  const world = twoOn('PILOT')
  claim.run(world.as('b'), { type: 'task', name: ['t'] })
  expect(codeOf(() => claim.run(world.as('a'), { type: 'task', name: ['t'] }))).toBe('held')
  rescue.run(world.as('a'), { session_id: 'b', abandon: true, reason: 'no answer', force: true })
  for (const name of world.list('alerts'))
    expect(world.json(`alerts/${name}`).closed_at).toEqual(expect.any(String))
})

test('to acknowledge again is not news, and what is shown of an id may be begun', () => {
  const world = twoOn('PILOT')
  const [file] = fileOf(world, 'project_conflict')
  const shown = file!.slice(0, -'.json'.length).slice(-8)
  const done = (id: string) => alerts.run(world.as('a'), { id: [id], acknowledge: true }).acknowledged
  expect([done(shown.slice(0, 4)), done(shown), done('project_conflict')]).toEqual([1, 0, 0])
})
