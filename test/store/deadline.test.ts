/** A limit of time: what was done within it, what was not, what failed. The thread for what hangs is played by test/processes/git-hooks. */
import os from 'node:os'
import { expect, test } from 'vitest'
import { doWithin } from '../../src/store/deadline.ts'

const within = <R>(ms: number, work: () => R) => doWithin(ms, os.tmpdir(), 'late', work)

test('what is done in time is answered as it is', () => {
  expect(within(10_000, () => ({ code: 1 }))).toEqual({ code: 1 })
})

test('an error of the work is its own', () => {
  const error = new Error('no ledger')
  expect(() =>
    within(10_000, () => {
      throw error
    }),
  ).toThrow(error)
})

test('work that takes too long is interrupted, also where its time was over before it began', () => {
  const long = () => {
    for (;;);
  }
  expect(within(20, long)).toBeNull()
  expect(within(-5, long)).toBeNull()
})
