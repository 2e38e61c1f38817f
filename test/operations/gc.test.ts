import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ack } from '../../src/operations/ack.ts'
import { claim } from '../../src/operations/claim.ts'
import { claims } from '../../src/operations/claims.ts'
import { end } from '../../src/operations/end.ts'
import { gc } from '../../src/operations/gc.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { inbox } from '../../src/operations/inbox.ts'
import { send } from '../../src/operations/send.ts'
import { start as startOperation } from '../../src/operations/start.ts'
import { status } from '../../src/operations/status.ts'
import { fileTime } from '../../src/protocol/time.ts'
import { createWorld, EPOCH } from '../helpers/world.ts'
import { codeOf, failing, listing } from '../store/helpers.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const instant = (time: number) => new Date(time).toISOString()

function createRoom(...sessions: string[]) {
  const world = createWorld()
  for (const id of sessions) world.start(id)
  world.write('.state/pruned', '')
  const at = (file: string) => path.join(world.root, file)
  const there = (file: string) => fs.existsSync(at(file))
  /** As coord writes sessions whose process is not known: those of the tests' own process never count as gone. */
  const forgetProcess = (id: string) =>
    world.write(`sessions/${id}.json`, JSON.stringify({ ...world.json(`sessions/${id}.json`), pid: null }))
  const older = (file: string, hours: number) => {
    const then = Date.now() / 1000 - hours * 3600
    fs.utimesSync(at(file), then, then)
  }
  const tidy = (given: { 'dry-run'?: boolean; limit?: number } = {}) => gc.run(world.as(null), given)
  const paths = (kind: string) =>
    tidy({ 'dry-run': true })
      .items.filter((item) => item.kind === kind)
      .map((item) => item.path)
      .sort()
  return { world, at, there, forgetProcess, older, tidy, paths }
}

/** A session that worked, was read to, and ended more than an hour ago. */
function createEnded() {
  const room = createRoom('one', 'two')
  const { world } = room
  send.run(world.as('two'), { to: 'one', subject: 'hello' })
  inbox.run(world.as('one'), {})
  end.run(world.as('one'), {})
  world.advance(2 * HOUR)
  heartbeat.run(world.as('two'), { action: 'building' })
  return room
}

const FILES = ['sessions/one.json', 'status/one_status.json', 'receipts/one.jsonl']

test('an ended session goes into the archive of its month with its history and receipts', () => {
  const { world, tidy, there } = createRoom('one', 'two')
  send.run(world.as('two'), { to: 'one', subject: 'hello' })
  inbox.run(world.as('one'), {})
  end.run(world.as('one'), {})
  world.advance(HOUR - 1)
  expect(tidy().counts.sessions).toBe(0)
  world.advance(1)
  const before = FILES.map(world.read)
  const done = tidy()
  expect(done).toMatchObject({ dry_run: false, total: 3, counts: { sessions: 1, histories: 2 } })
  expect(done.items.map(({ path, to }) => [path, to])).toEqual(
    FILES.map((file) => [file, `archive/2026-11/${file}`]),
  )
  expect(FILES.filter(there)).toEqual([])
  expect(FILES.map((file) => world.read(`archive/2026-11/${file}`))).toEqual(before)
  expect(tidy()).toMatchObject({ total: 0, items: [] })
})

test('a dry run says exactly what the same call does, and writes nothing', () => {
  const { world, tidy } = createEnded()
  world.advance(2 * DAY)
  world.write('.tmp-1-x', '')
  fs.utimesSync(path.join(world.root, '.tmp-1-x'), 1, 1)
  const before = listing(world.root)
  const planned = tidy({ 'dry-run': true })
  expect(listing(world.root)).toEqual(before)
  expect(planned.total).toBeGreaterThan(4)
  expect({ ...tidy(), dry_run: true }).toEqual(planned)
})

test('a long list is cut where a limit is given, and says so; the counts are whole', () => {
  const { tidy } = createEnded()
  const { items, omitted, counts, total } = tidy({ 'dry-run': true, limit: 1 })
  expect({ items: items.length, omitted, total, sessions: counts.sessions }).toEqual({
    items: 1,
    omitted: total - 1,
    total,
    sessions: 1,
  })
})

test('an archived session that starts again has its history and receipts', () => {
  const { world, tidy, there } = createEnded()
  const uuid = world.json('sessions/one.json').session_uuid
  tidy()
  expect(codeOf(() => heartbeat.run(world.as('one'), { action: 'building' }))).toBe('no_session')
  expect(there('sessions/one.json')).toBe(false)
  world.start('one')
  expect(world.json('sessions/one.json')).toMatchObject({ status: 'active', session_uuid: uuid })
  expect(world.read('status/one_status.json').trim().split('\n').map(eventOf)).toEqual([
    'start',
    'inbox',
    'end',
    'start',
  ])
  expect(inbox.run(world.as('one'), {}).messages.map(({ from }) => from)).not.toContain('two')
  expect(FILES.filter((file) => there(`archive/2026-11/${file}`))).toEqual([])
})

const eventOf = (line: string) => (JSON.parse(line) as { metadata: { event: string } }).metadata.event

test('a session without a sign for a day is given up, and its next act brings it back active', () => {
  const { world, tidy, forgetProcess } = createRoom('one')
  forgetProcess('one')
  world.advance(DAY - 1)
  expect(tidy().counts.sessions).toBe(0)
  world.advance(1)
  expect(tidy().counts).toMatchObject({ sessions: 1, histories: 1 })
  expect(world.json('archive/2026-11/sessions/one.json')).toMatchObject({ status: 'abandoned' })
  world.advance(DAY)
  heartbeat.run(world.as('one'), { action: 'building' })
  expect(world.json('sessions/one.json')).toMatchObject({ status: 'active', state: 'working' })
  expect(world.list('archive/2026-11/sessions')).toEqual([])
  expect(world.read('status/one_status.json').trim().split('\n').map(eventOf)).toEqual(['start', 'heartbeat'])
})

test("an agent's own id brings its archived session back", () => {
  const { world, tidy, forgetProcess, older } = createRoom()
  const agent = { CLAUDE_CODE_SESSION_ID: 'abc' }
  const known = start(agent)
  forgetProcess(known)
  world.advance(2 * DAY)
  older('.state/agents/claude%3Aabc', 48)
  expect(tidy().counts).toMatchObject({ sessions: 1 })
  heartbeat.run(world.as(null, agent), { action: 'building' })
  expect(world.list('sessions')).toEqual([`${known}.json`])
  end.run(world.as(null, agent), {})
  world.advance(2 * DAY)
  tidy()
  expect(world.list('sessions')).toEqual([])
  expect(start(agent)).toBe(known)

  function start(env: Record<string, string>): string {
    return startOperation.run(world.as(null, env), {}).session.session_id
  }
})

test('a session that holds a claim stays, however long it is silent; once the lease ran out it goes', () => {
  const { world, tidy, forgetProcess } = createRoom('one')
  claim.run(world.as('one'), { type: 'task', name: ['x'], for: '3d' })
  forgetProcess('one')
  world.advance(2 * DAY)
  expect(tidy().counts.sessions).toBe(0)
  expect(claims.run(world.as(null), {}).claims).toMatchObject([{ claimed_by: 'one', expired: false }])
  world.advance(DAY + HOUR)
  expect(tidy().counts.sessions).toBe(1)
})

test('of a ledger that can not be read, whoever remembers one of its claims stays', () => {
  const { world, tidy, forgetProcess } = createRoom('one', 'two')
  claim.run(world.as('one'), { type: 'task', name: ['x'], for: '3d' })
  forgetProcess('one')
  forgetProcess('two')
  world.write('.state/ledger/task-x/000000000001', 'junk')
  fs.rmSync(path.join(world.root, 'claims/task-x.claim'))
  world.advance(2 * DAY)
  tidy()
  expect(world.list('sessions')).toEqual(['one.json'])
})

test("a script's session is judged by its heartbeats, which tell when its file does not", () => {
  const { world, tidy } = createRoom()
  const started = { session_id: 'script', started_at: instant(EPOCH - 3 * DAY), status: 'active' }
  world.write('sessions/script.json', JSON.stringify(started))
  const beat = { session_id: 'script', timestamp: instant(EPOCH - HOUR) }
  world.write(`heartbeats/${fileTime(EPOCH - HOUR)}-script.json`, JSON.stringify(beat))
  expect(tidy().counts.sessions).toBe(0)
  world.advance(DAY)
  expect(tidy().counts).toMatchObject({ sessions: 1, heartbeats: 1 })
})

test('a session file without any time is never given up', () => {
  const { world, tidy } = createRoom()
  world.write('sessions/odd.json', '{"session_id": "odd", "status": "active"}')
  expect(tidy().total).toBe(0)
})

test('archived sessions are nobody unknown: neither their mail nor their heartbeats are reported', () => {
  const { world, tidy } = createEnded()
  world.write(`heartbeats/${fileTime(world.now - HOUR)}-one.json`, '{}')
  send.run(world.as('two'), { to: 'one', subject: 'late', 'to-unknown': true })
  tidy()
  expect(status.run(world.as(null), {})).toMatchObject({ unregistered: [], mailboxes: [], problems: [] })
  expect(codeOf(() => status.run(world.as(null), { session_id: 'one' }))).toBe('not_found')
  world.start('one')
  expect(inbox.run(world.as('one'), {}).messages.map(({ subject }) => subject)).toContain('late')
})

test('heartbeats past their retention go all at once, by name and body', () => {
  const { world, tidy } = createRoom()
  const beat = (time: number, body = time) =>
    world.write(
      `heartbeats/${fileTime(time)}-one.json`,
      JSON.stringify({ session_id: 'one', timestamp: instant(body) }),
    )
  for (let i = 0; i < 1500; i++) beat(EPOCH - 2 * DAY - i)
  beat(EPOCH - 2 * DAY + 1, EPOCH)
  beat(EPOCH - HOUR, EPOCH - 2 * DAY)
  expect(tidy().counts).toMatchObject({ heartbeats: 1500 })
  expect(world.list('heartbeats')).toHaveLength(2)
})

test('messages go after their retention, but for what somebody there has not read or answered', () => {
  const { world, tidy, paths } = createRoom('one', 'two')
  const say = (subject: string, given: object = {}) =>
    send.run(world.as('two'), { to: 'broadcast', subject, ...given }).message.id
  say('news')
  const read = say('read', { to: 'one' })
  inbox.run(world.as('one'), {})
  const unread = say('unread', { to: 'one' })
  const question = say('question', { ack: true })
  const answered = say('answered', { ack: true })
  ack.run(world.as('one'), { id: answered! })
  world.advance(30 * DAY)
  for (const id of ['one', 'two']) heartbeat.run(world.as(id), { action: 'building' })
  expect(tidy().counts.messages).toBe(0)
  world.advance(1)
  expect(tidy().counts.messages).toBe(3)
  expect(world.list('messages/direct/one')).toEqual([`${unread}.json`])
  expect(world.list('messages/broadcast')).toEqual([`${question}.json`])
  expect(read).not.toBe(unread)
  expect(paths('messages')).toEqual([])
})

test('an acknowledgement in the archive answers a question as well', () => {
  const { world, tidy } = createRoom('one', 'two')
  const { id } = send.run(world.as('two'), { to: 'broadcast', subject: 'who?', ack: true }).message
  ack.run(world.as('one'), { id: id! })
  end.run(world.as('one'), {})
  world.advance(2 * HOUR)
  expect(tidy().counts.sessions).toBe(1)
  world.advance(31 * DAY)
  heartbeat.run(world.as('two'), { action: 'building' })
  expect(tidy().counts.messages).toBe(2)
})

test('receipts of messages that are gone go with time; those of messages only away, and what is no receipt, stay', () => {
  const { world, tidy } = createRoom('one', 'two')
  const ids = ['gone', 'kept'].map((subject) => send.run(world.as('two'), { to: 'one', subject }).message.id!)
  inbox.run(world.as('one'), {})
  fs.appendFileSync(path.join(world.root, 'receipts/one.jsonl'), 'a note by hand\n')
  fs.rmSync(path.join(world.root, `messages/direct/one/${ids[0]}.json`))
  const lines = world.read('receipts/one.jsonl').split('\n')
  world.advance(30 * DAY)
  for (const id of ['one', 'two']) heartbeat.run(world.as(id), { action: 'building' })
  expect(tidy().counts.receipts).toBe(0)
  world.advance(1)
  fs.utimesSync(path.join(world.root, 'receipts/one.jsonl'), 1, 1)
  const planned = tidy({ 'dry-run': true }).items.filter(({ path }) => path === 'receipts/one.jsonl')
  expect(planned).toEqual([{ kind: 'receipts', path: 'receipts/one.jsonl', lines: 2 }])
  tidy()
  expect(world.read('receipts/one.jsonl').split('\n')).toEqual(lines.slice(2))
})

test('in a tracked room messages and receipts stay, only the copies of messages go', () => {
  const { world, tidy } = createRoom('one', 'two')
  world.write('config.json', JSON.stringify({ git: { track: true } }))
  const { id } = send.run(world.as('two'), { to: 'one', subject: 'hello' }).message
  inbox.run(world.as('one'), {})
  const receipts = world.read('receipts/one.jsonl')
  fs.rmSync(path.join(world.root, `messages/direct/one/${id}.json`))
  const { id: there } = send.run(world.as('two'), { to: 'one', subject: 'again' }).message
  inbox.run(world.as('one'), {})
  world.advance(31 * DAY)
  for (const id of ['one', 'two']) heartbeat.run(world.as(id), { action: 'building' })
  expect(
    tidy()
      .items.filter(({ kind }) => !['channels', 'alerts'].includes(kind))
      .map(({ path }) => path)
      .filter((path) => !path.startsWith('alerts/'))
      .sort(),
  ).toEqual([id, there].map((id) => `.state/mail/direct/one/${id}.json`).sort())
  expect(world.list('messages/direct/one')).toEqual([`${there}.json`])
  expect(world.read('receipts/one.jsonl').startsWith(receipts)).toBe(true)
})

test('a room that was tracked once loses the copies with the messages', () => {
  const { world, tidy } = createRoom('one', 'two')
  fs.mkdirSync(path.join(world.root, '.state/mail'), { recursive: true })
  send.run(world.as('two'), { to: 'broadcast', subject: 'news' })
  world.advance(31 * DAY)
  for (const id of ['one', 'two']) heartbeat.run(world.as(id), { action: 'building' })
  expect(tidy().counts.messages).toBe(2)
  expect(world.list('messages/broadcast')).toEqual([])
  expect(world.list('.state/mail/broadcast')).toEqual([])
})

test('an empty mailbox of nobody goes, that of a live session stays', () => {
  const { world, paths, tidy } = createRoom('one')
  for (const name of ['one', 'ghost', 'human']) fs.mkdirSync(path.join(world.root, 'messages/direct', name))
  world.write('messages/direct/full/note.txt', 'x')
  expect(paths('mailboxes')).toEqual(['messages/direct/ghost'])
  tidy()
  expect(world.list('messages/direct')).toEqual(['full', 'human', 'one'])
})

test('temporary files of dead processes go after an hour, of running ones after a day, quarantine is not looked into', () => {
  const { world, paths, older, tidy, there } = createRoom('one')
  const dead = 'tmp-4194305-x'
  const places = [
    '',
    'messages/direct/one/',
    '.state/held/one/',
    '.state/processes/p/',
    '.state/ledger/task-x/',
  ]
  const left = [...places, 'archive/2026-11/sessions/'].map((place) => `${place}.${dead}`)
  for (const file of [...left, '.state/quarantine/.tmp-1-x', 'sessions/.tmp-4194305-young'])
    world.write(file, '')
  const running = `.tmp-${process.pid}-x`
  world.write(`${running}`, '')
  world.write('.state/ledger/task-x/.tmp-4194305-d/slot', '')
  const kept = ['.state/locks/session-one', '.state/waiting/task-x/1-1-a']
  for (const file of kept) world.write(file, '1 x')
  const old = [...left, '.state/quarantine/.tmp-1-x', running, '.state/ledger/task-x/.tmp-4194305-d']
  for (const file of [...old, ...kept]) older(file, 2)
  const expected = [...left, '.state/ledger/task-x/.tmp-4194305-d', ...kept].sort()
  expect(paths('temporaries')).toEqual(expected)
  older(running, 25)
  expect(paths('temporaries')).toEqual([...expected, running].sort())
  tidy()
  expect(paths('temporaries')).toEqual([])
  expect(['.state/quarantine/.tmp-1-x', 'sessions/.tmp-4194305-young'].map(there)).toEqual([true, true])
})

test('marks of sessions that are over and of processes that are gone are removed, those of live ones stay', () => {
  const { world, older, tidy, there } = createRoom('over', 'live')
  const own = fs.readdirSync(path.join(world.root, '.state/processes'))
  const here = own[0]!.split('-').slice(0, 2).join('-')
  end.run(world.as('over'), {})
  const marks = {
    '.state/held/over/task-x.claim': 'x',
    '.state/held/live/task-x.claim': 'x',
    '.state/terminals/over': 'over',
    '.state/terminals/live': 'live',
    '.state/agents/lost': 'nobody',
    '.state/agents/over': 'over',
    [`.state/processes/${here}-4194305-1/live`]: 'person',
    '.state/processes/00000000-1-77-1/live': 'person',
    [`.state/processes/${own[0]}/over`]: 'person',
  }
  for (const [file, text] of Object.entries(marks)) {
    world.write(file, text)
    older(file, 2)
  }
  const bindings = () => world.list('.state/bindings')
  expect(bindings()).toEqual(['live.json'])
  tidy()
  expect(Object.keys(marks).filter(there)).toEqual([
    '.state/held/live/task-x.claim',
    '.state/terminals/live',
    '.state/agents/over',
  ])
  expect(bindings()).toEqual(['live.json'])
  expect(there('.state/held/over')).toBe(false)
  expect(there(`.state/processes/${here}-4194305-1`)).toBe(false)
  expect(world.list(`.state/processes/${own[0]}`)).toEqual(['live'])
})

test('a given-up session keeps its way back while its shell runs, and loses it when the shell is gone', () => {
  const { world, tidy, forgetProcess } = createRoom('one')
  forgetProcess('one')
  world.advance(2 * DAY)
  tidy()
  expect(world.list('.state/bindings')).toEqual(['one.json'])
  const binding = world.json('.state/bindings/one.json')
  world.write(
    '.state/bindings/one.json',
    JSON.stringify({ ...binding, chain: [{ pid: 4194305, started: '1' }] }),
  )
  expect(tidy().counts.marks).toBeGreaterThan(0)
  expect(world.list('.state/bindings')).toEqual([])
})

test('what a crash left on the wrong side comes together again', () => {
  const { world, tidy, there } = createEnded()
  const line = world.read('status/one_status.json')
  tidy()
  world.write('status/one_status.json', '{"late": 1}\n')
  expect(tidy().items).toEqual([
    { kind: 'histories', path: 'status/one_status.json', to: 'archive/2026-11/status/one_status.json' },
  ])
  expect(world.read('archive/2026-11/status/one_status.json')).toBe(`${line}{"late": 1}\n`)
  expect(tidy().total).toBe(0)
  world.write(
    'sessions/one.json',
    world.read('archive/2026-11/sessions/one.json').replace('completed', 'active'),
  )
  expect(tidy().counts).toMatchObject({ histories: 3, sessions: 0 })
  expect(world.json('sessions/one.json')).toMatchObject({ status: 'active' })
  expect(FILES.map(there)).toEqual([true, true, true])
  expect(world.read('status/one_status.json')).toBe(`${line}{"late": 1}\n`)
})

test('parts of a long history that were set aside go along and come back', () => {
  const { world, tidy, there } = createEnded()
  const part = 'status/one_status.2026-11-20_09-00-00-000-abc.json'
  world.write(part, '{}\n')
  world.write('status/one_status.x_status.json', '{}\n')
  tidy()
  expect(there(`archive/2026-11/${part}`)).toBe(true)
  expect(there('status/one_status.x_status.json')).toBe(true)
  world.start('one')
  expect(there(part)).toBe(true)
})

test('where hard links are refused sessions go and come back as well', () => {
  const { world, tidy } = createEnded()
  failing('linkSync', 'EPERM')
  const history = world.read('status/one_status.json')
  expect(tidy().counts.sessions).toBe(1)
  expect(world.read('archive/2026-11/status/one_status.json')).toBe(history)
  world.start('one')
  expect(world.read('status/one_status.json').startsWith(history)).toBe(true)
  expect(world.list('archive/2026-11/status')).toEqual([])
})

test('a room that can not be written is refused, and nothing is gone', () => {
  const { world, tidy } = createEnded()
  failing('renameSync', 'EROFS')
  expect(codeOf(() => tidy())).toBe('unwritable')
  expect(world.list('sessions')).toEqual(['one.json', 'two.json'])
})

test('heartbeats archive sessions that are over by and by', () => {
  const { world } = createRoom('live')
  const over = {
    status: 'completed',
    ended_at: instant(EPOCH - 2 * HOUR),
    last_seen: instant(EPOCH - 2 * HOUR),
  }
  for (let i = 0; i < 30; i++)
    world.write(`sessions/s${i}.json`, JSON.stringify({ session_id: `s${i}`, ...over }))
  const marker = path.join(world.root, '.state/pruned')
  const beat = (seconds: number) => {
    if (fs.existsSync(marker)) {
      const then = fs.statSync(marker).mtimeMs / 1000 - seconds
      fs.utimesSync(marker, then, then)
    }
    heartbeat.run(world.as('live'), { action: 'building' })
    return world.list('sessions').length
  }
  expect(beat(601)).toBe(11)
  expect(beat(0)).toBe(11)
  expect(beat(11)).toBe(1)
  expect(world.list('archive/2026-11/sessions')).toHaveLength(30)
})
