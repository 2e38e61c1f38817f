import { describe, expect, test } from 'vitest'
import { look, type Records } from '../../src/protocol/picture.ts'
import type { Session } from '../../src/protocol/records.ts'
import { indexText } from '../../src/protocol/summary.ts'
import { CONFIG, iso, MINUTE, moment, NOW, records, session } from './samples.ts'

function index(sessions: Session[], details = new Map<string, string>(), given: Partial<Records> = {}) {
  return JSON.parse(indexText(look(records({ sessions, ...given }), moment(), CONFIG), details))
}

const load = { profile: 'balanced', status: 'OK', load_avg: 3.2 }
const analysis = session('dba15d59', {
  current_work: 'Log analysis',
  context: { current_tokens: 44_000, total_tokens: 200_000, percentage: 22 },
  agents: { active: 2, names: ['researcher', 'coder'] },
})
const review = session('f7c23a01', {
  current_work: 'Code review',
  last_seen: iso(NOW - MINUTE),
  context: { percentage: 65 },
  agents: { active: 1 },
  load,
})

describe('index.json', () => {
  test('has the form of the status monitor, with the whole record as detail', () => {
    expect(index([analysis, review])).toEqual({
      updated_at: iso(NOW),
      sessions: [
        {
          session_id: 'dba15d59',
          task: 'Log analysis',
          context_pct: 22,
          agents: 2,
          status: 'active',
          updated_at: iso(NOW),
          detail: analysis,
        },
        {
          session_id: 'f7c23a01',
          task: 'Code review',
          context_pct: 65,
          agents: 1,
          status: 'active',
          updated_at: iso(NOW - MINUTE),
          detail: review,
        },
      ],
      summary: {
        total_sessions: 2,
        active_sessions: 2,
        stale_sessions: 0,
        total_agents: 3,
        max_context_pct: 65,
        load,
      },
    })
  })

  test('of an empty room is an empty list and zeros', () => {
    expect(index([])).toEqual({
      updated_at: iso(NOW),
      sessions: [],
      summary: {
        total_sessions: 0,
        active_sessions: 0,
        stale_sessions: 0,
        total_agents: 0,
        max_context_pct: 0,
        load: null,
      },
    })
  })

  test('leaves ended sessions out and counts those without a recent sign as stale', () => {
    const sessions = [
      session('fresh'),
      session('stale', { last_seen: iso(NOW - 6 * MINUTE) }),
      session('silent', { last_seen: iso(NOW - 16 * MINUTE) }),
      session('gone', { last_seen: iso(NOW - 31 * MINUTE) }),
      session('mute', { last_seen: null, started_at: null }),
      session('ended', { status: 'completed', context: { percentage: 99 } }),
    ]
    const { sessions: rows, summary } = index(sessions)
    expect(rows.map((row: Record<string, string>) => [row.session_id, row.status])).toEqual([
      ['fresh', 'active'],
      ['stale', 'stale'],
      ['silent', 'silent'],
      ['gone', 'gone'],
      ['mute', 'gone'],
    ])
    expect(rows[4].updated_at).toBe('')
    expect(summary).toMatchObject({
      total_sessions: 5,
      active_sessions: 1,
      stale_sessions: 4,
      max_context_pct: 0,
    })
  })

  test.each([
    ['no numbers', { context: { percentage: 'full' }, agents: { active: null } }],
    ['nothing at all', { context: null, agents: null, current_work: null }],
    ['infinity', { context: { percentage: Number.POSITIVE_INFINITY }, agents: { active: Number.NaN } }],
  ])('counts %s as nothing', (_what, given) => {
    const { sessions, summary } = index([session('one', given as Partial<Session>)])
    expect(sessions[0]).toMatchObject({ task: '', context_pct: 0, agents: 0 })
    expect(summary).toMatchObject({ total_agents: 0, max_context_pct: 0 })
  })

  test('takes the stored text of a record as it stands, unknown fields and all', () => {
    const stored = '{\n  "session_id": "one",\n  "own": [1, "ü\\n"]\n}\n'
    expect(index([session('one')], new Map([['one', stored]])).sessions[0].detail).toEqual(JSON.parse(stored))
  })

  test('the load is that of the session seen last', () => {
    const other = session('other', { load: { load_avg: 9 } })
    expect(index([review, other]).summary.load).toEqual({ load_avg: 9 })
  })
})

test('index.json tells whole records of the hundred that were seen last, and of everybody what the status monitor names', () => {
  const all = Array.from({ length: 130 }, (_, i) => session(`s${i}`, { last_seen: iso(NOW - i * 1000) }))
  const { sessions } = index(all) as { sessions: { session_id: string; detail?: unknown }[] }
  expect(sessions).toHaveLength(130)
  expect(sessions.filter(({ detail }) => detail).map(({ session_id }) => session_id)).toEqual(
    all.slice(0, 100).map(({ session_id }) => session_id),
  )
})
