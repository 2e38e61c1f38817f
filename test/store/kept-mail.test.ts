import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { inbox } from '../../src/operations/inbox.ts'
import { init } from '../../src/operations/init.ts'
import { messages } from '../../src/operations/messages.ts'
import { send } from '../../src/operations/send.ts'
import { keepAllMail } from '../../src/store/messages.ts'
import { setTracking } from '../../src/store/tracking.ts'
import { createWorld, type World } from '../helpers/world.ts'
import { codeOf, failing } from './helpers.ts'

const DAY = 86_400_000
const KEPT = '.state/mail/broadcast'

/** A tracked room with two sessions, and a message from one to all. */
function tracked(): { world: World; file: string; id: string } {
  const world = createWorld('one', 'two')
  world.write('config.json', JSON.stringify({ git: { track: true } }))
  const { message } = send.run(world.as('one'), { to: 'broadcast', subject: 'hello' })
  return { world, id: message.id!, file: `messages/broadcast/${message.id}.json` }
}

const shown = (world: World) => messages.run(world.as(null), {}).messages.map(({ id }) => id)

test('a message of a tracked room has a copy of the same bytes, and is shown once', () => {
  const { world, file, id } = tracked()
  expect(world.read(`${KEPT}/${id}.json`)).toBe(world.read(file))
  expect(shown(world)).toEqual([id])
})

test('a message whose file is gone is read from its copy, unread as it was, and its file is not put back', () => {
  const { world, file, id } = tracked()
  fs.rmSync(path.join(world.root, file))
  expect(inbox.run(world.as('two'), {}).messages).toMatchObject([{ id, subject: 'hello' }])
  expect(inbox.run(world.as('two'), {}).messages).toEqual([])
  expect(fs.existsSync(path.join(world.root, file))).toBe(false)
})

test('a message that came by git gets its copy when it is read, and goes on with a config that tracks nothing', () => {
  const { world } = tracked()
  const id = '2026-11-20_09-59-00-000-far-abcd'
  const far = { id, from: 'far', to: 'two', timestamp: '2026-11-20T09:59:00.000Z', subject: 'hi' }
  world.write(`messages/direct/two/${id}.json`, JSON.stringify(far))
  expect(inbox.run(world.as('two'), {}).messages.map((message) => message.id)).toContain(id)
  world.write('config.json', '{}')
  fs.rmSync(path.join(world.root, 'messages/direct'), { recursive: true })
  expect(shown(world)).toContain(id)
})

test('no copy is made of a message older than messages.retention, and only gc takes a copy away', () => {
  const { world, id } = tracked()
  world.now += 31 * DAY
  keepAllMail(world.as(null).room(), world.now)
  expect(world.list(KEPT)).toEqual([`${id}.json`])
  fs.rmSync(path.join(world.root, KEPT, `${id}.json`))
  keepAllMail(world.as(null).room(), world.now)
  expect(world.list(KEPT)).toEqual([])
  expect(world.list('messages/broadcast')).toEqual([`${id}.json`])
})

test('a room that is not tracked keeps no copies', () => {
  const world = createWorld('one')
  send.run(world.as('one'), { to: 'broadcast', subject: 'hello' })
  inbox.run(world.as('one'), {})
  expect(fs.existsSync(path.join(world.root, '.state/mail'))).toBe(false)
})

test('a message is sent even where no copy can be written', () => {
  const { world } = tracked()
  failing('openSync', 'ENOSPC', (file) => String(file).includes('/.state/mail/'))
  expect(send.run(world.as('one'), { to: 'broadcast', subject: 'full' }).message.subject).toBe('full')
  expect(shown(world)).toHaveLength(2)
})

test('in a read-only room init is refused, and nothing is half tracked', () => {
  const world = createWorld()
  failing('openSync', 'EROFS', (file) => String(file).includes('.tmp-'))
  expect(codeOf(() => setTracking(world.root, true, () => 'x\n'))).toBe('unwritable')
  expect(codeOf(() => init.run(world.as(null), { scripts: true }))).toBe('unwritable')
  expect(world.read('.gitignore')).toBe('*\n')
  expect(world.read('messages/.gitignore')).toBe('*\n')
})
