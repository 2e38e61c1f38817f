import { expect, test } from 'vitest'
import { conform } from '../../src/protocol/conform.ts'
import { repairText } from '../../src/protocol/repair.ts'
import { KINDS, VALID } from './records-of-every-kind.ts'
import { iso, NOW } from './samples.ts'

test('a whole record stays as it is', () => {
  for (const kind of KINDS) {
    expect(conform(kind, VALID[kind])).toEqual({ record: VALID[kind], dropped: [], times: [] })
  }
})

test('an optional field of the wrong type is left out and named, the rest stays', () => {
  const { phase: _phase, ...rest } = VALID.claim
  const conformed = conform('claim', { ...VALID.claim, phase: 7 })
  expect(conformed).toEqual({ record: rest, dropped: ['phase'], times: [] })
})

test.each([
  ['heartbeat', 'timestamp', NOW / 1000],
  ['heartbeat', 'timestamp', NOW],
  ['status', 'timestamp', NOW / 1000],
  ['session', 'last_heartbeat', NOW],
  ['claim', 'expires_at', NOW / 1000],
  ['message', 'timestamp', NOW],
] as const)('of a %s the %s %d is read as a time', (kind, field, epoch) => {
  const record = { ...VALID[kind], [field]: iso(NOW) }
  expect(conform(kind, { ...record, [field]: epoch })).toEqual({ record, dropped: [], times: [field] })
  expect(repairText(kind, JSON.stringify({ ...record, [field]: epoch }))?.how).toBe(
    `epoch numbers read as times: ${field}`,
  )
})

test('a number that is no time is left out as any other', () => {
  expect(conform('claim', { ...VALID.claim, expires_at: -1 })).toMatchObject({
    dropped: ['expires_at'],
    times: [],
  })
  expect(conform('heartbeat', { ...VALID.heartbeat, timestamp: -1 })).toBeNull()
})

test.each([
  [null],
  [undefined],
  ['x'],
  [7],
  [[]],
  [{}],
  [{ claimed_by: 1, resource_type: 'a', resource_name: 'b' }],
])('%j can be no claim', (value) => {
  expect(conform('claim', value)).toBeNull()
})
