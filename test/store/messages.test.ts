import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { Message } from '../../src/protocol/records.ts'
import {
  addMessage,
  BROADCAST,
  listAllMessages,
  listMailboxes,
  listMessageIds,
  listMessages,
  listRecentDirect,
  loadMessage,
  mailbox,
} from '../../src/store/messages.ts'
import { createWorld, EPOCH } from '../helpers/world.ts'
import { fifo } from './helpers.ts'

const ID = '2026-11-20_10-00-00-000-one-abcd'

function createMail() {
  const world = createWorld()
  const room = world.as(null).room()
  const message = (to: string, more: Partial<Message> = {}): Message => ({
    from: 'one',
    to,
    timestamp: new Date(EPOCH).toISOString(),
    subject: 'hello',
    ...more,
  })
  const problems = () => room.problems.map(({ path, kind }) => `${kind} ${path}`)
  return { world, room, message, problems }
}

test('a message lies in the box of its recipient under its id', () => {
  const { world, room, message } = createMail()
  addMessage(room, message('broadcast'), ID)
  addMessage(room, message('two'), ID)
  expect(world.json(`messages/broadcast/${ID}.json`)).toMatchObject({ id: ID, subject: 'hello' })
  expect(world.json(`messages/direct/two/${ID}.json`)).toMatchObject({ id: ID, to: 'two' })
})

test('an id that is taken gets -2, then -3, and nothing is overwritten', () => {
  const { world, room, message } = createMail()
  const ids = ['a', 'b', 'c'].map((subject) => addMessage(room, message('broadcast', { subject }), ID).id)
  expect(ids).toEqual([ID, `${ID}-2`, `${ID}-3`])
  expect(world.list('messages/broadcast')).toEqual([`${ID}-2.json`, `${ID}-3.json`, `${ID}.json`])
  expect(
    listMessages(room, BROADCAST)
      .map(({ message }) => message.subject)
      .sort(),
  ).toEqual(['a', 'b', 'c'])
})

test('no recipient leads out of the direct mailboxes', () => {
  for (const to of ['..', '.', '../../x', '/etc', 'a/b', 'x\\y']) {
    expect(mailbox(to)).toMatch(/^messages\/direct\/(?!\.+$)[A-Za-z0-9._%-]+$/)
  }
})

test('a sync copy of a message is named and left out', () => {
  const { world, room, message, problems } = createMail()
  addMessage(room, message('broadcast'), ID)
  world.write(`messages/broadcast/${ID} 2.json`, world.read(`messages/broadcast/${ID}.json`))
  expect(listMessages(room, BROADCAST)).toHaveLength(1)
  expect(problems()).toEqual([`copy messages/broadcast/${ID} 2.json`])
})

test("a script's message without an id is called by its file name", () => {
  const { world, room } = createMail()
  const text = JSON.stringify({
    from: 'script',
    to: 'broadcast',
    timestamp: '2026-11-20 09:30 UTC',
    subject: 'hi',
  })
  world.write('messages/broadcast/2026-11-20_09-30-script.json', text)
  expect(listMessages(room, BROADCAST)).toMatchObject([
    { message: { id: '2026-11-20_09-30-script' }, sent: Date.parse('2026-11-20T09:30:00Z') },
  ])
})

test('a message without a time is as old as its file name says, whatever the mtime', () => {
  const { world, room } = createMail()
  world.write('messages/broadcast/2026-11-19_08-00-00-script.json', '{"from":"script","to":"broadcast"}')
  expect(listMessages(room, BROADCAST)[0]?.sent).toBe(Date.parse('2026-11-19T08:00:00Z'))
})

test("names tell which messages may be new: coord's own exactly, those of scripts with the slack of local time", () => {
  const { world, room } = createMail()
  const slack = ['2026-11-19_21-00-c', '2026-11-20_09-00-b', 'odd']
  const names = ['2026-11-20_09-00-00-000-a-x', '2026-11-19_19-00-d', ...slack]
  for (const name of names) world.write(`messages/broadcast/${name}.json`, '{"from":"a","to":"broadcast"}')
  expect(listMessageIds(room, BROADCAST, EPOCH)).toEqual(slack)
})

test('messages come oldest first, over all boxes', () => {
  const { room, message } = createMail()
  const at = (minutes: number) => new Date(EPOCH + minutes * 60_000).toISOString()
  addMessage(room, message('broadcast', { timestamp: at(2), subject: 'c' }), `${ID}c`)
  addMessage(room, message('two', { timestamp: at(1), subject: 'b' }), `${ID}b`)
  addMessage(room, message('human', { timestamp: at(0), subject: 'a' }), `${ID}a`)
  expect(listAllMessages(room).map(({ message }) => message.subject)).toEqual(['a', 'b', 'c'])
  expect(listMailboxes(room).sort()).toEqual(['human', 'two'])
})

test('recent direct messages are known without opening a mailbox, only those since a time', () => {
  const { world, room, message } = createMail()
  addMessage(room, message('two'), ID)
  addMessage(room, message('broadcast'), ID)
  fs.rmSync(path.join(world.root, 'messages/direct'), { recursive: true })
  expect(listRecentDirect(room, EPOCH).map(({ message }) => message.to)).toEqual(['two'])
  expect(listRecentDirect(room, EPOCH + 1)).toEqual([])
})

test('what is no message is named once each, and the others are read', () => {
  const { world, room, message, problems } = createMail()
  addMessage(room, message('broadcast'), ID)
  const box = path.join(world.root, BROADCAST)
  fs.writeFileSync(path.join(box, 'junk.json'), '\u0000\u0001junk')
  fs.writeFileSync(path.join(box, 'list.json'), '[1]')
  fs.writeFileSync(path.join(box, 'huge.json'), ' '.repeat(256 * 1024 + 1))
  fs.mkdirSync(path.join(box, 'dir.json'))
  fs.symlinkSync('/etc/hostname', path.join(box, 'link.json'))
  fifo(path.join(box, 'fifo.json'))
  expect(listMessages(room, BROADCAST)).toHaveLength(1)
  expect(problems().sort()).toEqual([
    'not-a-file messages/broadcast/dir.json',
    'not-a-file messages/broadcast/fifo.json',
    'not-a-file messages/broadcast/link.json',
    'too-big messages/broadcast/huge.json',
    'unreadable messages/broadcast/junk.json',
    'unreadable messages/broadcast/list.json',
  ])
})

test('a message that is gone when it is opened is no problem', () => {
  const { room, problems } = createMail()
  expect(loadMessage(room, BROADCAST, ID)).toBeNull()
  expect(problems()).toEqual([])
})
