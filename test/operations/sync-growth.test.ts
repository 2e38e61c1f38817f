/** The short form of bench/growth.mjs: what many rounds leave does not grow with their number. */
import { expect, test } from 'vitest'
import { measureGrowth } from '../../bench/growth.ts'
import { temporaryDirectory } from '../helpers/directories.ts'

test('rounds in which every session has news leave no more than the last state of each machine, once collected', () => {
  const size = { machines: 2, sessions: 8 }
  const [few, many] = [1, 3].map((rounds) => measureGrowth(temporaryDirectory(), { ...size, rounds }))
  expect([few!.publications, many!.publications, many!.heartbeats]).toEqual([2, 6, 48])
  expect(many!.loose_bytes).toBeGreaterThan(few!.loose_bytes * 1.5)
  expect(many!.packed_bytes).toBeLessThan(few!.packed_bytes * 1.5)
  expect([few!.clone_bytes, many!.clone_bytes]).toEqual([0, 0])
})
