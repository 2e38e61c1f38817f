import { describe, expect, test } from 'vitest'
import {
  idHere,
  isMachine,
  isRecordId,
  machineOf,
  markedId,
  ownersOf,
} from '../../../src/protocol/machines/names.ts'
import { isSlip } from '../../../src/protocol/names.ts'

const [A, B] = ['aaaaaaaa', 'bbbbbbbb']

describe('A machine', () => {
  test.each([
    ['q3x7k2ab', true],
    ['q3x7k2a', false],
    ['q3x7k2abc', false],
    ['Q3X7K2AB', false],
    ['../../ab', false],
    ['q3x7k2a0', false],
    ['q3x7k2ab\n', false],
  ])('has eight letters as its id, and nothing else becomes a path: %j', (text, is) => {
    expect(isMachine(text)).toBe(is)
    expect(machineOf({ machine: text })).toBe(is ? text : null)
  })
})

describe('The id of a session elsewhere', () => {
  const ownerOf = ownersOf(
    (id) => id === 'here',
    [
      { machine: A, ids: ['one', 'both', 'here'] },
      { machine: B, ids: ['two', 'both'] },
    ],
  )

  test.each([
    ['one', A, 'one'],
    ['two', B, 'two'],
    ['new', A, 'new'],
    ['one', B, `one.${B}`],
    ['here', A, `here.${A}`],
    ['both', A, `both.${A}`],
    ['both', B, `both.${B}`],
    ['human', A, `human.${A}`],
    ['all', A, null],
    ['../x', A, null],
  ])('%s, of which %s speaks, is called %s here', (id, machine, called) => {
    expect(idHere(id, machine, ownerOf)).toBe(called)
  })

  test('stays an id when it gets its mark, however long it is', () => {
    expect(markedId('x'.repeat(64), A)).toHaveLength(64)
    expect(markedId('x'.repeat(64), A).endsWith(`.${A}`)).toBe(true)
  })
})

test.each([
  ['2026-11-20_10-00-00-000-s-a-k2x7', true],
  ['2026-11-20_10-00-s-a', true],
  ['s-a', false],
  ['2026-11-20_10-00-00-000-../../x', false],
  [`2026-11-20_10-00-00-000-${'x'.repeat(160)}`, false],
  [42, false],
])('The id of a record becomes a file name only in the form that coord makes: %j', (id, is) => {
  expect(isRecordId(id)).toBe(is)
})

test.each([
  ['file', 'file', false],
  ['files', 'file', true],
  ['fil', 'file', true],
  ['fine', 'file', true],
  ['xfile', 'file', true],
  ['flie', 'file', false],
  ['', 'file', false],
  ['f', '', true],
  ['task', 'file', false],
  ['fi', 'file', false],
])('%j is a slip of %j: %s', (a, b, is) => {
  expect(isSlip(a, b)).toBe(is)
  expect(isSlip(b, a)).toBe(is)
})
