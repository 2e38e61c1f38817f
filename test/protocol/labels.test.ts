import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { labelOf, labelsOf, namedBy, shortIds } from '../../src/protocol/labels.ts'
import { resolveSession } from '../../src/protocol/messages.ts'
import type { Session } from '../../src/protocol/records.ts'
import { session } from './samples.ts'

const named = (id: string, name?: string, given: Partial<Session> = {}) => session(id, { name, ...given })
const over = { status: 'completed' }

describe('a session is called by its name only where that can be typed and means nobody else', () => {
  test.each<[string, Session[], string]>([
    ['a name of its own', [named('s1', 'ann')], 'ann'],
    ['no name', [named('s1')], 's1'],
    ['an empty name', [named('s1', '')], 's1'],
    ['a name with a space in it', [named('s1', 'Ann Bee')], 'Ann Bee'],
    ['a name with a space at its end', [named('s1', 'ann ')], 's1'],
    ['a name that reads like a flag', [named('s1', '--all')], 's1'],
    ['a name that means all', [named('s1', 'Broadcast')], 's1'],
    ['a name that means a role', [named('s1', 'role:review')], 's1'],
    ['a name with a character that nobody sees', [named('s1', 'ann\u200b')], 's1'],
    ['a name of 41 letters', [named('s1', 'a'.repeat(41))], 's1'],
    ['the name of another live session', [named('s1', 'ann'), named('s2', 'ann')], 's1'],
    ['the name of one that ended', [named('s1', 'ann'), named('s2', 'ann', over)], 'ann'],
    ['the name of a live one, ended itself', [named('s1', 'ann', over), named('s2', 'ann')], 's1'],
    ['a name of its own, ended', [named('s1', 'ann', over)], 'ann'],
    ['the id of another session as name', [named('s1', 's2'), named('s2')], 's1'],
  ])('%s', (_what, sessions, label) => {
    expect(labelsOf(sessions).get('s1') ?? 's1').toBe(label)
  })

  test('whatever is shown of a live session is accepted as a recipient and means this session', () => {
    const names = fc.constantFrom(undefined, 'ann', 'bob', 's1', 's2', ' x', 'human', '-v')
    const rooms = fc.array(fc.tuple(names, fc.boolean()), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(rooms, (room) => {
        const sessions = room.map(([name, ended], at) => named(`s${at}`, name, ended ? over : {}))
        const labels = labelsOf(sessions)
        for (const each of sessions.filter(({ status }) => status !== 'completed'))
          expect(resolveSession(labels.get(each.session_id) ?? each.session_id, sessions, '')).toBe(each)
      }),
    )
  })

  test('one record alone tells all but whether others have the name', () => {
    expect(labelOf(named('s1', 'ann'))).toBe('ann')
    expect(labelOf(named('s1', 'all'))).toBe('s1')
  })
})

test('a name means the live sessions of it before those that ended', () => {
  const [live, gone] = [named('s1', 'ann'), named('s2', 'ann', over)]
  expect(namedBy('ann', [gone, live])).toEqual([live])
  expect(namedBy('ann', [gone])).toEqual([gone])
  expect(namedBy('bob', [live])).toEqual([])
})

test.each<[string, boolean]>([
  ['ann @aaaaaaaa', true],
  ['ann@aaaaaaaa', true],
  ['s1 @aaaaaaaa', true],
  ['ann @my laptop', true],
  ['ann @bbbbbbbb', false],
  ['ann @', false],
  ['@aaaaaaaa', false],
  ['bob @aaaaaaaa', false],
])('%s means a session of another machine as it is shown, or nobody: %s', (text, isMeant) => {
  const far = named('s1', 'ann', { machine: 'aaaaaaaa', machine_name: 'my laptop' })
  const here = named('s2', 'ann')
  expect(namedBy(text, [here, far])).toEqual(isMeant ? [far] : [])
  expect(namedBy(text, [here, far, named('s3', text)]).map(({ session_id }) => session_id)).toEqual(['s3'])
})

describe('a message is named by the last part of its id, or by as many as it takes', () => {
  const id = '2026-11-20_10-00-00-000-one-a2b3'
  test.each<[string, string, string[], string]>([
    ['alone', id, [], 'a2b3'],
    ['among others', id, ['2026-11-20_10-00-00-000-one-c4d5', '2026-11-20_10-00-00-000-two-e6f7'], 'a2b3'],
    ['with the end of another', id, ['2026-11-20_10-00-00-000-two-a2b3'], 'one-a2b3'],
    ['with the beginning of another', id, ['a2b3-by-hand'], 'one-a2b3'],
    ['a second copy of a name', `${id}-2`, [id], 'a2b3-2'],
    ['of a script', '2026-11-20_10-00-00-one', [], '00-one'],
    ['of one part', 'note', [], 'note'],
    ['without an id', '', [], ''],
  ])('%s', (_what, wanted, others, short) => {
    expect(shortIds([wanted, ...others])(wanted)).toBe(short)
  })
})

test('the ids of ten thousand messages are sorted out once', () => {
  const ids = Array.from(
    { length: 10_000 },
    (_, n) => `2026-11-20_10-00-00-000-one-${n.toString(36).padStart(4, '0')}`,
  )
  const slices = vi.spyOn(String.prototype, 'endsWith')
  const short = shortIds(ids)
  expect(ids.map(short)).toEqual(ids.map((id) => id.slice(-4)))
  expect(slices.mock.calls.length).toBeLessThan(5 * ids.length)
  slices.mockRestore()
})
