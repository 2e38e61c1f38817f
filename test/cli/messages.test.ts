import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { coord, shell } from '../helpers/cli.ts'
import { done, makeRoom, minutesLater, NOW, PINNED, said, shortId } from './rooms.ts'

test('the seed form of send reaches all others, who read it once', async () => {
  const room = await makeRoom('session-001', 'session-002')
  const call = { cwd: room.dir, session: 'session-001', env: PINNED }
  const sent = await shell(call, 'coord send broadcast "tests passing" "ready for deployment"')
  expect(said(sent)).toMatch(/^sent [a-z2-7]{4} to broadcast: tests passing$/)
  const read = await coord({ cwd: room.dir, session: 'session-002', env: minutesLater(3) }, 'inbox')
  const id = sent.out.split(' ')[1]
  expect(said(read)).toBe(
    `•  ${id}  session-001  → broadcast  tests passing  3m ago\n    ready for deployment`,
  )
  expect(said(await room.as('session-002', 'inbox'))).toBe('no unread messages')
  expect(said(await room.as('session-001', 'inbox'))).toBe('no unread messages')
})

test('send --json carries the message with all that was given', async () => {
  const room = await makeRoom('one', 'two')
  const flags = [
    '--type',
    'question',
    '--priority',
    'high',
    '--expires',
    '2h',
    '--ack',
    '--details',
    '{"n":[1]}',
  ]
  const { json } = await room.as('one', 'send', 'two', 'help', 'can you?', ...flags, '--json')
  expect(json).toEqual({
    ok: true,
    message: {
      from: 'one',
      to: 'two',
      timestamp: NOW,
      type: 'question',
      subject: 'help',
      message: 'can you?',
      priority: 'high',
      details: { n: [1] },
      expires_at: '2026-11-20T12:00:00.000Z',
      ack: true,
      expects: ['two'],
      id: expect.stringMatching(/^2026-11-20_10-00-00-000-one-[a-z2-7]{4}$/),
    },
  })
})

test('a message without text is a subject alone', async () => {
  const room = await makeRoom('one', 'two')
  const { json } = await room.as('one', 'send', 'two', 'lunch', '--json')
  expect(json.message).toMatchObject({ subject: 'lunch', message: '', type: 'note', priority: 'normal' })
  expect(said(await room.as('two', 'inbox')).split('\n')).toHaveLength(1)
})

test('recipients are sessions by id or name, the person, and all with a capability', async () => {
  const room = await makeRoom('one')
  await done({ cwd: room.dir }, 'start', '--id', 'two', '--name', 'Ann Bee', '--capability', 'review')
  await done({ cwd: room.dir }, 'start', '--id', 'three', '--capability', 'review')
  const to = async (name: string) => {
    const { json } = await room.as('one', 'send', name, 'hi', '--json')
    return (json.messages ?? [json.message]).map((message: { to: string }) => message.to).sort()
  }
  expect(await to('two')).toEqual(['two'])
  expect(await to('Ann Bee')).toEqual(['two'])
  expect(await to('human')).toEqual(['human'])
  expect(await to('role:review')).toEqual(['three', 'two'])
  const person = await room.plain('inbox', '--as', 'human', '--json')
  expect(person.json.messages).toMatchObject([{ from: 'one', to: 'human' }])
})

test('a message waits for somebody unknown only with --to-unknown', async () => {
  const room = await makeRoom('one')
  const { json } = await room.as('one', 'send', 'late-comer', 'hi', '--to-unknown', '--json')
  expect(json.message.to).toBe('late-comer')
  await done({ cwd: room.dir }, 'start', '--id', 'late-comer')
  expect((await room.as('late-comer', 'inbox', '--json')).json.messages).toMatchObject([{ subject: 'hi' }])
})

test('the person can write, but an agent can not write as the person', async () => {
  const room = await makeRoom('one')
  expect(said(await room.plain('send', 'one', 'hello', '--as', 'human'))).toMatch(
    /^sent [a-z2-7]{4} to one \(you\): hello$/,
  )
  const agent = await coord(
    { cwd: room.dir, env: { ...PINNED, AI_AGENT: '1' } },
    'send',
    'one',
    'x',
    '--as',
    'human',
    '--json',
  )
  expect(agent).toMatchObject({ code: 2, json: { error: { code: 'invalid', argument: 'as' } } })
})

test('inbox --peek leaves messages unread, --all shows read ones, --from and --limit choose', async () => {
  const room = await makeRoom('one', 'two', 'three')
  for (const subject of ['a', 'b']) await room.as('one', 'send', 'three', subject)
  await room.did('two', 'send', 'three', 'c')
  const subjects = async (...args: string[]) => {
    const { json } = await room.as('three', 'inbox', ...args, '--json')
    return [json.messages.map((message: { subject: string }) => message.subject), json.omitted]
  }
  expect(await subjects('--peek')).toEqual([['a', 'b', 'c'], undefined])
  expect(await subjects('--peek', '--from', 'two')).toEqual([['c'], undefined])
  expect(await subjects('--limit', '1')).toEqual([['a'], 2])
  expect((await room.as('three', 'inbox', '--peek', '--limit', '1')).out).toMatch(
    /\n… 1 more; --limit 2 shows them$/,
  )
  expect(await subjects()).toEqual([['b', 'c'], undefined])
  expect(await subjects()).toEqual([[], undefined])
  expect(await subjects('--all')).toEqual([['a', 'b', 'c'], undefined])
})

test('ack takes the unique end of an id and leaves a receipt', async () => {
  const room = await makeRoom('one', 'two')
  const id = shortId(await room.as('one', 'send', 'two', 'look', 'please', '--ack', '--json'))
  expect((await room.as('two', 'status')).out).toContain('one waits for an answer from two (you): "look"')
  const { json } = await room.as('two', 'ack', id, '--json')
  expect(json).toMatchObject({ ok: true, receipt: { at: NOW, state: 'acked' }, message: { subject: 'look' } })
  expect(json.receipt.message).toBe(json.message.id)
  expect(said(await room.as('two', 'ack', id))).toBe(`acknowledged ${id} of one: look`)
  expect((await room.plain('status')).out).not.toContain('waits for an answer')
})

test('reply answers in the thread and counts as acknowledged', async () => {
  const room = await makeRoom('one', 'two')
  const asked = await room.as('one', 'send', 'two', 'look', 'please', '--ack', '--priority', 'high', '--json')
  const { json } = await room.later(1, 'two', 'reply', shortId(asked), 'done', '--json')
  const { id } = asked.json.message
  expect(Object.keys(json)).toEqual(['ok', 'message'])
  expect(json.message).toMatchObject({
    to: 'one',
    type: 'reply',
    subject: 'Re: look',
    message: 'done',
    reply_to: id,
    thread: id,
  })
  expect((await room.plain('status')).out).not.toContain('waits for an answer')
  expect(said(await room.later(2, 'two', 'reply', shortId(asked), 'more'))).toMatch(
    /^replied \S+ to one: Re: look$/,
  )
})

test('messages lists all mail of the room without a session, direct mail too', async () => {
  const room = await makeRoom('one', 'two')
  expect(said(await room.plain('messages'))).toBe('no messages')
  const first = await room.as('one', 'send', 'two', 'Deploy', 'now?', '--json')
  await room.didLater(1, 'two', 'reply', first.json.message.id, 'yes')
  await room.didLater(2, 'one', 'send', 'broadcast', 'lunch')
  const subjects = async (...args: string[]) =>
    (await room.plain('messages', ...args, '--json')).json.messages.map(
      (message: { subject: string }) => message.subject,
    )
  expect(await subjects()).toEqual(['Deploy', 'Re: Deploy', 'lunch'])
  expect(await subjects('--thread', first.json.message.id)).toEqual(['Deploy', 'Re: Deploy'])
  expect(await subjects('--search', 'DEPLOY')).toEqual(['Deploy', 'Re: Deploy'])
  const newest = await room.plain('messages', '--limit', '1', '--json')
  expect(newest.json).toMatchObject({ ok: true, messages: [{ subject: 'lunch' }], omitted: 2 })
})

test('a message on standard input arrives byte for byte', async () => {
  const room = await makeRoom('one', 'two')
  const text = 'He said "it\'s $HOME `date` \\! \\n"\n\n\tümlaut 🎉 %s $(id)\n--json\n'
  const call = { cwd: room.dir, session: 'one', env: PINNED, input: text }
  const { json } = await coord(call, 'send', 'two', 'raw', '-', '--json')
  expect(json.message.message).toBe(text)
  const stored = JSON.parse(room.read(`messages/direct/two/${room.files('messages/direct/two')[0]}`))
  expect(stored.message).toBe(text)
  const answer = await coord({ ...call, session: 'two' }, 'reply', json.message.id, '-', '--json')
  expect(answer.json.message.message).toBe(text)
})

test('a message of 60 KB comes through a pipe, and out again whole', async () => {
  const room = await makeRoom('one', 'two')
  const text = `${'0123456789'.repeat(6_000)}end`
  const call = { cwd: room.dir, session: 'one', env: PINNED, input: text }
  expect((await shell(call, 'cat | coord send two big -')).code).toBe(0)
  const { json } = await room.as('two', 'inbox', '--json')
  expect(json.messages[0].message).toBe(text)
  expect((await room.as('two', 'inbox', '--all')).out).toContain(text)
})

test('a message can come from a file, but not from a file and the command line', async () => {
  const room = await makeRoom('one', 'two')
  fs.writeFileSync(path.join(room.dir, 'note.txt'), 'from a file\n')
  const { json } = await room.as('one', 'send', 'two', 's', '--file', 'note.txt', '--json')
  expect(json.message.message).toBe('from a file\n')
  const both = await room.as('one', 'send', 'two', 's', 'text', '--file', 'note.txt', '--json')
  expect(both).toMatchObject({ code: 2, json: { error: { code: 'invalid', argument: 'file' } } })
  const gone = await room.as('one', 'send', 'two', 's', '--file', 'absent.txt', '--json')
  expect(gone.json.error).toMatchObject({ argument: 'file', message: expect.stringContaining('absent.txt') })
})
