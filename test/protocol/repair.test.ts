import { describe, expect, test } from 'vitest'
import type { Kind } from '../../src/protocol/records.ts'
import { repairText } from '../../src/protocol/repair.ts'
import { isRecord } from '../../src/protocol/shapes.ts'
import { session } from './samples.ts'

const CLAIM =
  '{\n  "claimed_by": "one",\n  "resource_type": "file",\n  "resource_name": "a.ts",\n  "token": 7\n}\n'
const MESSAGE = '{\n  "from": "one",\n  "to": "two",\n  "subject": "S",\n  "message": "M"\n}\n'
const said = (text: string) => `{"from": "one", "to": "two", "message": "${text}"}`

describe('each rung of the ladder', () => {
  test.each<[string, Kind, string, object, RegExp]>([
    ['a byte order mark', 'claim', `\ufeff${CLAIM}`, { claimed_by: 'one', token: 7 }, /byte order mark/],
    [
      'raw newlines in a text',
      'message',
      said('one\ntwo\tthree'),
      { message: 'one\ntwo\tthree' },
      /control characters/,
    ],
    [
      'other control characters',
      'message',
      said('a\u0007b\u0000'),
      { message: 'a\u0007b\u0000' },
      /control characters/,
    ],
    ['CRLF inside a text', 'message', said('a\r\nb'), { message: 'a\r\nb' }, /control characters/],
    ['an escaped exclamation mark', 'message', said('done\\!'), { message: 'done\\!' }, /bad escapes/],
    ['an escaped dollar sign', 'message', said('\\$HOME'), { message: '\\$HOME' }, /bad escapes/],
    ['a Windows path', 'message', said('C:\\xyz\\qed'), { message: 'C:\\xyz\\qed' }, /bad escapes/],
    ['half a unicode escape', 'message', said('\\u12'), { message: '\\u12' }, /bad escapes/],
    [
      'good escapes beside bad ones',
      'message',
      said('\\"a\\" \\! \\u00e9 \\\\'),
      { message: '"a" \\! é \\' },
      /bad escapes/,
    ],
    ['a bad escape and a raw newline', 'message', said('a\\!\nb'), { message: 'a\\!\nb' }, /bad escapes/],
    [
      'a backslash before a raw newline',
      'message',
      said('a\\\nb'),
      { message: 'a\\\nb' },
      /bad escapes|control/,
    ],
    [
      'a byte order mark and a raw newline',
      'message',
      `\ufeff${said('a\nb')}`,
      { message: 'a\nb' },
      /control characters/,
    ],
    [
      'a byte order mark and a bad escape',
      'message',
      `\ufeff${said('a\\!')}`,
      { message: 'a\\!' },
      /bad escapes/,
    ],
    [
      'unescaped quotes',
      'message',
      MESSAGE.replace('"M"', '"he said "hi", twice"'),
      { message: 'he said "hi", twice' },
      /template/,
    ],
    [
      'quotes and newlines',
      'message',
      MESSAGE.replace('"M"', '"say "a"\nand "b""'),
      { message: 'say "a"\nand "b"' },
      /template/,
    ],
    ['no end', 'claim', CLAIM.replace('7\n}\n', '7'), { resource_name: 'a.ts', token: 7 }, /template/],
    ['an empty value', 'claim', CLAIM.replace('7', ''), { resource_name: 'a.ts' }, /template|left out/],
    ['a trailing comma', 'claim', CLAIM.replace('7', '7,'), { token: 7 }, /template/],
    [
      'an unexpanded command',
      'message',
      MESSAGE.replace('"M"', '"$(date -u +"%Y")"'),
      { message: '$(date -u +"%Y")' },
      /template/,
    ],
  ])('reads a record with %s', (_what, kind, text, expected, how) => {
    const repaired = repairText(kind, text)
    expect(repaired?.record).toMatchObject(expected)
    expect(repaired?.how).toMatch(how)
    expect(isRecord(kind, repaired?.record)).toBe(true)
  })

  test('the template takes nested fields for no fields of the record', () => {
    const torn = JSON.stringify(
      { session_id: 'one', agent: { session_id: 'inner', vendor: 'v' }, last: { state: 'x' }, name: 'n' },
      null,
      2,
    )
    const broken = torn.replace('"n"', '"a "quoted" name"')
    expect(repairText('session', broken)?.record).toEqual({
      session_id: 'one',
      agent: { session_id: 'inner', vendor: 'v' },
      last: { state: 'x' },
      name: 'a "quoted" name',
    })
  })

  test.each<[string, Kind, string]>([
    ['nothing', 'claim', ''],
    ['binary junk', 'claim', '\u0000\u0001\ufffd\u0002'],
    ['a number', 'claim', '7'],
    ['null', 'claim', 'null'],
    ['a list', 'claim', `[${CLAIM}]`],
    ['another kind', 'message', CLAIM],
    ['prose', 'message', 'from: one\nto: two'],
    ['a required field of the wrong type', 'claim', CLAIM.replace('"one"', '1')],
    [
      'a registry that is no record',
      'session',
      JSON.stringify({ sessions: [session('one'), session('two')] }, null, 2),
    ],
    [
      'a registry that is no record and no JSON',
      'session',
      `${JSON.stringify({ sessions: [session('one')] }, null, 2)},`,
    ],
  ])('gives up on %s', (_what, kind, text) => {
    expect(repairText(kind, text)).toBeNull()
  })
})

describe('fields', () => {
  test.each<[string, Kind, object, string[]]>([
    [
      'an optional text that is a number',
      'session',
      { session_id: 'one', current_work: 7, name: 'n' },
      ['current_work'],
    ],
    [
      'several',
      'session',
      { session_id: 'one', pid: '7', capabilities: 'build', name: 'n' },
      ['capabilities', 'pid'],
    ],
    ['a nested one', 'session', { session_id: 'one', last: { phase: 7 }, name: 'n' }, ['last']],
    [
      'a list with a stranger in it',
      'heartbeat',
      { session_id: 'one', timestamp: '', files_touched: ['a', 7], name: 'n' },
      ['files_touched'],
    ],
  ])('of the wrong type are left out and named: %s', (_what, kind, value, dropped) => {
    const repaired = repairText(kind, JSON.stringify(value))
    expect(repaired?.how).toBe(`left out: ${dropped.join(', ')}`)
    const rest = Object.entries(value).filter(([name]) => !dropped.includes(name))
    expect(repaired?.record).toEqual(Object.fromEntries(rest))
  })

  test('unknown ones survive', () => {
    expect(
      repairText('claim', CLAIM.replace('7', '7, "own": {"deep": [1]}, "pid": "x"'))?.record,
    ).toMatchObject({ own: { deep: [1] } })
  })

  test('a number too large for any is left out, not infinite', () => {
    expect(repairText('claim', CLAIM.replace('7', '1e999'))).toMatchObject({ how: 'left out: token' })
  })

  test.each(['{"__proto__": {"polluted": 1}, ', '{"constructor": {"prototype": {"polluted": 1}}, '])(
    '%s… pollutes nothing',
    (start) => {
      for (const text of [CLAIM, CLAIM.replace('"one"', '"o"ne"')]) {
        const repaired = repairText('claim', text.replace('{', start))
        expect(({} as Record<string, unknown>).polluted).toBeUndefined()
        if (repaired) expect((repaired.record as Record<string, unknown>).polluted).toBeUndefined()
      }
      expect(repairText('claim', CLAIM.replace('{', start))?.record.claimed_by).toBe('one')
    },
  )

  test('a deeply nested one is no crash', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
    expect(repairText('claim', CLAIM.replace('7', `7, "own": ${deep}, "note": 1`))?.record.claimed_by).toBe(
      'one',
    )
    expect(repairText('claim', '['.repeat(50_000))).toBeNull()
    expect(repairText('claim', '{"a":'.repeat(10_000))).toBeNull()
  })
})
