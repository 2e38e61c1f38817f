import { expect, test } from 'vitest'
import { visible } from '../../../src/protocol/escape.ts'
import { dashboard, entryText, sessionBlock } from '../../../src/protocol/report/page.ts'
import { formatBytes, sayInMarkdown, type WholeReport } from '../../../src/protocol/report/report.ts'
import { AT, held, session } from './facts.ts'

const say = (text: string) => visible(text)
const LONG = `/Users/somebody/${'PROJECTS/rollout-master/'.repeat(12)}core`

const report = (more: Partial<WholeReport> = {}): WholeReport => ({
  ...{ sessions: [], alerts: [], needs: [], claims: [], lifecycle: [], unread: 3, observations: [] },
  stats: {
    ...{
      active_sessions: 0,
      total_sessions: 5,
      file_locks: 0,
      task_claims: 0,
      legacy_messages: 3,
      unread_alerts: 0,
    },
    messages: { total: 8, pending: 5, delivered: 1, read: 2 },
    room: { path: '/r/COORDINATION', bytes: 53_248, files: 12 },
  },
  ...more,
})

test('a block has every required field, whole', () => {
  const full = session('claude-29583', {
    asks: true,
    ...{ project: 'PILOT', tty: '/dev/pts/3', cwd: LONG, unread: 3 },
    agent: { vendor: 'claude', model: 'opus-4.6', session_id: null },
    claims: [
      held('task', 'H.13.7'),
      held('file', 'src/bus.py'),
      held('file', 'src/paths.py', { expired: true }),
    ],
  })
  expect(sessionBlock(full, false, say)).toEqual([
    '**Session: claude-29583** (THIS SESSION)',
    '- **Session UUID:** `uuid-claude-29583`',
    '- **Machine UUID:** `m1`',
    '- **Hostname:** `alpha`',
    '- **Vendor:** claude (opus-4.6)',
    '- **Project:** PILOT',
    '- **TTY:** /dev/pts/3',
    `- **CWD:** \`${LONG}\``,
    '- **PID:** 100 (uptime 2h 15m)',
    '- **Claimed Task:** task/H.13.7 (exclusive)',
    '- **File Locks:** src/bus.py, src/paths.py (expired)',
    '- **Unread Messages:** 3',
    '- **Liveness:** fresh: last sign 1s ago; idle; process alive',
  ])
})

test.each([
  ['nothing known', { pid: null, process: 'unknown', uptime_ms: null }, '(not recorded)'],
  ['stopped', { stopped: true }, '100 (is stopped, uptime 2h 15m)'],
  ['dead', { process: 'dead', uptime_ms: null }, '100 (no such process any more)'],
  ['elsewhere', { process: 'unknown', uptime_ms: null }, '100 (uptime not known)'],
] as const)('a process of which is known: %s', (_, found, expected) => {
  const lines = sessionBlock(session('one', found), false, say)
  expect(lines).toContain(`- **PID:** ${expected}`)
  expect(lines).toContain('- **Project:** (not set)')
  expect(lines).toContain('- **Claimed Task:** (none)')
  expect(lines.join('\n')).not.toContain('TTY')
})

test('--verbose adds tokens, ends and full times', () => {
  const lines = sessionBlock(session('one', { branch: 'main', claims: [held('task', 'x')] }), true, say)
  expect(lines).toContain(`- **Claimed Task:** task/x (exclusive, token 7, until ${AT})`)
  expect(lines).toContain('- **Branch:** `main`')
  expect(lines).toContain(`- **Started:** ${AT}`)
})

test('without sessions the page says so, how to register, and nothing else but what is alarming', () => {
  const empty = [
    'Cross-LLM Session Dashboard',
    '='.repeat(50),
    '0 active sessions',
    'No LLM sessions are currently registered.',
    'Run coord start to register this session.',
  ]
  expect(dashboard(report(), false, say)).toEqual(empty)
  const need = { kind: 'orphaned', session_ids: [], text: 'x', act: null }
  expect(dashboard(report({ needs: [need] }), false, say)).toEqual([
    ...empty,
    '',
    '**Needs Attention:**',
    '- orphaned: x',
  ])
})

test('the page has the counts, and the parts in the order of the seed', () => {
  const lines = dashboard(
    report({
      sessions: [session('one')],
      ...{ sessions_omitted: 2, claims: [held('task', 'x')] },
      alerts: [
        {
          ...{ id: 'x', kind: 'project_conflict', severity: 'critical', text: 'one and two are on PILOT' },
          ...{ action: 'Coordinate task boundaries', at: AT, since: AT, recipients: [] },
        },
      ],
      needs: [{ kind: 'expired', session_ids: ['one'], text: 'x expired', act: 'coord claim x' }],
      lifecycle: [
        { at: AT, event: 'started', session_id: 'one', project: null, cwd: '/', detail: null },
        { at: AT, event: 'ended', session_id: 'two', project: 'PILOT', cwd: '/', detail: 'normally' },
      ],
      stats: { ...report().stats, active_sessions: 3, file_locks: 1, task_claims: 2, unread_alerts: 1 },
      observations: [{ kind: 'locks', text: 'No conflicts', session_ids: [] }],
    }),
    false,
    say,
  )
  expect(lines[2]).toBe('3 active sessions | 1 file lock | 2 task claims | 1 alert | 3 unread')
  const from = lines.indexOf('- … 2 more; --limit 3 shows them')
  expect(lines.slice(from)).toEqual([
    '- … 2 more; --limit 3 shows them',
    '',
    '**Operator Alerts (ADR-173):**',
    '- project_conflict (priority 3/critical): one and two are on PILOT',
    '  - Auto-detected on registration — coordinate task boundaries',
    '',
    '**Needs Attention:**',
    '- expired: x expired',
    '  - `coord claim x`',
    '',
    '**Session Lifecycle (ADR-173, last 10):**',
    '- 2026-11-20T10:00:00Z started one (not set)',
    '- 2026-11-20T10:00:00Z ended two (PILOT)',
    '',
    '**Bus Statistics:**',
    '- Active sessions: 3 / 5 historical',
    '- File locks: 1',
    '- Task claims: 2 (task/x, … 1 more)',
    '- Legacy messages: 3',
    '- v2 messages: 8 (5 pending, 1 delivered, 2 read)',
    '- Unread alerts: 1',
    '- Room: `/r/COORDINATION` (52 KB, 12 plain files)',
    '',
    '**Observations:**',
    '- No conflicts',
    '='.repeat(50),
  ])
})

test('an entry has no table, and nothing of others becomes markup or a line of its own', () => {
  const evil = 'x\n### 2026-11-20T10:00:00Z - [H.0] forged\n| a | b |\u001b[2J'
  const one = session('one', {
    name: evil,
    cwd: `/a\`b\n${evil}`,
    project: '[link](http://x)',
    claims: [held('file', '*b*')],
  })
  const text = entryText(report({ sessions: [one] }), sayInMarkdown)
  expect(text).toMatch(
    /^Inter-Session Message Bus queried for active session status\.\n\n\*\*Cross-LLM Session Dashboard:\*\*\n\n/,
  )
  expect(text).not.toMatch(/^###|^\|/m)
  expect(text).toContain('- **File Locks:** \\*b\\*')
  expect(text).toContain('- **Project:** \\[link\\](http\\://x)')
  expect(text).toContain('- **CWD:** `` /a`b x')
  expect(text).not.toContain('\u001b')
})

test.each([
  ['plain words', 'plain words'],
  ['`m_1` / `a*b`: x_', '`m_1` / `a*b`: x\\_'],
  ['one ` tick *b*', 'one \\` tick \\*b\\*'],
  ['', ''],
])('in Markdown %j is %j', (text, expected) => {
  expect(sayInMarkdown(text)).toBe(expected)
})

test.each([
  [512, '512 B'],
  [53_248, '52 KB'],
  [3_500_000, '3.3 MB'],
])('%d bytes are %s', (bytes, expected) => {
  expect(formatBytes(bytes)).toBe(expected)
})
