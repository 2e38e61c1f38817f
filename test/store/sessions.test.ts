import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { Session } from '../../src/protocol/records.ts'
import { takePidLock } from '../../src/store/pid-lock.ts'
import { listSessions, loadSession, updateSession, writeSession } from '../../src/store/sessions.ts'
import { createWorld } from '../helpers/world.ts'

const session = (session_id: string, more: Partial<Session> = {}): Session => ({
  session_id,
  status: 'active',
  ...more,
})

function createSessions() {
  const world = createWorld()
  const room = world.as(null).room()
  const problems = () => room.problems.map(({ path, kind }) => `${kind} ${path}`)
  return { world, room, problems }
}

test('a session is read as it was written, with fields that coord does not know', () => {
  const { room } = createSessions()
  writeSession(room, { ...session('one'), theirs: { kept: [1] } })
  updateSession(room, session('one'), (current) => ({ ...current, current_work: 'church' }))
  expect(loadSession(room, 'one')).toMatchObject({ theirs: { kept: [1] }, current_work: 'church' })
})

test('a change starts from what is on disk, and from the fallback when the file was deleted', () => {
  const { world, room } = createSessions()
  writeSession(room, session('one', { name: 'disk' }))
  const fallback = session('one', { name: 'fallback' })
  expect(updateSession(room, fallback, (current) => current)?.name).toBe('disk')
  fs.rmSync(path.join(world.root, 'sessions/one.json'))
  expect(updateSession(room, fallback, (current) => current)?.name).toBe('fallback')
  expect(loadSession(room, 'one')?.name).toBe('fallback')
})

test('while another process changes the session, only this change is skipped', () => {
  const { room } = createSessions()
  writeSession(room, session('one', { name: 'old' }))
  takePidLock(room, 'session-one', 0)
  expect(updateSession(room, session('one'), (current) => ({ ...current, name: 'new' }))).toBeNull()
  expect(loadSession(room, 'one')?.name).toBe('old')
})

test.each(['zz', 'aa'])(
  'a sync copy of a session is named and left out, whichever comes first (%s)',
  (id) => {
    const { world, room, problems } = createSessions()
    writeSession(room, session(id, { name: 'own' }))
    for (const copy of [`${id} 2`, `0${id}`]) {
      world.write(`sessions/${copy}.json`, JSON.stringify(session(id, { name: 'copy' })))
    }
    expect(listSessions(room).map(({ record }) => record.name)).toEqual(['own'])
    expect(problems().sort()).toEqual([`copy sessions/${id} 2.json`, `copy sessions/0${id}.json`].sort())
  },
)

test('a session that exists only as a copy still counts', () => {
  const { world, room, problems } = createSessions()
  world.write('sessions/one 2.json', JSON.stringify(session('one')))
  expect(listSessions(room)).toHaveLength(1)
  expect(problems()).toEqual([])
})

test('registries, junk and hidden files among the sessions are no sessions', () => {
  const { world, room, problems } = createSessions()
  world.write('sessions/registry.json', '{"sessions": []}')
  world.write('sessions/junk.json', 'junk')
  world.write('sessions/.hidden.json', 'junk')
  world.write('sessions/notes.txt', 'junk')
  expect(listSessions(room)).toEqual([])
  expect(problems().sort()).toEqual(['unreadable sessions/junk.json', 'unreadable sessions/registry.json'])
})

test('no session id leads out of the room, neither as a name nor inside a file', () => {
  const { world, room, problems } = createSessions()
  fs.writeFileSync(path.join(world.dir, 'x.json'), JSON.stringify(session('../../x')))
  expect(loadSession(room, '../../x')).toBeNull()
  world.write('sessions/evil.json', JSON.stringify(session('../../x')))
  expect(loadSession(room, 'evil')).toBeNull()
  expect(problems()).toEqual(['copy sessions/evil.json'])
})
