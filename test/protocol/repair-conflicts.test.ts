import { describe, expect, test } from 'vitest'
import type { Kind } from '../../src/protocol/records.ts'
import { repairText } from '../../src/protocol/repair.ts'
import { iso, lease, MINUTE, message, NOW, session } from './samples.ts'

const CLAIM =
  '{\n  "claimed_by": "one",\n  "resource_type": "file",\n  "resource_name": "a.ts",\n  "token": 7\n}\n'

describe('merge conflicts', () => {
  const conflict = (ours: object, theirs: object) =>
    `<<<<<<< HEAD\n${JSON.stringify(ours, null, 2)}\n=======\n${JSON.stringify(theirs, null, 2)}\n>>>>>>> other\n`
  const later = (given: object = {}) => ({ ...lease({ claimed_by: 'two' }), ...given })
  test.each<[string, Kind, object, object, object]>([
    [
      'the higher token',
      'claim',
      lease({ token: 7 }),
      later({ token: 8, claimed_at: iso(0) }),
      { claimed_by: 'two' },
    ],
    [
      'the higher token, ours',
      'claim',
      lease({ token: 9, claimed_at: iso(0) }),
      later({ token: 8 }),
      { claimed_by: 'one' },
    ],
    [
      'at one token the later renewal',
      'claim',
      lease(),
      lease({ renewed_at: iso(NOW + MINUTE) }),
      { renewed_at: iso(NOW + MINUTE) },
    ],
    [
      "at one token of today's size the later renewal",
      'claim',
      lease({ token: NOW / 1000, renewed_at: iso(NOW) }),
      lease({ token: NOW / 1000, renewed_at: iso(NOW + MINUTE) }),
      { renewed_at: iso(NOW + MINUTE) },
    ],
    [
      'the later sign',
      'session',
      session('one'),
      session('one', { last_seen: iso(NOW + 1), name: 'n' }),
      { name: 'n' },
    ],
    [
      'the later sign, ours',
      'session',
      session('one', { name: 'n' }),
      session('one', { last_seen: iso(0) }),
      { name: 'n' },
    ],
    [
      'the later message',
      'message',
      message(),
      message({ timestamp: iso(NOW), subject: 'new' }),
      { subject: 'new' },
    ],
    ['the readable side', 'claim', lease(), { broken: true }, { claimed_by: 'one' }],
    ['the readable side, theirs', 'claim', { broken: true }, lease(), { claimed_by: 'one' }],
  ])('take the side with %s and say so', (_what, kind, ours, theirs, expected) => {
    const repaired = repairText(kind, conflict(ours, theirs))
    expect(repaired?.record).toMatchObject(expected)
    expect(repaired?.how).toMatch(/merge-conflict markers/)
  })

  test('within a record, with the common ancestor shown, are taken as one choice', () => {
    const middle =
      '<<<<<<< HEAD\n  "token": 7\n||||||| base\n  "token": 1\n=======\n  "token": 8\n>>>>>>> other'
    expect(repairText('claim', CLAIM.replace('  "token": 7', middle))?.record).toMatchObject({
      claimed_by: 'one',
      token: 8,
    })
  })

  test.each([
    '<<<<<<< HEAD\n',
    '<<<<<<< a\n<<<<<<< b\n=======\n>>>>>>> c\n',
    '=======\n>>>>>>> x\n',
    '<<<<<<<\n=======\n>>>>>>>',
  ])('%j alone is unreadable', (text) => {
    expect(repairText('claim', text)).toBeNull()
  })

  test('a line of equals signs inside a text is no conflict', () => {
    expect(
      repairText('message', '{"from": "one", "to": "two", "message": "title\n=======\nbody"}')?.record,
    ).toMatchObject({
      message: 'title\n=======\nbody',
    })
  })
})
