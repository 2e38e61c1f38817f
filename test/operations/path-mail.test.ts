/** Messages for whoever holds a path: now, or next. */
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { claim } from '../../src/operations/claim.ts'
import { end } from '../../src/operations/end.ts'
import { finishBegun } from '../../src/operations/finishing.ts'
import { gc } from '../../src/operations/gc.ts'
import { handoff } from '../../src/operations/handoff.ts'
import { inbox } from '../../src/operations/inbox.ts'
import { messages } from '../../src/operations/messages.ts'
import { release } from '../../src/operations/release.ts'
import { reply } from '../../src/operations/reply.ts'
import { send } from '../../src/operations/send.ts'
import { status } from '../../src/operations/status.ts'
import { addMessageOnce } from '../../src/store/messages.ts'
import { createWorld } from '../helpers/world.ts'
import { codeOf, errorOf } from '../store/helpers.ts'

function createPaths() {
  const world = createWorld('one', 'two', 'three')
  fs.mkdirSync(path.join(world.dir, 'src/auth'), { recursive: true })
  const write = (to: string, more: object = {}, from = 'one') =>
    send.run(world.as(from), { to, subject: 'word', ...more })
  const hold = (id: string, ...name: string[]) => claim.run(world.as(id), { type: 'file', name })
  /** What a session reads, without marking it. */
  const peek = (id: string) =>
    inbox.run(world.as(id), { peek: true }).messages.filter(({ subject }) => subject === 'word')
  const read = (id: string) => {
    world.advance(1000)
    return inbox.run(world.as(id), {}).messages.filter(({ subject }) => subject === 'word')
  }
  const waits = () => messages.run(world.as(null), {}).messages.filter(({ to }) => to.startsWith('path:'))
  return { world, write, hold, peek, read, waits }
}

test('a path that names a claim of another type is said to mean a file, with who holds the claim', () => {
  const { world } = createPaths()
  claim.run(world.as('two'), { type: 'droplet', name: ['off1'] })
  const write = (to: string) => {
    const ctx = world.as('one')
    send.run(ctx, { to, subject: 'word' })
    return ctx.warnings
  }
  expect(write('path:droplet/off1')).toEqual([
    'path: means files; the claim droplet/off1 is held by two: coord send two "…"',
  ])
  expect(write('path:off1')).toEqual([])
})

describe('a message for a path that is held', () => {
  test.each([
    ['the path itself', 'src/auth/login.ts', 'src/auth/login.ts'],
    ['a directory that holds the path', 'src/auth', 'src/auth/login.ts'],
    ['a file in the directory', 'src/auth/login.ts', 'src/auth'],
    ['a glob', 'src/**/*.ts', 'src/auth/*.ts'],
  ])('reaches the holder of %s at once', (_what, held, to) => {
    const { write, hold, peek, waits } = createPaths()
    hold('two', held)
    const sent = write(`path:${to}`)
    expect(sent).toMatchObject({ message: { to: 'two', resource_type: 'file' } })
    expect(sent).not.toHaveProperty('recipient')
    expect(peek('two')).toHaveLength(1)
    expect(waits()).toEqual([])
  })

  test('reaches every other holder of a part of it, and not the sender', () => {
    const { write, hold } = createPaths()
    hold('one', 'src/auth/mine.ts')
    hold('two', 'src/auth/a.ts')
    hold('three', 'src/auth/b.ts')
    expect(write('path:src/auth').messages?.map(({ to }) => to)).toEqual(['two', 'three'])
  })
})

describe('a message for a path that nobody holds', () => {
  test('waits where the sender sees it, and is for whoever claims it next, once', () => {
    const { world, write, hold, peek, read, waits } = createPaths()
    const { message, recipient } = write('path:src/auth', { ack: true })
    expect(recipient).toBe('next_holder')
    expect(waits()).toMatchObject([{ id: message.id, to: 'path:src/auth/**', from: 'one' }])
    expect(world.read('STATUS_BOARD.md')).toContain('one → path:src/auth/\\*\\*')
    expect(peek('two')).toEqual([])
    hold('two', 'src/other.ts')
    expect(peek('two')).toEqual([])
    world.advance(1000)
    hold('three', 'src/auth/login.ts')
    expect(status.run(world.as('three'), {}).unread).toBe(1)
    expect(read('three')).toMatchObject([
      { id: message.id, to: 'three', moved_from: 'path:src/auth/**', expects: ['three'] },
    ])
    expect(waits()).toEqual([])
    release.run(world.as('three'), { all: true })
    hold('two', 'src/auth/login.ts')
    expect([read('two'), read('three')]).toEqual([[], []])
    reply.run(world.as('three'), { id: message.id!, message: 'seen' })
    expect(inbox.run(world.as('one'), {}).messages.map(({ reply_to }) => reply_to)).toContain(message.id)
  })

  test('is for the one who claimed, also when that claim is over before anybody looks', () => {
    const { world, write, hold, read } = createPaths()
    write('path:a.ts')
    world.advance(1000)
    hold('two', 'a.ts')
    release.run(world.as('two'), { all: true })
    world.advance(1000)
    hold('three', 'a.ts')
    expect([read('three').length, read('two').length]).toEqual([0, 1])
  })

  test('a path that is not there yet means also what will be below it', () => {
    const { world, write, hold, peek } = createPaths()
    write('path:src/new')
    world.advance(1000)
    hold('two', 'src/new/file.ts')
    expect(peek('two')).toHaveLength(1)
  })

  test('the sender itself, and who ended since, do not count; who is handed the claim does', () => {
    const { world, write, hold, read } = createPaths()
    write('path:a.ts')
    world.advance(1000)
    hold('one', 'a.ts')
    release.run(world.as('one'), { all: true })
    hold('two', 'a.ts')
    end.run(world.as('two'), {})
    world.write('messages/paths/2026-11-20_10-00-00-000-one-zzzz.json', '{"from":"one","to":"path:b.ts"}')
    expect(read('three')).toEqual([])
    hold('one', 'a.ts')
    handoff.run(world.as('one'), { type: 'file', name: 'a.ts', to: 'three' })
    expect(read('three')).toHaveLength(1)
  })

  test('is delivered by whoever acts next, not only by its recipient', () => {
    const { world, write, hold } = createPaths()
    const { message } = write('path:a.ts')
    world.advance(1000)
    hold('two', 'a.ts')
    world.start('four')
    expect(world.list('messages/paths')).toEqual([])
    expect(world.list('messages/direct/two')).toEqual([`${message.id}.json`])
    expect(world.read('STATUS_BOARD.md').match(/"word"/g)).toHaveLength(1)
  })

  test('what a crash left between copy and removal is not delivered twice', () => {
    const { world, write, hold, read } = createPaths()
    const { message } = write('path:a.ts')
    const ctx = world.as('two')
    addMessageOnce(ctx.room(), { ...message, to: 'two', moved_from: message.to } as never, message.id!)
    world.advance(1000)
    hold('three', 'a.ts')
    finishBegun(ctx, ctx.room(), ctx.now())
    expect(world.list('messages/paths')).toEqual([])
    expect([read('two').length, read('three').length]).toEqual([1, 0])
  })

  test('runs out as it was told, and with messages.retention', () => {
    const { world, write, hold, read } = createPaths()
    write('path:a.ts', { expires: '1h' })
    write('path:b.ts')
    world.advance(2 * 3_600_000)
    hold('two', 'a.ts')
    expect(read('two')).toEqual([])
    gc.run(world.as(null), {})
    expect(world.list('messages/paths')).toHaveLength(1)
    world.advance(31 * 24 * 3_600_000)
    gc.run(world.as(null), {})
    expect(world.list('messages/paths')).toEqual([])
  })
})

test('a path that is none is named as the recipient', () => {
  const { write } = createPaths()
  for (const to of ['path:', 'path:src/[[:alpha:]]*', 'path:a\nb'])
    expect([codeOf(() => write(to)), errorOf(() => write(to)).details]).toMatchObject([
      'invalid',
      { argument: 'to' },
    ])
})
