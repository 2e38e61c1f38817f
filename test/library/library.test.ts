/** The library in this process and in others: rooms, who acts, input, warnings, and what is loaded on demand. */
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { commands } from '../../src/faces/cli/commands/index.ts'
import type { ErrorCode, Room } from '../../src/faces/library/index.ts'
import { everything } from '../cli/rooms.ts'
import { coord } from '../helpers/cli.ts'
import { temporaryDirectory } from '../helpers/directories.ts'
import { CoordError, openRoom, repository, run } from './program.ts'

/** What is thrown, as code and the details that matter. */
function refusal(act: () => unknown): { code: ErrorCode; argument?: unknown; text: string } {
  try {
    act()
  } catch (error) {
    if (!(error instanceof CoordError)) throw error
    const { code, message, hint, details } = error
    return { code, argument: details.argument, text: `${message} ${hint}` }
  }
  throw new Error('nothing was thrown')
}

/** A room in a repository, acting as new sessions of this process. */
function rooms<const Ids extends string[]>(...ids: Ids): { [K in keyof Ids]: Room } & { dir: string } {
  const dir = repository()
  const opened = ids.map((id) => {
    const room = openRoom({ cwd: dir, env: {} })
    room.start({ id })
    return room
  })
  return Object.assign(opened, { dir }) as unknown as { [K in keyof Ids]: Room } & { dir: string }
}

describe('opening', () => {
  test('throws not_initialized where there is no room, and lays one out when asked', () => {
    const cwd = temporaryDirectory()
    expect(refusal(() => openRoom({ cwd, env: {} })).code).toBe('not_initialized')
    const room = openRoom({ cwd, env: {}, create: true })
    expect(room.root).toBe(path.join(cwd, 'COORDINATION'))
    expect(fs.readFileSync(path.join(room.root, 'README.md'), 'utf8')).toContain('coord')
    expect(openRoom({ cwd, env: {} }).root).toBe(room.root)
  })

  test('names a directory that is not there', () => {
    expect(refusal(() => openRoom({ cwd: '/nowhere/at/all', env: {} }))).toMatchObject({
      code: 'invalid',
      argument: 'cwd',
    })
  })

  test('finds the room from below, and by the environment it is given', () => {
    const dir = repository()
    fs.mkdirSync(path.join(dir, 'src/deep'), { recursive: true })
    const root = path.join(dir, 'COORDINATION')
    expect(openRoom({ cwd: path.join(dir, 'src/deep'), env: {} }).root).toBe(root)
    expect(openRoom({ cwd: temporaryDirectory(), env: { COORD_DIR: root } }).root).toBe(root)
  })
})

describe('who acts', () => {
  test('start makes the room act as a session of this process; several rooms are several sessions', () => {
    const [one, two] = rooms('one', 'two')
    expect(one.whoami().session).toMatchObject({ session_id: 'one', pid: process.pid })
    expect(two.whoami().session.session_id).toBe('two')
    one.claim({ type: 'droplet', name: 'x' })
    expect(one.whoami().session.pid).toBe(process.pid)
    expect(refusal(() => two.claim({ type: 'droplet', name: 'X' })).code).toBe('held')
    expect(two.snapshot().needs).toMatchObject([{ kind: 'refused', session_ids: ['two', 'one'] }])
  })

  test('a room of the same process that has started none acts as the one session there is, and as none of two', () => {
    const [one] = rooms('one')
    const beside = openRoom({ cwd: one.root, env: {} })
    expect(beside.whoami()).toMatchObject({ session: { session_id: 'one' }, source: 'ancestry' })
    openRoom({ cwd: one.root, env: {} }).start({ id: 'two' })
    expect(refusal(() => beside.whoami()).code).toBe('no_session')
  })

  test('as acts as another session and leaves the room what it was', () => {
    const [one] = rooms('one', 'two')
    expect(one.as('two').claim({ type: 'droplet', name: 'x' }).claim.claimed_by).toBe('two')
    expect(one.claim({ type: 'droplet', name: 'y' }).claim.claimed_by).toBe('one')
    expect(refusal(() => one.as('nobody').claim({ type: 'droplet', name: 'z' })).code).toBe('no_session')
  })

  test('a room without a session reads, and is told how to act', () => {
    const room = openRoom({ cwd: repository(), env: {} })
    expect(room.snapshot()).toMatchObject({ sessions: [], claims: [], unread: null })
    expect(refusal(() => room.heartbeat({ action: 'building' })).code).toBe('no_session')
  })

  test('an ended session acts no more', () => {
    const [one] = rooms('one')
    one.end()
    expect(refusal(() => one.heartbeat({ action: 'building' })).code).toBe('no_session')
  })

  test('what a program claimed is free five minutes after the program is gone, though it did not end', async () => {
    const dir = repository()
    const program = `import { openRoom } from 'git-coord'
      const room = openRoom()
      room.start({ id: 'gone' })
      console.log(room.claim({ type: 'droplet', name: 'x' }).claim.claimed_by)`
    expect(await run(dir, program)).toEqual({ code: 0, out: 'gone', err: '' })
    const early = openRoom({ cwd: dir, env: {} })
    early.start({ id: 'next' })
    expect(refusal(() => early.claim({ type: 'droplet', name: 'x' })).code).toBe('held')
    const later = { COORD_NOW: new Date(Date.now() + 5 * 60_000).toISOString() }
    const room = openRoom({ cwd: dir, env: later, session: 'next' })
    expect(room.claim({ type: 'droplet', name: 'x' }).took_over?.claimed_by).toBe('gone')
  })

  test('a command that the program runs is its session', async () => {
    const dir = repository()
    const bin = path.join(import.meta.dirname, '../../bin/coord.cjs')
    const program = `import { execFileSync } from 'node:child_process'
      import { openRoom } from 'git-coord'
      openRoom().start({ id: 'program' })
      const answer = execFileSync(process.execPath, [${JSON.stringify(bin)}, 'whoami', '--json'], { encoding: 'utf8' })
      console.log(JSON.parse(answer).session.session_id)`
    expect(await run(dir, program)).toEqual({ code: 0, out: 'program', err: '' })
  })
})

describe('operations', () => {
  test('every command is one, but those of the command line alone', () => {
    const room = openRoom({ cwd: repository(), env: {} })
    const missing = commands.map(({ name }) => name).filter((name) => !(name in room))
    expect(missing).toEqual([
      'wait',
      'run',
      'hook',
      'statusline',
      'torture',
      'completion',
      'install',
      'mcp',
      'serve',
      'uninstall',
    ])
  })

  const wrong: [what: string, act: (room: Room) => unknown, argument: string, text: RegExp][] = [
    [
      'a field too many',
      (room) => room.claim({ type: 'a', name: 'b', nope: 1 } as never),
      'nope',
      /takes no/,
    ],
    [
      'a name in camel case',
      (room) => room.claim({ type: 'a', name: 'b', noRenew: true } as never),
      'noRenew',
      /Did you mean 'no-renew'/,
    ],
    ['a missing field', (room) => room.claim({ type: 'a' } as never), 'name', /name is missing/],
    [
      'an undefined field',
      (room) => room.claim({ type: 'a', name: undefined } as never),
      'name',
      /is missing/,
    ],
    ['a number for a text', (room) => room.heartbeat({ action: 5 } as never), 'action', /not a text/],
    ['a text for a number', (room) => room.messages({ limit: '5' } as never), 'limit', /whole number/],
    ['half a number', (room) => room.messages({ limit: 0.5 }), 'limit', /whole number/],
    ['a text for a flag', (room) => room.inbox({ all: 'yes' } as never), 'all', /true or false/],
    ['numbers in a list', (room) => room.claim({ type: 'a', name: [1] } as never), 'name', /list of texts/],
    ['an empty list', (room) => room.claim({ type: 'file', name: [] }), 'name', /list of texts/],
    ['no object', (room) => room.status('x' as never), 'input', /not an object/],
    ['a field of all objects', (room) => room.status({ constructor: 1 } as never), 'constructor', /takes no/],
  ]
  test.each(wrong)('%s is invalid, and named', (_what, act, argument, text) => {
    const [room] = rooms('one')
    const said = refusal(() => act(room))
    expect(said).toMatchObject({ code: 'invalid', argument })
    expect(said.text).toMatch(text)
  })

  test('undefined fields are as good as none', () => {
    const [one] = rooms('one')
    expect(one.claim({ type: 'droplet', name: 'x', note: undefined }).claim.note).toBe(undefined)
  })

  test('the snapshot is what status --json gives, and changes nothing', async () => {
    const [one] = rooms('one')
    one.claim({ type: 'droplet', name: 'x' })
    one.send({ to: 'broadcast', subject: 'hello' })
    const before = everything(one.root)
    const snapshot = one.snapshot()
    expect(everything(one.root)).toEqual(before)
    const { json } = await coord({ cwd: path.dirname(one.root), session: 'one' }, 'status', '--json')
    expect(Object.keys(json).sort()).toEqual(['ok', ...Object.keys(snapshot)].sort())
    expect(json.messages).toEqual(snapshot.messages)
    expect(json.sessions[0]).toMatchObject({ session_id: 'one', pid: process.pid })
  })

  test('the room is recorded in git', () => {
    const [one] = rooms('one')
    const git = {
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@b',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@b',
    }
    const env = { PATH: process.env.PATH, ...git }
    const room = openRoom({ cwd: path.dirname(one.root), env })
    expect(room.commit()).toMatchObject({ branch: 'coordination', changed: true })
  })
})

describe('what goes wrong without stopping an operation', () => {
  test('is told to onWarning, and to nobody without', () => {
    const [one] = rooms('one')
    fs.rmSync(path.join(one.root, 'STATUS_BOARD.md'))
    fs.mkdirSync(path.join(one.root, 'STATUS_BOARD.md/in-the-way'), { recursive: true })
    const told: string[] = []
    const cwd = path.dirname(one.root)
    openRoom({ cwd, env: {}, session: 'one', onWarning: (text) => told.push(text) }).heartbeat({
      action: 'x',
    })
    expect(told).toEqual([expect.stringContaining('STATUS_BOARD.md')])
    expect(one.heartbeat({ action: 'y' }).heartbeat.action).toBe('y')
    expect(told).toHaveLength(1)
  })
})

describe('what is loaded on demand', () => {
  test('the repair ladder reads a damaged record', () => {
    const [one] = rooms('one')
    fs.writeFileSync(
      path.join(one.root, 'sessions/two.json'),
      '{"session_id": "two", "status": "active", "current_work": "tab\there"}',
    )
    const { sessions, problems } = one.snapshot()
    expect(sessions.map(({ session_id }) => session_id).sort()).toEqual(['one', 'two'])
    expect(problems).toMatchObject([{ path: 'sessions/two.json', kind: 'repaired' }])
  })

  test("a room's own template makes the board", () => {
    const [one] = rooms('one')
    fs.mkdirSync(path.join(one.root, 'templates'))
    fs.writeFileSync(path.join(one.root, 'templates/STATUS_BOARD.md.hbs'), 'our board{{#if nope}}!{{/if}}\n')
    expect(one.board({ print: true }).board).toBe('our board\n')
  })

  test('programs that contend for one resource are served one after the other, with tokens that grow', async () => {
    const dir = repository()
    const program = (id: string) => `import { openRoom } from 'git-coord'
      const room = openRoom()
      room.start({ id: '${id}' })
      const tokens = []
      while (tokens.length < 40) {
        try {
          tokens.push(room.claim({ type: 'droplet', name: 'x' }).claim.token)
          room.release({ 'no-announce': true })
        } catch (error) {
          if (error.code !== 'held') throw error
        }
      }
      console.log(JSON.stringify(tokens))`
    await run(dir, '')
    const answers = await Promise.all(['a', 'b', 'c'].map((id) => run(dir, program(id))))
    expect(answers.map(({ err }) => err)).toEqual(['', '', ''])
    const tokens = answers.map(({ out }) => JSON.parse(out) as number[])
    expect(new Set(tokens.flat()).size).toBe(120)
    for (const list of tokens) expect(list).toEqual([...list].sort((a, b) => a - b))
  })
})
