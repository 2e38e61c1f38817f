import { expect, test } from 'vitest'
import { countProcessors, isOldForm, loadOf, statusForm } from '../../../src/protocol/live/status-form.ts'

const NOW = Date.parse('2026-11-20T10:00:00.000Z')

test.each([
  [0.2, 4, 'idle', 'OK'],
  [3.2, 4, 'balanced', 'OK'],
  [4, 4, 'busy', 'HIGH'],
  [8, 4, 'busy', 'CRITICAL'],
  [0.5, 0, 'balanced', 'OK'],
])('a load of %d on %d processors is %s, %s', (load_avg, processors, profile, status) => {
  expect(loadOf(load_avg, processors)).toEqual({ profile, status, load_avg })
})

test.each([
  ['0-3', 4],
  ['0', 1],
  ['0-1,4-5,7\n', 5],
  ['', 1],
  ['none', 0],
])('the list of processors %j has %d', (list, count) => {
  expect(countProcessors(list)).toBe(count)
})

test('a session in the form of MON-001', () => {
  const session = {
    ...{ session_id: 'one', current_work: 'Log analysis', state: 'working' },
    last: { progress: '45%', task_id: 'abc123' },
    context: { current_tokens: 44_000, total_tokens: 200_000, percentage: 22 },
    agents: { active: 2, names: ['researcher', 'coder'], ids: {} },
    load: { profile: 'balanced', status: 'OK', load_avg: 3.2 },
  }
  expect(statusForm(session, NOW)).toEqual({
    ...{ version: '1.1.0', updated_at: '2026-11-20T10:00:00.000Z', session_id: 'one' },
    task: { name: 'Log analysis', id: 'abc123', progress: 45, status: 'active' },
    context: { current_tokens: 44_000, total_tokens: 200_000, percentage: 22 },
    agents: { active: 2, names: ['researcher', 'coder'] },
    load: { profile: 'balanced', status: 'OK', load_avg: 3.2 },
  })
})

test('what nobody told, or told as something else, is 0, empty or null', () => {
  const odd = { session_id: 'one', agents: { active: 'two', names: 'x' }, context: { percentage: '22' } }
  expect(statusForm(odd, NOW)).toMatchObject({
    task: { name: '', id: null, progress: null, status: 'idle' },
    context: { current_tokens: 0, total_tokens: 0, percentage: 0 },
    agents: { active: 0, names: [] },
    load: null,
  })
})

test.each([
  ['young, of a live session', '2026-11-20T09:59:00Z', false, false],
  ['old', '2026-11-20T09:30:00Z', false, true],
  ['of a session that is over', '2026-11-20T09:59:00Z', true, true],
  ['without a time', undefined, false, true],
])('a form that is %s', (_, at, over, gone) => {
  expect(isOldForm(at, over, NOW, 30 * 60_000)).toBe(gone)
})
