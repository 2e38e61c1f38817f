/** What readers ask of the disk in a large room: counted calls, since a thousand opens cost as much as starting node. */
import fs from 'node:fs'
import { expect, onTestFinished, test, vi } from 'vitest'
import { doctor } from '../../src/operations/doctor.ts'
import { gc } from '../../src/operations/gc.ts'
import { inbox } from '../../src/operations/inbox.ts'
import { peopleIn } from '../../src/operations/people.ts'
import { status } from '../../src/operations/status.ts'
import { fileTime } from '../../src/protocol/time.ts'
import { createWorld, EPOCH, type World } from '../helpers/world.ts'

const SESSIONS = 200
const BROADCASTS = 40
const HEARTBEATS = 100
const HOUR = 3_600_000
const iso = (time: number) => new Date(time).toISOString()
const idOf = (index: number) => `session-${1000 + index}`

/** 200 sessions with an old direct message each, 40 broadcasts of the last hour, 100 heartbeats. The first session has a name if given. */
function createLarge(name?: string): World {
  const world = createWorld()
  const put = (file: string, record: object) => world.write(file, JSON.stringify(record))
  const note = { type: 'note', subject: 'x', message: 'y' }
  for (let i = 0; i < SESSIONS; i++) {
    const id = idOf(i)
    const named = i === 0 && name ? { name } : {}
    put(`sessions/${id}.json`, { session_id: id, status: 'active', last_seen: iso(EPOCH), ...named })
    const sent = EPOCH - 5 * HOUR - i
    const file = `${fileTime(sent)}-${idOf(0)}-d${String(i).padStart(3, '0')}`
    put(`messages/direct/${id}/${file}.json`, { from: idOf(0), to: id, timestamp: iso(sent), ...note })
  }
  for (let i = 0; i < BROADCASTS; i++) {
    const sent = EPOCH - i * 60_000 - 1
    const file = `${fileTime(sent)}-${idOf(i)}-b${String(i).padStart(3, '0')}`
    put(`messages/broadcast/${file}.json`, {
      from: idOf(i),
      to: 'broadcast',
      timestamp: iso(sent),
      ...note,
    })
  }
  for (let i = 0; i < HEARTBEATS; i++) {
    const at = EPOCH - i * 1000
    const file = `${fileTime(at)}-${idOf(i)}.json`
    put(`heartbeats/${file}`, { session_id: idOf(i), timestamp: iso(at), action: 'building' })
  }
  return world
}

const COUNTED = ['openSync', 'readdirSync', 'lstatSync', 'existsSync', 'accessSync'] as const

/** How often each call was made within the room while `run` ran, and with which paths. */
function countCalls(world: World, run: () => void) {
  const paths = Object.fromEntries(COUNTED.map((call) => [call, [] as string[]])) as Record<
    (typeof COUNTED)[number],
    string[]
  >
  const spies = COUNTED.map((call) => {
    const real = fs[call].bind(fs) as (...args: unknown[]) => unknown
    return vi.spyOn(fs, call).mockImplementation(((...args: unknown[]) => {
      if (String(args[0]).startsWith(world.root)) paths[call].push(String(args[0]))
      return real(...args)
    }) as never)
  })
  const restore = () => spies.forEach((spy) => void spy.mockRestore())
  onTestFinished(restore)
  run()
  restore()
  const below = (call: (typeof COUNTED)[number], directory: string) =>
    paths[call].filter((path) => path.startsWith(`${world.root}/${directory}/`)).length
  return { paths, below }
}

test('inbox opens what its reader has not read, and no other session and mailbox', () => {
  const world = createLarge()
  const { paths, below } = countCalls(world, () => inbox.run(world.as(idOf(1)), { peek: true }))
  expect(below('openSync', 'sessions')).toBeLessThanOrEqual(4)
  expect(below('openSync', 'messages')).toBe(BROADCASTS + 1)
  expect(paths.readdirSync.length).toBeLessThanOrEqual(4)
  expect(paths.lstatSync.length).toBeLessThanOrEqual(20)
})

test('the words of inbox open only the sessions they name, and list each mailbox once', () => {
  const world = createLarge()
  const { paths, below } = countCalls(world, () => {
    const ctx = world.as(idOf(1))
    const { messages } = inbox.run(ctx, { peek: true })
    const people = peopleIn(ctx)
    const words = messages.map(({ id, from }) => `${people.short(id!)} ${people.called(from)}`)
    expect(words.at(-1)).toBe(`b000 ${idOf(0)}`)
    expect(words).toHaveLength(BROADCASTS)
  })
  expect(below('openSync', 'sessions')).toBeLessThanOrEqual(BROADCASTS + 8)
  expect(below('readdirSync', 'messages')).toBeLessThanOrEqual(SESSIONS + 4)
  expect(paths.lstatSync.length + paths.existsSync.length).toBeLessThanOrEqual(40)
})

test('a name that stands for an id is still known to mean nobody else', () => {
  const calledBy = (world: World) => peopleIn(world.as(idOf(1))).called(idOf(0))
  const world = createLarge('mason')
  expect(calledBy(world)).toBe('mason')
  world.write(
    'sessions/other.json',
    JSON.stringify({ session_id: 'other', name: 'mason', last_seen: iso(EPOCH) }),
  )
  expect(calledBy(world)).toBe(idOf(0))
})

test('status opens each session once and no message twice, and lists each mailbox once', () => {
  const world = createLarge()
  let unread: number | null = null
  const { paths, below } = countCalls(world, () => {
    const ctx = world.as(idOf(1))
    const seen = status.run(ctx, { limit: SESSIONS })
    unread = seen.unread
    const people = peopleIn(ctx)
    expect(seen.sessions.map(({ session_id }) => people.called(session_id))).toHaveLength(SESSIONS)
  })
  expect(unread).toBe(BROADCASTS)
  expect(below('openSync', 'sessions')).toBeLessThanOrEqual(SESSIONS + 8)
  expect(below('openSync', 'messages')).toBe(BROADCASTS + 1)
  expect(below('openSync', 'heartbeats')).toBe(0)
  expect(below('readdirSync', 'messages')).toBeLessThanOrEqual(SESSIONS + 4)
  // Once for each session: whether a script appended a status line after its last act.
  expect(paths.lstatSync.length + paths.existsSync.length + paths.accessSync.length).toBeLessThanOrEqual(
    SESSIONS + 60,
  )
})

test('a person who is no session is not looked for in all of them', () => {
  const world = createLarge()
  const { below } = countCalls(world, () => {
    expect(status.run(world.as(null), {}).unread).toBeNull()
  })
  expect(below('openSync', 'sessions')).toBeLessThanOrEqual(SESSIONS + 2)
})

test('doctor reads a heartbeat once and an old message once, and tells how far it is', () => {
  const world = createLarge()
  const shares: number[] = []
  const { below } = countCalls(world, () => {
    const ctx = world.as(null)
    ctx.onProgress = (share) => void shares.push(share)
    doctor.run(ctx, {})
  })
  const gitignores = 3
  expect(below('openSync', 'heartbeats')).toBeLessThanOrEqual(HEARTBEATS + gitignores)
  expect(below('openSync', 'messages')).toBeLessThanOrEqual(SESSIONS + 2 * BROADCASTS + gitignores)
  expect(below('readdirSync', 'messages')).toBeLessThanOrEqual(6 * SESSIONS)
  expect(shares.length).toBeGreaterThan(SESSIONS)
  expect(shares).toEqual([...shares].sort((a, b) => a - b))
  expect(shares.every((share) => share >= 0 && share < 1)).toBe(true)
})

test('gc tells how far it is, in looking and in doing', () => {
  const world = createLarge()
  world.advance(30 * HOUR)
  const shares: number[] = []
  const ctx = world.as(null)
  ctx.onProgress = (share) => void shares.push(share)
  expect(gc.run(ctx, {}).counts.heartbeats).toBe(HEARTBEATS)
  expect(shares.length).toBeGreaterThanOrEqual(2 * HEARTBEATS)
  expect(shares).toEqual([...shares].sort((a, b) => a - b))
  expect(shares.every((share) => share >= 0 && share < 1)).toBe(true)
})
