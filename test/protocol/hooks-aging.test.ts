/** What hooks note of a session and forget in time. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Subagents, subagentsAfter } from '../../src/protocol/hooks/subagents.ts'
import { touchedLately } from '../../src/protocol/hooks/touched.ts'
import { iso, MINUTE, NOW } from './samples.ts'

const HOUR = 60 * MINUTE
const sign = (id: string, stops = false) => ({ id, type: 'Explore', stops })
const after = (before: unknown, given: ReturnType<typeof sign> | null, now = NOW) =>
  subagentsAfter(before, given, now) as Subagents

test('a subagent counts from its first sign until it stops; repeated starts change nothing', () => {
  const one = after(null, sign('a'))
  expect(one).toEqual({ active: 1, names: ['Explore'], ids: { a: 'Explore' }, seen: { a: iso(NOW) } })
  expect(after(one, sign('a'))).toBe(one)
  const two = after(one, sign('b'))
  expect(Object.keys(two.ids)).toEqual(['a', 'b'])
  expect(after(two, sign('a', true))).toMatchObject({ active: 1, ids: { b: 'Explore' } })
  expect(after(one, sign('stranger', true))).toBe(one)
  expect(after(null, null)).toBe(null)
})

test('one that gives no sign for an hour is forgotten, one that works is not', () => {
  const both = after(after(null, sign('quiet')), sign('busy'))
  const later = after(both, sign('busy'), NOW + 50 * MINUTE)
  expect(later.seen).toEqual({ quiet: iso(NOW), busy: iso(NOW + 50 * MINUTE) })
  expect(after(later, null, NOW + 59 * MINUTE)).toBe(later)
  expect(after(later, null, NOW + HOUR).ids).toEqual({ busy: 'Explore' })
  expect(after(later, null, NOW + 3 * HOUR)).toMatchObject({ active: 0, ids: {} })
})

test('of records without times the hour begins with the next sign, and whatever they hold is borne', () => {
  const old = { active: 1, names: ['x'], ids: { a: 'x' } }
  expect(after(old, null).seen).toEqual({ a: iso(NOW) })
  expect(after(old, sign('b')).seen).toEqual({ a: iso(NOW), b: iso(NOW) })
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(null, sign('a'), sign('a', true)), (before, given) => {
      subagentsAfter(before, given, NOW)
    }),
  )
})

test('files count for four hours from their last write, at most twenty of them, the newest first', () => {
  const first = touchedLately([], [], ['a', '7'], NOW)
  expect(first).toEqual([
    ['a', NOW],
    ['7', NOW],
  ])
  const names = first.map(([path]) => path)
  const later = touchedLately(first, names, ['7'], NOW + 3 * HOUR)
  expect(later.map(([path]) => path)).toEqual(['7', 'a'])
  expect(touchedLately(later, ['7', 'a'], [], NOW + 4 * HOUR).map(([path]) => path)).toEqual(['7'])
  expect(touchedLately('spoilt', ['old'], [], NOW)).toEqual([['old', NOW]])
  const many = Array.from({ length: 50 }, (_, i) => `f${i}`)
  expect(touchedLately([], many, [], NOW)).toHaveLength(20)
})
