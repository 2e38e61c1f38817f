import { expect, test } from 'vitest'
import { findFuture, findSteps } from '../../src/protocol/clocks.ts'
import type { Lease } from '../../src/protocol/records.ts'

const NOW = Date.parse('2026-11-20T10:00:00.000Z')
const MINUTE = 60_000
const iso = (ms: number) => new Date(ms).toISOString()

test.each([
  [-MINUTE, 0],
  [MINUTE, 0],
  [MINUTE + 1, 1],
  [120 * MINUTE, 1],
])('a sign %i ms from now is named %i times', (offset, times) => {
  const session = { session_id: 'one', last_seen: iso(NOW + offset) }
  expect(findFuture([session], [], NOW)).toHaveLength(times)
  expect(findFuture([], [{ id: 'm', sent: NOW + offset }], NOW)).toHaveLength(times)
})

/** A lease of an hour, granted 10 minutes of boot time ago by a wall clock that was off by `step`. */
const lease = (step: number, id = 'boot'): Lease => ({
  resource_type: 'task',
  resource_name: 'x',
  claimed_by: 'one',
  claimed_at: '',
  claim_id: 'c',
  token: 1,
  renew: true,
  term_ms: 60 * MINUTE,
  expires_at: iso(NOW + 50 * MINUTE - step),
  clock: { id, expires_ms: 1000 * MINUTE + 50 * MINUTE },
})
const moment = { wall: NOW, boot: { id: 'boot', ms: 1000 * MINUTE } }

test.each([
  [0, 'boot', null],
  [MINUTE / 2, 'boot', null],
  [60 * MINUTE, 'boot', 'set forward by 1h'],
  [-60 * MINUTE, 'boot', 'set back by 1h'],
  [60 * MINUTE, 'another boot', null],
])('a clock that stepped by %i ms on %s is told as %s', (step, id, told) => {
  const found = findSteps([lease(step, id)], moment)
  if (told === null) expect(found).toEqual([])
  else expect(found).toMatchObject([{ kind: 'clock', detail: expect.stringContaining(told) }])
})
