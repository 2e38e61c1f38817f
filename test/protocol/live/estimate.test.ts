import { expect, test } from 'vitest'
import { estimateEnd, progressOf } from '../../../src/protocol/live/estimate.ts'

const T = Date.parse('2026-11-20T10:00:00.000Z')
const at = (minutes: number) => new Date(T + minutes * 60_000).toISOString()
const line = (minutes: number, progress?: number, rest = {}) => ({
  ...{ timestamp: at(minutes), session: 'a', status: 'working' },
  ...(progress === undefined ? {} : { progress }),
  ...rest,
})
const points = (...pairs: [minutes: number, share: number][]) =>
  pairs.map(([minutes, share]) => ({ time: T + minutes * 60_000, share }))

test.each([
  ['points of one task', [line(0, 0.1), line(5, 0.2)], [0.1, 0.2]],
  ['lines without a progress are passed over', [line(0, 0.1), line(1), line(5, 0.2)], [0.1, 0.2]],
  ['a fall of the progress is a new beginning', [line(0, 0.8), line(1, 0.1), line(2, 0.3)], [0.1, 0.3]],
  ['what was completed is over', [line(0, 0.9, { status: 'completed' }), line(1, 0.95)], [0.95]],
  ['another task does not count', [line(0, 0.1, { task_id: '1' }), line(1, 0.2, { task_id: '2' })], [0.2]],
  ['a progress that is none is passed over', [line(0, 0.1), line(1, 7), line(2, Number.NaN)], [0.1]],
  ['a line without a time is passed over', [line(0, 0.1), { ...line(1, 0.2), timestamp: 'soon' }], [0.1]],
])('the progress of the present task: %s', (_, lines, shares) => {
  expect(progressOf(lines).map(({ share }) => share)).toEqual(shares)
})

test.each([
  ['a steady pace goes on', points([0, 0], [10, 0.5]), 12, 20],
  ['one stall does not decide', points([0, 0], [1, 0.1], [2, 0.2], [3, 0.3], [33, 0.4], [34, 0.5]), 34, 39],
  ['one point tells no pace', points([0, 0.5]), 1, null],
  ['no progress tells no pace', points([0, 0.5], [10, 0.5]), 12, null],
  ['what is done has no end ahead', points([0, 0.5], [10, 1]), 12, null],
  ['a moment that is past is none', points([0, 0], [10, 0.5]), 60, null],
  ['two points of one instant tell no pace', points([0, 0.1], [0, 0.2]), 1, null],
  ['nothing is known of nothing', [], 1, null],
])('the end of a task: %s', (_, given, now, minutes) => {
  const end = estimateEnd(given, T + now * 60_000)
  expect(end === null ? null : Math.round((end - T) / 60_000)).toBe(minutes)
})
