import { expect, test } from 'vitest'
import { legacySession, linesOf, menuOf, titleOf, tmuxTitle } from '../../../src/protocol/live/menubar.ts'
import type { LiveSession } from '../../../src/protocol/live/sessions.ts'

const row = (target: string | null, context_pct: number | null = null, agents = 0) => ({
  ...{ label: 'one', target, context_pct, agents },
})

const needs = (...kinds: string[]) => kinds.map((kind) => ({ kind }))

test.each([
  ['one session', [row('Log analysis', 22)], [], '☁️ Log analysis | Ctx:22% | 0a | ✓'],
  ['two sessions', [row('a', 22, 2), row('b', 65, 1)], [], '☁️ 2s | Ctx:22%/65% | 3a | ✓'],
  [
    'the two fullest of three',
    [row('a', 22), row('b', 65), row('c', 80.4)],
    [],
    '☁️ 3s | Ctx:65%/80% | 0a | ✓',
  ],
  ['no context told', [row('a')], [], '☁️ a | 0a | ✓'],
  ['a session without work goes by its name', [row(null, 5)], [], '☁️ one | Ctx:5% | 0a | ✓'],
  ['nobody', [], [], '☁️ 0s | 0a | ✓'],
  ['something needs somebody', [row('a', 22)], needs('blocked', 'quiet'), '☁️ a | Ctx:22% | 0a | ! 2'],
  ['a question', [row('a')], needs('question'), '☁️ a | 0a | ↩ 1'],
  ['questions and more', [row('a')], needs('question', 'blocked', 'question'), '☁️ a | 0a | ↩ 2 | ! 1'],
])('the title of %s', (_, sessions, needs, title) => {
  expect(titleOf(sessions, needs, '|')).toBe(title)
})

const live = (given: Partial<LiveSession>): LiveSession => ({
  ...{ session_id: 'one', label: 'one', registered: true, status: 'working', message: null, progress: null },
  ...{ eta: null, task_id: null, phase: null, target: null, next_action: null, timestamp: null, age_ms: 0 },
  ...{ is_stale: false, liveness: { level: 'fresh', reason: '', age_ms: 0 }, started_at: null, agent: null },
  ...{
    model: null,
    branch: null,
    context_pct: null,
    agents: 0,
    claims: [],
    waiting_for: null,
    metadata: null,
  },
  ...given,
})

test.each([
  [{ target: 'roof', progress: 0.995 }, 'Task: roof 99%'],
  [{ target: 'roof', progress: 0.45, status: 'error' }, 'Task: roof'],
  [{ target: 'roof' }, 'Task: roof'],
  [{ progress: 0.4 }, 'Progress: 40%'],
  [{ progress: 0.4, status: 'idle' }, 'Context: not told'],
  [{}, 'Context: not told'],
])('below a session of %j the menu begins with %j', (given, first) => {
  const [[entry] = []] = menuOf([live(given)], [], 0)
  expect(entry?.below?.[0]?.text).toBe(first)
})

test('foreign text can make neither parameters, separators nor lines', () => {
  const entry = { text: '---\na | shell=rm', below: [{ text: 'x', command: ['status', 'a" param1=x | y'] }] }
  expect(linesOf(entry, ['/n', '/c'])).toEqual([
    '– a │ shell=rm',
    '--x | shell="/n" param1="/c" param2="status" param3="a param1=x │ y" terminal=true',
  ])
  expect(titleOf([row('a | b')], [])).toBe('☁️ a │ b │ 0a │ ✓')
})

test('a # is no format of tmux', () => {
  expect(tmuxTitle([row('fix #12')], [])).toBe('☁️ fix ##12 │ 0a │ ✓')
})

test.each([
  [
    { version: '1.0.0', task: { name: 'x' }, context: { percentage: 3 }, agents: { active: 1 } },
    row('x', 3, 1),
  ],
  [{ task: { name: 'x' } }, row('x')],
  [{ task: 'x' }, null],
  [null, null],
  ['x', null],
])('a legacy status.json: %j', (value, session) => {
  expect(legacySession(value)).toEqual(session && { ...session, label: 'x' })
})
