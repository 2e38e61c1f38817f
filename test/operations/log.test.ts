import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { log } from '../../src/operations/log.ts'
import { report } from '../../src/operations/report.ts'
import { everything } from '../cli/rooms.ts'
import { createWorld, type World } from '../helpers/world.ts'

const LOG = 'session-log/SESSION-LOG-2026-11-20.md'
const shown = (world: World, given = {}) => {
  const answer = log.run(world.as(null), given)
  if (!('entries' in answer)) throw new Error('nothing shown')
  return answer
}

test('an issue of a session is an entry of the day, and an act of the session', () => {
  const world = createWorld('one')
  world.advance(60_000)
  const answer = log.run(world.as('one'), {
    kind: 'issue',
    subject: 'build fails',
    message: 'on arm64',
    task: 'H.1',
  })
  const entry = {
    ...{
      at: '2026-11-20T10:01:00Z',
      kind: 'issue',
      task_id: 'H.1',
      title: 'build fails',
      author: 'human',
      text: 'on arm64',
    },
  }
  expect(answer).toEqual({ entry, path: path.join(world.root, LOG) })
  expect(shown(world)).toEqual({
    path: path.join(world.root, LOG),
    date: '2026-11-20',
    entries: [entry],
    problems: [],
  })
  expect(world.json('sessions/one.json').last_seen).toBe('2026-11-20T10:01:00.000Z')
  expect(world.read('status/one_status.json')).toContain('"message":"issue: build fails"')
})

test('a person writes without a session, an agent only as one', () => {
  const world = createWorld()
  const note = { kind: 'note', subject: 'x' }
  expect(log.run(world.as(null), note)).toMatchObject({ entry: { author: 'human', kind: 'note' } })
  expect(log.run(world.as(null), { ...note, as: 'human' })).toMatchObject({ entry: { author: 'human' } })
  const agent = () => world.as(null, { AI_AGENT: 'x' })
  expect(() => log.run(agent(), note)).toThrow(expect.objectContaining({ code: 'no_session' }))
  expect(() => log.run(agent(), { ...note, as: 'human' })).toThrow(
    expect.objectContaining({ code: 'invalid' }),
  )
  expect(shown(world).entries).toHaveLength(2)
})

test('entries stand beside reports and what people wrote, in the order of the file; nothing is rewritten', () => {
  const world = createWorld()
  world.write(LOG, '# by hand, without an end')
  report.run(world.as(null), {})
  log.run(world.as(null), { kind: 'fix', subject: 'pinned' })
  expect(world.read(LOG).startsWith('# by hand, without an end\n### 2026')).toBe(true)
  expect(shown(world).entries.map(({ kind }) => kind)).toEqual([null, 'report', 'fix'])
  expect(shown(world, { limit: 1 })).toMatchObject({ omitted: 2, entries: [{ kind: 'fix' }] })
})

test('another day is shown by date, and showing changes nothing', () => {
  const world = createWorld()
  log.run(world.as(null), { kind: 'note', subject: 'then' })
  world.advance(86_400_000)
  const before = everything(world.root)
  for (const date of ['yesterday', '2026-11-20', '1 day ago'])
    expect(shown(world, { date })).toMatchObject({ date: '2026-11-20', entries: [{ title: 'then' }] })
  expect(shown(world)).toMatchObject({ date: '2026-11-21', entries: [] })
  expect(everything(world.root)).toEqual(before)
})

test.each([
  ['a kind that is none', { kind: 'bug', subject: 'x' }, 'kind'],
  ['no subject', { kind: 'note' }, 'subject'],
  ['an empty subject', { kind: 'note', subject: ' ' }, 'subject'],
  ['an empty message', { kind: 'note', subject: 'x', message: '' }, 'message'],
  ['an entry of another day', { kind: 'note', subject: 'x', date: 'yesterday' }, 'date'],
  ['a day that is none', { date: 'someday' }, 'date'],
  ['a day ahead', { date: '2027-01-01' }, 'date'],
])('%s is refused, and nothing is written', (_, given, argument) => {
  const world = createWorld()
  expect(() => log.run(world.as(null), given)).toThrow(
    expect.objectContaining({ code: 'invalid', details: expect.objectContaining({ argument }) }),
  )
  expect(world.list('session-log')).toEqual([])
})

test('a file that can not be read is named, and one that is no file refuses an entry', () => {
  const world = createWorld()
  fs.mkdirSync(path.join(world.root, LOG), { recursive: true })
  expect(shown(world).problems).toMatchObject([{ path: LOG, kind: 'not-a-file' }])
  expect(() => log.run(world.as(null), { kind: 'note', subject: 'x' })).toThrow(
    expect.objectContaining({ code: 'damaged' }),
  )
})

test('bytes that are no text are survived', () => {
  const world = createWorld()
  fs.writeFileSync(path.join(world.root, LOG), Buffer.from([0xff, 0xfe, 0x00, 10]))
  log.run(world.as(null), { kind: 'note', subject: 'x' })
  expect(shown(world).entries.map(({ kind }) => kind)).toEqual([null, 'note'])
  expect(fs.readFileSync(path.join(world.root, LOG)).subarray(0, 4)).toEqual(
    Buffer.from([0xff, 0xfe, 0x00, 10]),
  )
})
