import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { inbox } from '../../src/operations/inbox.ts'
import { status } from '../../src/operations/status.ts'
import type { Message, Session } from '../../src/protocol/records.ts'
import { forgetDirectories } from '../../src/store/atomic.ts'
import { git } from '../store/remote/remotes.ts'
import { blob, createTeam, forge, type Machine, stateRef, type Team } from './synced.ts'

const EVIL = 'eeeeeeee'
const ID = '2026-11-20_10-00-00-000-s-e-k2x7'
const HEAD = { version: 1, machine: EVIL, seq: 5, at: '2026-11-20T10:00:00.000Z' }

type Row = [mode: string, type: string, what: string, name: string]

const row = ({ bare }: Team, name: string, text: string): Row => ['100644', 'blob', blob(bare, text), name]
const lines = (...records: object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('')
const session = (id: string, more: object = {}) =>
  ({ session_id: id, status: 'active', last_seen: '2026-11-20T10:00:00.000Z', ...more }) as Session
const message = (more: object = {}) =>
  ({
    id: ID,
    from: 's-e',
    to: 'broadcast',
    subject: 'evil',
    timestamp: '2026-11-20T10:00:00.000Z',
    ...more,
  }) as Message

/** Every path in the room and beside it, but for what a round writes. */
const everything = ({ dir }: Team) =>
  fs
    .readdirSync(dir, { recursive: true })
    .map(String)
    .filter((name) => !/\.state\/(sync|foreign|locks|recent|remote(\/|$))|remote\.git|input-/.test(name))
    .sort()

/** A team of one, beside which somebody publishes these rows. */
function beside(rows: (team: Team) => Row[], ref = stateRef(EVIL)): { team: Team; a: Machine } {
  const team = createTeam(1)
  forge(team.bare, ref, rows(team))
  return { team, a: team.machines[0]! }
}

const head = (team: Team) => row(team, 'machine.json', JSON.stringify(HEAD))

describe('A tree from outside', () => {
  test('with links, submodules, directories and other names has only its plain files read', () => {
    const { team, a } = beside((team) => {
      const { bare } = team
      const tree = git(bare, 'write-tree')
      return [
        head(team),
        ['120000', 'blob', blob(bare, '/etc/passwd'), 'sessions.jsonl'],
        ['160000', 'commit', '1'.repeat(40), 'mail-2026-11-20-1.jsonl'],
        ['040000', 'tree', tree, 'receipts.jsonl'],
        row(team, 'handoffs-2026-11-20-1.jsonl', lines({ id: ID, text: 'fine' })),
        row(team, 'config.json', '{"claims":{"maxFor":"1s"}}'),
        row(team, '-rf', 'x'),
      ]
    })
    const before = everything(team)
    const round = a.sync()
    expect(round.machines).toMatchObject([{ machine: EVIL, state: 'new', sessions: 0 }])
    expect(round.machines[0]!.detail).toMatch(/can't be read/)
    expect(round.received).toEqual({ messages: 0, receipts: 0, handoffs: 1 })
    expect(everything(team)).toEqual(before)
  })

  test.each<[string, (team: Team) => Row[]]>([
    ['is empty', () => []],
    ['has no head', (team) => [row(team, 'sessions.jsonl', lines(session('x')))]],
    ['has binary junk as its head', (team) => [row(team, 'machine.json', '\0\x01\xff{{{')]],
    [
      'tells of another machine',
      (team) => [row(team, 'machine.json', JSON.stringify({ ...HEAD, machine: 'ffffffff' }))],
    ],
    [
      'comes from the future of coord',
      (team) => [row(team, 'machine.json', JSON.stringify({ ...HEAD, version: 9 }))],
    ],
    [
      'has a head of six MiB',
      (team) => [row(team, 'machine.json', JSON.stringify({ ...HEAD, x: 'x'.repeat(6 << 20) }))],
    ],
  ])('that %s is named, and the others are read', (_, rows) => {
    const { team, a } = beside(rows)
    forge(team.bare, stateRef('bbbbbbbb'), [
      row(team, 'machine.json', JSON.stringify({ ...HEAD, machine: 'bbbbbbbb' })),
      row(team, 'sessions.jsonl', lines(session('s-good'))),
    ])
    const { machines } = a.sync()
    expect(machines.map(({ machine, state }) => [machine, state])).toEqual([
      ['bbbbbbbb', 'new'],
      [EVIL, 'unreadable'],
    ])
    expect(status.run(a.as(null), {}).sessions.map(({ session_id }) => session_id)).toContain('s-good')
  })

  test('that git itself refuses keeps nobody else away', () => {
    const { team, a } = beside((team) => [head(team), row(team, '.git', 'x')])
    forge(team.bare, stateRef('bbbbbbbb'), [
      row(team, 'machine.json', JSON.stringify({ ...HEAD, machine: 'bbbbbbbb' })),
    ])
    const { machines } = a.sync()
    expect(machines.map(({ machine, state }) => [machine, state])).toEqual([
      ['bbbbbbbb', 'new'],
      [EVIL, 'unreadable'],
    ])
    expect(a.sync().machines.map(({ state }) => state)).toEqual(['same', 'unreadable'])
  })

  test('of a thousand files is read no further than the limit', () => {
    const { a } = beside((team) => {
      const text = blob(team.bare, lines(message()))
      const rows = Array.from(
        { length: 1000 },
        (_, at): Row => ['100644', 'blob', text, `mail-2026-11-20-${at + 1}.jsonl`],
      )
      return [head(team), ...rows]
    })
    expect(a.sync().received.messages).toBeLessThanOrEqual(1)
  })
})

test.each([
  'refs/coord/state/../evil',
  'refs/coord/state/EEEEEEEE',
  'refs/coord/state/e',
  'refs/coord/state/eeeeeeee/x',
  'refs/coord/state/e;rm -rf x',
])('A ref of another form is no machine: %s', (ref) => {
  const team = createTeam(1)
  try {
    forge(team.bare, ref, [head(team)])
  } catch {
    // Git itself does not make it.
  }
  expect(team.machines[0]!.sync().machines).toEqual([])
})

describe('Records from outside', () => {
  test('speak and answer for nobody here, and lead nowhere', () => {
    const { team, a } = beside((team) => [
      head(team),
      row(
        team,
        'sessions.jsonl',
        lines(session('s-a', { current_work: 'taken over', pid: 1 }), session('../../x')),
      ),
      row(
        team,
        'mail-2026-11-20-1.jsonl',
        lines(
          message({ from: 's-a' }),
          message({ id: '2026-11-20_10-00-00-001-x-aaaa', to: '../../../etc' }),
          message({ id: '../../../../x' }),
          message({ id: '2026-11-20_10-00-00-002-x-aaaa', from: 'human', to: 's-a' }),
        ),
      ),
      row(team, 'receipts.jsonl', lines({ reader: 's-a', at: '', message: ID, state: 'read' })),
    ])
    const before = everything(team)
    a.sync()
    const added = everything(team).filter((name) => !before.includes(name))
    expect(added.map((name) => name.replace(/^a\/COORDINATION\//, '')).sort()).toEqual(
      [
        `messages/broadcast/${ID}.json`,
        'messages/direct/s-a',
        'messages/direct/s-a/2026-11-20_10-00-00-002-x-aaaa.json',
        `receipts/s-a.${EVIL}.jsonl`,
        'STATUS_BOARD.md',
        'index.json',
      ]
        .filter((name) => !before.includes(`a/COORDINATION/${name}`))
        .sort(),
    )
    const got = inbox.run(a.as('s-a'), {}).messages
    expect(got.map(({ from }) => from).sort()).toEqual([`human.${EVIL}`, `s-a.${EVIL}`])
    const { sessions } = status.run(a.as(null), {})
    expect(sessions.find(({ session_id }) => session_id === 's-a')!.current_work).toBe('work of a')
    const far = sessions.find(({ session_id }) => session_id === `s-a.${EVIL}`)!
    expect([far.current_work, far.pid]).toEqual(['taken over', undefined])
  })

  test('never replace a message that is here', () => {
    const { team, a } = beside((team) => [head(team)])
    const own = { ...message({ from: 's-a', subject: 'mine' }) }
    a.world.write(`messages/broadcast/${ID}.json`, JSON.stringify(own))
    forge(team.bare, stateRef(EVIL), [
      row(team, 'machine.json', JSON.stringify({ ...HEAD, seq: 6 })),
      row(team, 'mail-2026-11-20-1.jsonl', lines(message({ subject: 'theirs' }))),
    ])
    const { machines } = a.sync()
    expect(machines[0]!.detail).toMatch(/somebody else's here/)
    expect(a.world.json(`messages/broadcast/${ID}.json`).subject).toBe('mine')
  })

  test('that are too old to be kept do not come again and again', () => {
    const { a } = beside((team) => [
      head(team),
      row(
        team,
        'mail-2026-09-20-1.jsonl',
        lines(message({ id: '2026-09-20_10-00-00-000-x-aaaa', timestamp: '2026-09-20T10:00:00.000Z' })),
      ),
    ])
    expect(a.sync().received.messages).toBe(0)
    expect(a.world.list('messages/broadcast')).toEqual([])
  })

  test('leave a link in the room unfollowed, which keeps no other mail away', () => {
    const { team, a } = beside((team) => [
      head(team),
      row(
        team,
        'mail-2026-11-20-1.jsonl',
        lines(message({ to: 's-a' }), message({ id: '2026-11-20_10-00-00-001-s-e-aaaa', subject: 'all' })),
      ),
    ])
    const outside = path.join(team.dir, 'outside')
    fs.mkdirSync(outside)
    fs.symlinkSync(outside, path.join(a.world.root, 'messages/direct/s-a'))
    const round = a.sync()
    expect([round.received.messages, round.machines[0]!.detail]).toEqual([
      1,
      expect.stringMatching(/direct\/s-a/),
    ])
    expect(fs.readdirSync(outside)).toEqual([])
    fs.rmSync(path.join(a.world.root, 'messages/direct/s-a'))
    forgetDirectories()
    expect(a.sync().received.messages).toBe(1)
    expect(
      inbox
        .run(a.as('s-a'), {})
        .messages.map(({ subject }) => subject)
        .sort(),
    ).toEqual(['all', 'evil'])
  })
})
