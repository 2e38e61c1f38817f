/** When a ref without claims may go, and that its tokens stay below those of its successor. */
import { expect, test } from 'vitest'
import { firstFar, isTombstone, mayBeGone } from '../../../src/protocol/remote/tombstones.ts'

const DAY = 86_400_000
const NOW = Date.parse('2026-11-20T10:00:00.000Z')
const at = (days: number) => new Date(NOW - days * DAY).toISOString()
const seconds = (days: number) => Math.floor((NOW - days * DAY) / 1000)

test.each([
  ['idle for a week', 8, [], seconds(8), true],
  ['idle for six days', 6.5, [], seconds(8), false],
  ['with a claim, whoever has it', 30, [{}], seconds(30), false],
  ['whose counter ran ahead of the clock', 30, [], seconds(3), false],
  ['whose time can not be read', Number.NaN, [], seconds(30), false],
])('a ref %s', (_what, days, claims, counter, goes) => {
  const slot = { claims: claims as never[], counter, at: Number.isNaN(days) ? 'soon' : at(days) }
  expect(isTombstone(slot, NOW)).toBe(goes)
  if (!goes) return
  expect(firstFar(NOW - DAY), 'also by a clock that is a day behind').toBeGreaterThanOrEqual(counter)
  expect(mayBeGone(slot, NOW - DAY)).toBe(true)
})
