/** Sessions that come back at every moment of their way into the archive. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { archiveDue } from '../../src/store/archive.ts'
import { loadArchived } from '../../src/store/archived.ts'
import { listEverySession } from '../../src/store/history.ts'
import { loadSession, updateSession } from '../../src/store/sessions.ts'
import { appendStatus, readStatus } from '../../src/store/status.ts'
import { upkeepIfDue } from '../../src/store/upkeep.ts'
import { createWorld, EPOCH } from '../helpers/world.ts'
import { beforeCall } from './helpers.ts'

const DAY = 86_400_000
const NOW = { wall: EPOCH, boot: null }
const iso = (time: number) => new Date(time).toISOString()

function createSilent() {
  const world = createWorld()
  const room = world.as(null).room()
  const silent = { session_id: 'one', status: 'active', session_uuid: 'u', last_seen: iso(EPOCH - 2 * DAY) }
  world.write('sessions/one.json', JSON.stringify(silent))
  const line = { timestamp: silent.last_seen, session: 'one', status: 'idle', message: 'before' }
  appendStatus(room, line)
  world.write('receipts/one.jsonl', `{"at":"${silent.last_seen}","message":"m","state":"read"}\n`)
  /** What an act of the session does, with the record it has read at its beginning. */
  const act = () => {
    updateSession(room, silent, (session) => ({ ...session, status: 'active', last_seen: iso(EPOCH) }), 0)
    appendStatus(room, { ...line, timestamp: iso(EPOCH), message: 'after' })
  }
  /** The record wherever it is, the lines wherever they are, and what is at both places. */
  const whole = () => ({
    seen: (loadSession(room, 'one') ?? world.json('archive/2026-11/sessions/one.json')).last_seen,
    said: readStatus(room, 'one').map(({ message }) => message),
    receipts: world.list('receipts'),
    archived: fs.existsSync(path.join(world.root, 'archive/2026-11'))
      ? ['sessions', 'status', 'receipts'].flatMap((kind) =>
          fs.existsSync(path.join(world.root, 'archive/2026-11', kind))
            ? world.list(`archive/2026-11/${kind}`)
            : [],
        )
      : [],
  })
  return { world, room, act, whole }
}

test('an act at any moment of the move, with the lock lost, ends with one live session and every line', () => {
  let moments = 0
  for (let n = 1; ; n++) {
    const { world, room, act, whole } = createSilent()
    const lock = path.join(world.root, '.state/locks/session-one')
    const reached = beforeCall(n, () => {
      fs.rmSync(lock, { force: true })
      act()
    })
    archiveDue(room, NOW, 20)
    if (!reached()) break
    moments++
    act()
    archiveDue(room, { ...NOW, wall: EPOCH + 1 }, 20)
    const { seen, said, receipts, archived } = whole()
    expect(seen, `at ${n}`).toBe(iso(EPOCH))
    expect(new Set(said), `at ${n}`).toEqual(new Set(['before', 'after']))
    expect([receipts, archived], `at ${n}`).toEqual([['one.jsonl'], []])
  }
  expect(moments).toBeGreaterThan(8)
})

test('a crash at any moment of the move leaves a session that comes back whole', () => {
  let moments = 0
  for (let n = 1; ; n++) {
    const { room, act, whole } = createSilent()
    const reached = beforeCall(n, () => {
      throw new Error('crash')
    })
    try {
      archiveDue(room, NOW, 20)
    } catch (error) {
      expect(String(error)).toContain('crash')
    }
    if (!reached()) break
    moments++
    act()
    const { seen, said, archived } = whole()
    expect([seen, said.toSorted(), archived], `at ${n}`).toEqual([iso(EPOCH), ['after', 'before'], []])
  }
  expect(moments).toBeGreaterThan(8)
})

test('a backlog goes on ten seconds later also when holders of claims are brought back meanwhile', () => {
  const world = createWorld()
  const room = world.as(null).room()
  const silent = (id: string, status = 'active') =>
    JSON.stringify({ session_id: id, status, session_uuid: id, last_seen: iso(EPOCH - 2 * DAY) })
  for (let n = 10; n < 35; n++) world.write(`sessions/s${n}.json`, silent(`s${n}`))
  world.write('archive/2026-11/sessions/holder.json', silent('holder', 'abandoned'))
  const body = {
    resource_type: 'task',
    resource_name: 'x',
    claimed_by: 'holder',
    expires_at: iso(EPOCH + DAY),
  }
  world.write('claims/task-x.claim', JSON.stringify(body))
  const marker = path.join(world.root, '.state/pruned')
  const due = () => {
    fs.rmSync(marker, { force: true })
    upkeepIfDue(room, NOW)
    return Math.round((Date.now() - fs.statSync(marker).mtimeMs) / 1000)
  }
  expect(due()).toBeGreaterThan(580)
  expect(world.list('sessions')).toEqual(['holder.json', ...[30, 31, 32, 33, 34].map((n) => `s${n}.json`)])
  expect(due()).toBeLessThan(10)
  expect(world.list('sessions')).toEqual(['holder.json'])
})

test('a session that lies in the archive without having ended was given up, whoever reads it', () => {
  const world = createWorld()
  const room = world.as(null).room()
  world.write('archive/2026-11/sessions/one.json', '{"session_id":"one","status":"active"}')
  world.write('archive/2026-11/sessions/two.json', '{"session_id":"two","status":"completed"}')
  expect(loadArchived(room, 'one')?.status).toBe('abandoned')
  expect(loadArchived(room, 'two')?.status).toBe('completed')
  expect(listEverySession(room).map(({ status }) => status)).toEqual(['abandoned', 'completed'])
})
