/** What became of a session: the rule as a table of facts. */
import { describe, expect, test } from 'vitest'
import { agentOf, unregisteredAgents } from '../../src/protocol/agent-processes.ts'
import { readConfig } from '../../src/protocol/config.ts'
import type { Session } from '../../src/protocol/records.ts'
import {
  isRescueOf,
  judge,
  mayRescue,
  type ProcessFacts,
  type RescueFacts,
  type WorktreeFacts,
} from '../../src/protocol/rescue.ts'
import { isMovable, isSameMove, movedTo } from '../../src/protocol/rescue-mail.ts'

const NOW = Date.parse('2026-11-20T10:00:00.000Z')
const LIMITS = readConfig({}).config.sessions
const MINUTE = 60_000

const PROCESS: ProcessFacts = {
  ...{ state: 'alive', source: 'record', pid: 7, program: 'claude', below: 0 },
  ...{ stopped: false, runnable: false, cpu_share: 0, terminal: null },
}
const DEAD = { ...PROCESS, state: 'dead' } as const
const ELSEWHERE = { ...PROCESS, state: 'unknown', source: 'elsewhere' } as const
const TREE: WorktreeFacts = {
  ...{ path: '/p', there: true, uncommitted: 0, changed: 0, changed_at: null, shared_with: [] },
}
const changedAgo = (minutes: number, shared_with: string[] = []) => ({
  worktree: { ...TREE, changed: 1, changed_at: NOW - minutes * MINUTE, shared_with },
})

/** The state and evidence of a session without a sign for some minutes. */
function verdict(minutes: number, facts: Partial<RescueFacts> = {}, session: Partial<Session> = {}) {
  const sign = NOW - minutes * MINUTE
  const record = { session_id: 'one', status: 'active', state: 'working', pid: 7, ...session }
  const all = { current: false, sign, process: PROCESS, worktree: null, claims: 1, waits: false, ...facts }
  return judge({ ...record, last_seen: new Date(sign).toISOString() }, all, NOW, LIMITS)
}

test.each<[string, number, Partial<RescueFacts>, Partial<Session>, string]>([
  ['it asks itself', 90, { current: true, process: DEAD }, {}, 'current'],
  ['it has ended', 1, {}, { status: 'completed' }, 'completed'],
  ['it was given up, though its process runs', 90, {}, { status: 'abandoned' }, 'completed'],
  ['it gave a sign just now', 1, {}, {}, 'active'],
  ['its process is no more, but for less than staleAfter', 4, { process: DEAD }, {}, 'active'],
  ['its process is no more', 6, { process: DEAD }, {}, 'orphaned'],
  ['its machine was started again', 6, { process: { ...DEAD, source: 'boot' } }, {}, 'orphaned'],
  ['its process can not be asked, and it is silent', 20, { process: ELSEWHERE }, {}, 'active'],
  ['its process can not be asked, for goneAfter', 31, { process: ELSEWHERE }, {}, 'orphaned'],
  ['that one waits for its person', 31, { process: ELSEWHERE }, { state: 'waiting' }, 'active'],
  ['its process runs, and it is stale', 14, {}, {}, 'active'],
  ['its process runs, and it is silent', 16, {}, {}, 'hung'],
  [
    'its process is stopped, whatever it said',
    16,
    { process: { ...PROCESS, stopped: true } },
    { state: 'waiting' },
    'hung',
  ],
  ['its process works', 600, { process: { ...PROCESS, cpu_share: 0.5 } }, {}, 'active'],
  [
    'its process gets no processor, but wants one',
    16,
    { process: { ...PROCESS, runnable: true } },
    {},
    'active',
  ],
  ['its process only idles', 16, { process: { ...PROCESS, cpu_share: 0.09 } }, {}, 'hung'],
  [
    'its process works, but said nothing for a day',
    1441,
    { process: { ...PROCESS, cpu_share: 1 } },
    {},
    'hung',
  ],
  ['files change where it works alone', 60, changedAgo(5), {}, 'active'],
  ['files changed there long ago', 60, changedAgo(30), {}, 'hung'],
  ['files change where others work too', 60, changedAgo(5, ['two']), {}, 'hung'],
  ['it waits for its person', 60, {}, { state: 'waiting' }, 'active'],
  ['it stands in line', 60, { waits: true }, {}, 'active'],
  ['it rests and holds nothing', 60, { claims: 0 }, { state: 'idle' }, 'active'],
  ['it rests and holds a claim', 60, {}, { state: 'idle' }, 'hung'],
])('when %s (%i minutes)', (_, minutes, facts, session, state) => {
  const told = verdict(minutes, facts, session)
  expect(told.state).toBe(state)
  expect(told.evidence.length).toBeGreaterThan(0)
  expect(mayRescue(told.state)).toBe(state === 'hung' || state === 'orphaned')
})

describe('the evidence', () => {
  test('names process, terminal, processor time and files, the most telling first', () => {
    const terminal = { path: '/dev/pts/3', open: false }
    const worktree = {
      ...TREE,
      uncommitted: 2,
      changed: 1,
      changed_at: NOW - 30 * MINUTE,
      shared_with: ['two'],
    }
    const facts = { process: { ...PROCESS, below: 2, cpu_share: 0.04, terminal }, worktree }
    expect(verdict(40, facts).evidence).toEqual([
      'last sign 40m ago',
      'its process 7 (claude) runs, with 2 below it',
      'it uses 4 % of a processor',
      'its terminal /dev/pts/3 is gone',
      '1 file changed in /p since its last sign, the last 30m ago; two works there too',
      '2 files not committed in /p',
    ])
  })

  test.each([
    [DEAD, 'its process 7 is no more'],
    [{ ...DEAD, source: 'boot' as const }, 'its machine was started again since'],
    [ELSEWHERE, 'its process 7 is of another machine or container'],
    [{ ...ELSEWHERE, pid: null }, 'its process is of another machine or container'],
    [{ ...ELSEWHERE, source: 'starters' as const }, 'all processes that it was started from are gone'],
    [{ ...ELSEWHERE, source: 'starter' as const }, 'it was started from process 7 (claude), which runs'],
    [{ ...ELSEWHERE, source: 'nothing' as const }, 'no process of it is known'],
    [{ ...ELSEWHERE, source: 'record' as const }, 'nothing can be told of its process 7'],
    [{ ...PROCESS, stopped: true, cpu_share: null }, 'its process 7 (claude) is stopped'],
  ])('%#: says "%s"', (process, text) => {
    expect(verdict(40, { process }).evidence[1]).toBe(text)
  })

  test('says why who looks dead still counts as at work', () => {
    expect(verdict(3, { process: DEAD }).evidence).toEqual([
      'it counts as gone in 2m, 5m after its last sign',
      'last sign 3m ago',
      'its process 7 is no more',
    ])
    expect(verdict(20, { process: ELSEWHERE }).evidence.at(-1)).toBe(
      'it counts as gone in 10m, 30m after its last sign',
    )
    const quiet = verdict(40, { worktree: { ...TREE, there: false } })
    expect(quiet.evidence).toContain('its working tree /p is gone')
    const none = judge({ session_id: 'x' }, { ...FACTS, sign: null }, NOW, LIMITS)
    expect(none.evidence[0]).toBe('it never gave a sign of life')
  })
})
const FACTS: RescueFacts = {
  ...{ current: false, sign: null, process: DEAD, worktree: null, claims: 0, waits: false },
}

test('a rescue goes on that was begun since the last sign, for the same taker', () => {
  const session = { session_id: 'one', last_seen: '2026-11-20T09:00:00.000Z' }
  const rescue = { by: 'two', state: 'hung', reason: null, ref: null, notice: 'n' }
  const handoff = { id: 'x', at: '2026-11-20T09:30:00.000Z', from: 'one', to: 'two', claims: [], rescue }
  expect(isRescueOf(handoff, session, 'two')).toBe(true)
  expect(isRescueOf(handoff, session, 'three')).toBe(false)
  expect(isRescueOf(handoff, session, null)).toBe(false)
  expect(isRescueOf({ ...handoff, to: null }, session, null)).toBe(true)
  expect(isRescueOf({ ...handoff, at: '2026-11-20T08:59:00.000Z' }, session, 'two')).toBe(false)
  for (const odd of [undefined, null, 'two', { by: 1 }])
    expect(isRescueOf({ ...handoff, rescue: odd }, session, 'two')).toBe(false)
})

test('mail moves with its id and whom it was for before; broadcasts and what tells of a rescue stay', () => {
  const message = { from: 'a', to: 'one', id: 'm', expects: ['one', 'b'], ack: true, subject: 's' }
  const moved = movedTo(message, 'two')
  expect(moved).toEqual({ ...message, to: 'two', moved_from: 'one', expects: ['two', 'b'] })
  expect(movedTo(moved, 'three')).toMatchObject({ to: 'three', moved_from: 'two' })
  expect(isMovable(message)).toBe(true)
  expect(isMovable({ ...message, to: 'broadcast' })).toBe(false)
  expect(isMovable({ ...message, type: 'session_rescued' })).toBe(false)
  expect(isSameMove(moved, movedTo(message, 'two'))).toBe(true)
  expect(isSameMove(message, moved)).toBe(false)
  expect(isSameMove({ ...moved, subject: 'other' }, moved)).toBe(false)
})

test.each([
  ['claude --resume', 'claude'],
  ['/home/u/.local/bin/claude', 'claude'],
  ['node --no-warnings /usr/lib/node_modules/@anthropic-ai/claude-code/cli.js -p x', 'claude'],
  ['node /usr/bin/codex exec', 'codex'],
  ['/opt/codex', 'codex'],
  ['node --no-warnings=DEP0040 /usr/local/bin/gemini', 'gemini'],
  ['/home/u/.local/bin/cursor-agent -p', 'cursor'],
  ['python3 /usr/bin/aider', 'aider'],
  ['bash -c claude', null],
  ['node /opt/coord.cjs hook claude', null],
  ['vim claude', null],
  ['claude-squad', null],
  ['', null],
])('"%s" is the agent %s', (line, agent) => {
  expect(agentOf(line.split(' '))).toBe(agent)
})

test('a wrapper and what it starts are one agent, registered by any of them', () => {
  const process = (pid: number, parent: number, agent = 'codex') => ({
    ...{ pid, started: `${pid}0`, parent, agent, cwd: '/p', command: agent },
  })
  const all = [process(2, 1), process(3, 2), process(4, 3, 'claude'), process(5, 1)]
  const stray = (...known: string[]) => unregisteredAgents(all, new Set(known)).map(({ pid }) => pid)
  expect(stray()).toEqual([2, 4, 5])
  expect(stray('3 30')).toEqual([4, 5])
  expect(stray('2 20', '4 40')).toEqual([5])
  expect(stray('2 21')).toEqual([2, 4, 5])
  expect(unregisteredAgents([{ ...process(9, 9) }], new Set()).map(({ pid }) => pid)).toEqual([9])
})
