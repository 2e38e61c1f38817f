import { expect, test } from 'vitest'
import {
  alertsNamed,
  deliveryOf,
  isFor,
  recipientsOf,
  untoldTo,
} from '../../../src/protocol/live/delivery.ts'
import type { Alert, Receipt } from '../../../src/protocol/records.ts'

const alert = (given: Partial<Alert> = {}): Alert => ({
  ...{ id: 'x-cwd_overlap-aaaa1111', kind: 'cwd_overlap', session_id: null, session_ids: ['a', 'b'] },
  ...{ severity: 'warning', text: 't', at: '', since: '', closed_at: null, ...given },
})
const receipt = (state: Receipt['state'], message = alert().id): Receipt => ({ at: '', message, state })

test.each<[receipts: Receipt[], state: string]>([
  [[], 'pending'],
  [[receipt('read', 'other')], 'pending'],
  [[receipt('delivered')], 'delivered'],
  [[receipt('delivered'), receipt('read')], 'read'],
  [[receipt('read'), receipt('delivered')], 'read'],
  [[receipt('acked')], 'read'],
])('receipts %j say how far an alert got: %s', (receipts, state) => {
  expect(deliveryOf(receipts, alert().id)).toBe(state)
})

test('a conflict is for its sessions and the person, any other alert for the person', () => {
  expect(recipientsOf(alert())).toEqual(['a', 'b', 'human'])
  expect(recipientsOf(alert({ kind: 'gone', session_ids: null, session_id: 'a' }))).toEqual(['human'])
  expect(['a', 'c', 'human', null].map((reader) => isFor(alert(), reader))).toEqual([true, false, true, true])
})

test.each<[what: string, given: Partial<Alert>, reader: string, receipts: Receipt[], count: number]>([
  ['its own', {}, 'a', [], 1],
  ["others'", {}, 'c', [], 0],
  ['one that is over', { closed_at: 'now' }, 'a', [], 0],
  ['one it was shown', {}, 'a', [receipt('delivered')], 0],
  ['one of another kind', { kind: 'gone' }, 'a', [], 0],
])('of %s a session is told so many: %#', (_, given, reader, receipts, count) => {
  expect(untoldTo([alert(given)], reader, receipts)).toHaveLength(count)
})

test('an alert is named by id, kind, or a unique part at its end or beginning', () => {
  const [one, two] = [alert(), alert({ id: 'y-cwd_overlap-bbbb1111' })]
  const other = alert({ id: 'z-gone-a', kind: 'gone' })
  const named = (...texts: string[]) => alertsNamed(texts, [one, two, other]).map(({ id }) => id[0])
  expect(named(one.id, 'aaaa1111')).toEqual(['x'])
  expect(named('cwd_overlap')).toEqual(['x', 'y'])
  expect(named('z-go', 'bbbb1111')).toEqual(['z', 'y'])
  expect(() => named('1111')).toThrow(expect.objectContaining({ code: 'ambiguous' }))
  expect(() => named('z-g')).toThrow(expect.objectContaining({ code: 'not_found' }))
})
