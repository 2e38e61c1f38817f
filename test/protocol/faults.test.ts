import { expect, test } from 'vitest'
import { groupOf, toFaults } from '../../src/protocol/faults.ts'

const finding = (kind: string, path = 'a', more = {}) => ({ path, kind, detail: 'd', ...more })

test.each([
  ['repaired', undefined, 'coord doctor --fix', true],
  ['damaged', undefined, 'coord doctor --fix', true],
  ['config', undefined, null, false],
  ['something new', undefined, null, false],
  ['orphaned', 'coord release x y', 'coord release x y', false],
  // A check may know that this one is left to people.
  ['missing', 'coord init', 'coord init', false],
  ['drifted', null, null, false],
])('a fault of kind %s with the command %j is mended by %j', (kind, own, fix, fixable) => {
  const [fault] = toFaults([finding(kind, 'a', own === undefined ? {} : { fix: own })])
  expect(fault).toEqual({ path: 'a', kind, detail: 'd', fix, fixable })
})

test('faults come worst first, then by path, each once', () => {
  const kinds = ['leftover', 'copy', 'damaged', 'newer', 'tracked', 'not-a-file', 'unregistered']
  const faults = toFaults([...kinds.map((kind) => finding(kind)), finding('damaged', '0'), finding('copy')])
  expect(faults.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
    'newer a',
    'not-a-file a',
    'damaged 0',
    'damaged a',
    'copy a',
    'tracked a',
    'unregistered a',
    'leftover a',
  ])
})

test('every kind has a heading, an unknown one is read among the records', () => {
  expect(
    ['drifted', 'skipped', 'second-room', 'exclusions', 'nonsense'].map((kind) => groupOf(finding(kind))),
  ).toEqual(['claims', 'records', 'room', 'git', 'records'])
})
