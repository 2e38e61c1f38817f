import { expect, test } from 'vitest'
import { alertChanges, alertsAfter, openAlerts } from '../../../src/protocol/live/alerts.ts'
import {
  CONFLICTS,
  conflictsOf,
  isOrdinary,
  isUrgent,
  subjectOf,
} from '../../../src/protocol/live/conflicts.ts'
import { look, type Records, type Refusal } from '../../../src/protocol/picture.ts'
import type { Session } from '../../../src/protocol/records.ts'
import { CONFIG, HOUR, iso, MINUTE, moment, NOW, records, session, sha256 } from '../samples.ts'

/** A session that began some minutes ago and is fresh, with nothing in common with others. */
const one = (session_id: string, given: Partial<Session> = {}, ago = 5): Session =>
  session(session_id, {
    started_at: iso(NOW - ago * MINUTE),
    last_seen: iso(NOW),
    ...{ project: `of ${session_id}`, cwd: `/${session_id}`, machine_id: 'm', host: 'h', ...given },
  })
const wrote = (...files_touched: string[]) => ({ state: 'working', last: { files_touched } })
const doing = (task_id: string, state = 'working') => ({ state, last: { task_id } })
const refusal = (given: Partial<Refusal> = {}): Refusal => ({
  ...{ at: NOW - MINUTE, by: 'b', resource_type: 'file', resource_name: 'x.ts', holder: 'a', ...given },
})
const causes = (given: Partial<Records>) => conflictsOf(look(records(given), moment(), CONFIG))

test.each<[what: string, given: Partial<Records>, told: string[]]>([
  ['one alone meets nobody', { sessions: [one('a', { project: 'p' })] }, []],
  ['who has nothing in common does not meet', { sessions: [one('a'), one('b')] }, []],
  [
    'one project',
    { sessions: [one('a', { project: 'p' }), one('b', { project: 'p' })] },
    ['project_conflict critical a b: a and b are on project p'],
  ],
  [
    'no project is none in common',
    { sessions: [one('a', { project: null }), one('b', { project: null })] },
    [],
  ],
  [
    'three are one conflict',
    { sessions: ['a', 'c', 'b'].map((id) => one(id, { project: 'p' })) },
    ['project_conflict critical a b c: a, b and c are on project p'],
  ],
  [
    'of many two are named, and how many more',
    { sessions: ['a', 'b', 'c', 'd'].map((id) => one(id, { project: 'p' })) },
    ['project_conflict critical a b c d: a, b and 2 more are on project p'],
  ],
  [
    'one directory',
    { sessions: [one('a', { cwd: '/r' }), one('b', { cwd: '/r' })] },
    ['cwd_overlap high a b: a and b work in /r'],
  ],
  [
    'one below the other is no overlap',
    { sessions: [one('a', { cwd: '/r' }), one('b', { cwd: '/r/src' })] },
    [],
  ],
  [
    'one path on two machines is two directories',
    { sessions: [one('a', { cwd: '/r' }), one('b', { cwd: '/r', machine_id: 'n' })] },
    [],
  ],
  [
    'one task by its id',
    { sessions: [one('a', doing('H.13')), one('b', doing('H.13'))] },
    ['task_conflict critical a b: a and b work on task H.13'],
  ],
  ['who rests works on no task', { sessions: [one('a', doing('t')), one('b', doing('t', 'idle'))] }, []],
  [
    'a file that both wrote, however it is written',
    { sessions: [one('a', wrote('x.ts', 'y.ts')), one('b', wrote('X.ts'))] },
    ['file_conflict high a b: a and b wrote file/x.ts lately'],
  ],
  [
    'a refused file',
    { sessions: [one('a'), one('b')], refusals: [refusal()] },
    ['file_conflict high b a: b wants file/x.ts, which a holds'],
  ],
  [
    'a refused file that both wrote is told once',
    { sessions: [one('a', wrote('x.ts')), one('b', wrote('x.ts'))], refusals: [refusal()] },
    ['file_conflict high b a: b wants file/x.ts, which a holds'],
  ],
  [
    'any other resource is a task, wanted by several',
    {
      sessions: [one('a'), one('b'), one('c')],
      refusals: ['c', 'b'].map((by) => refusal({ by, resource_type: 'droplet', resource_name: 'site' })),
    },
    ['task_conflict critical b c a: b and c want droplet/site, which a holds'],
  ],
  [
    'who has ended counts no more',
    { sessions: [one('a', { project: 'p' }), one('b', { project: 'p', status: 'completed' })] },
    [],
  ],
  [
    'who is gone counts no more',
    { sessions: [one('a', { project: 'p' }), one('b', { project: 'p', last_seen: iso(NOW - HOUR) }, 90)] },
    [],
  ],
  [
    'who only pushes is no session',
    { sessions: [one('a', { project: 'p' }), one('b', { project: 'p', registered: false })] },
    [],
  ],
])('%s', (_, given, told) => {
  const found = causes(given)
  const said = found.map(
    ({ kind, priority, session_ids, text }) => `${kind} ${priority} ${session_ids?.join(' ')}: ${text}`,
  )
  expect(said).toEqual(told)
  for (const { kind, action } of found) expect(action).toBe(CONFLICTS[kind as keyof typeof CONFLICTS].action)
})

test('a conflict began when the second of them did, or with the first refusal', () => {
  const sessions = [
    one('a', { project: 'p' }, 3),
    one('b', { project: 'p' }, 9),
    one('c', { project: 'p' }, 6),
  ]
  expect(causes({ sessions })[0]!.since).toBe(iso(NOW - 6 * MINUTE))
  const refusals = [refusal(), refusal({ by: 'c', at: NOW - 4 * MINUTE })]
  expect(causes({ sessions: [one('a'), one('b'), one('c')], refusals })[0]!.since).toBe(iso(NOW - 4 * MINUTE))
})

test('a cause keeps its alert whoever joins or leaves, and closes it when one is left', () => {
  const at = (minutes: number, ids: string[], known: Parameters<typeof alertsAfter>[0]) => {
    const found = causes({ sessions: ids.map((id) => one(id, { project: 'p' })) })
    return alertsAfter(known, alertChanges(known, found, NOW + minutes * MINUTE, sha256, CONFLICTS))
  }
  const first = at(0, ['a', 'b'], [])
  const id = `2026-11-20_09-55-00-000-project_conflict-${sha256('p').slice(0, 8)}`
  expect(first).toMatchObject([{ id, severity: 'critical', project: 'p', session_ids: ['a', 'b'] }])
  const joined = at(1, ['a', 'b', 'c'], first)
  expect(joined).toMatchObject([{ id, session_ids: ['a', 'b', 'c'], at: first[0]!.at }])
  const left = at(2, ['c'], joined)
  expect(openAlerts(left)).toEqual([])
  expect(at(3, ['b', 'c'], left)).toMatchObject([{ id, session_ids: ['b', 'c'], closed_at: null }])
  expect(at(30, ['b', 'c'], left).map(({ closed_at }) => closed_at === null)).toEqual([false, true])
})

test('others who meet over the same thing are another conflict, with its own date, which nobody has read', () => {
  const of = (by: string, ago: number) =>
    causes({
      sessions: ['a', 'b', 'd'].map((id) => one(id)),
      refusals: [refusal({ by, at: NOW - ago * MINUTE })],
    })
  const changes = (known: Parameters<typeof alertsAfter>[0], ...found: ReturnType<typeof of>) =>
    alertChanges(known, found, NOW, sha256, CONFLICTS)
  const first = alertsAfter([], changes([], ...of('b', 9)))
  const again = changes(first, ...of('d', 1))
  expect(again).toMatchObject({ opened: [{ since: iso(NOW - MINUTE) }], closed: [{ id: first[0]!.id }] })
  expect(again.opened[0]!.id).not.toBe(first[0]!.id)
  expect(openAlerts(alertsAfter(first, again))).toMatchObject([{ session_ids: ['d', 'a'] }])
  const over = [{ ...first[0]!, closed_at: iso(NOW - 5 * MINUTE) }]
  expect(changes(over, ...of('d', 1))).toMatchObject({ opened: [{ since: iso(NOW - MINUTE) }], reopened: [] })
  expect(changes(over, ...of('b', 1))).toMatchObject({ opened: [], reopened: [{ id: first[0]!.id }] })
})

test('what two say of themselves has not begun before they said it', () => {
  const at = (ago: number, last: object) => ({
    state: 'working',
    last: { ...last, timestamp: iso(NOW - ago * MINUTE) },
  })
  const sessions = [
    one('a', at(2, { task_id: 'T-9', files_touched: ['x'] }), 60),
    one('b', at(4, { task_id: 'T-9', files_touched: ['x'] }), 50),
  ]
  expect(causes({ sessions }).map(({ since }) => since)).toEqual([
    iso(NOW - 2 * MINUTE),
    iso(NOW - 2 * MINUTE),
  ])
})

test('two conflicts of one kind are two alerts', () => {
  const sessions = [one('a', wrote('x', 'y')), one('b', wrote('x', 'y'))]
  const { opened } = alertChanges([], causes({ sessions }), NOW, sha256, CONFLICTS)
  expect(new Set(opened.map(({ id }) => id)).size).toBe(2)
})

test('sharing the repository alone is what a room is for; what else is critical needs somebody', () => {
  const project = { kind: 'project_conflict', priority: 'critical', project: 'repo' }
  expect([isOrdinary(project, 'repo'), isOrdinary(project, 'other')]).toEqual([true, false])
  expect([isUrgent(project, 'repo'), isUrgent(project, 'other')]).toEqual([false, true])
  expect(isUrgent({ kind: 'cwd_overlap', priority: 'high' }, 'repo')).toBe(false)
  expect(isUrgent({ kind: 'task_conflict', priority: 'critical', resource_name: 'x' }, 'repo')).toBe(false)
  expect(isUrgent({ kind: 'gone' }, 'repo')).toBe(false)
})

test.each([
  [{ project: 'p' }, ['Project', 'p']],
  [{ cwd: '/r', host: 'h' }, ['CWD', '/r']],
  [{ task_id: 't' }, ['Task', 't']],
  [{ resource_type: 'file', resource_name: 'x' }, ['File', 'x']],
  [{ resource_type: 'task', resource_name: 'x' }, ['Resource', 'task/x']],
  [{}, null],
])('what %o is about', (alert, told) => {
  expect(subjectOf(alert)).toEqual(told)
})
