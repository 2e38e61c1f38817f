import { describe, expect, test } from 'vitest'
import { DEFAULT_CONFIG, readConfig } from '../../src/protocol/config.ts'
import { CoordError } from '../../src/protocol/errors.ts'
import {
  checkKey,
  choicesOf,
  indentOf,
  listSettings,
  readValue,
  settingDefaults,
  withValue,
} from '../../src/protocol/settings.ts'

function refusal(run: () => unknown): CoordError {
  try {
    run()
  } catch (error) {
    if (error instanceof CoordError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

test('every key of the default config is a setting, and its default may be set as people type it', () => {
  const count = Object.values(DEFAULT_CONFIG)
    .filter((section) => typeof section === 'object')
    .reduce((sum, section) => sum + Object.keys(section).length, 0)
  expect(settingDefaults().size).toBe(count)
  for (const [key, value] of settingDefaults()) expect(readValue(key, String(value)), key).toBe(value)
})

describe('a value as typed', () => {
  test.each([
    ['claims.defaultFor', '2h', '2h'],
    ['claims.defaultFor', '2 days', '2 days'],
    ['claims.autoRenew', 'false', false],
    ['claims.durability', 'process', 'process'],
    ['messages.maxBytes', '007', 7],
    ['git.branch', 'true', 'true'],
    ['git.branch', '42', '42'],
    ['compat.statusDir', 'null', null],
    ['compat.statusDir', 'x y', 'x y'],
  ])('%s %s is written as %j', (key, text, value) => {
    expect(readValue(key, text)).toBe(value)
    expect(readConfig(withValue({}, key, value)).problems).toEqual([])
  })

  test.each([
    ['claims.defaultFor', '7', 'It takes a duration: 90s, 45m, 4h, 2 days. The default is 4h.'],
    ['claims.defaultFor', '', 'It takes a duration: 90s, 45m, 4h, 2 days. The default is 4h.'],
    ['claims.autoRenew', 'yes', 'It takes true or false. The default is true.'],
    ['claims.durability', 'disk', 'It takes power or process. The default is power.'],
    ['messages.maxBytes', '-1', 'It takes a whole number above 0. The default is 65536.'],
    ['git.branch', 'a..b', 'It takes the name of a branch. The default is coordination.'],
  ])('%s can not be "%s"', (key, text, hint) => {
    const error = refusal(() => readValue(key, text))
    expect({ code: error.code, hint: error.hint, details: error.details }).toEqual({
      code: 'invalid',
      hint,
      details: { argument: 'value' },
    })
  })
})

test.each([
  ['defaultFor', ['claims.defaultFor']],
  ['retention', ['heartbeats.retention', 'messages.retention']],
  ['claims.defaultfor', ['claims.defaultFor']],
  ['claim.maxFor', ['claims.maxFor']],
  ['session.brunch', ['git.branch']],
  ['version', []],
  ['__proto__', []],
  ['xyzzyxyzzy', []],
])('there is no setting "%s", and the nearest are %j', (key, suggestions) => {
  const error = refusal(() => checkKey(key))
  expect(error.code).toBe('invalid')
  expect(error.details.argument).toBe('key')
  if (suggestions.length === 0) expect(error.hint).toContain('coord config get')
  else expect((error.details.suggestions as string[])[0]).toBe(suggestions[0])
})

test('settings come as they are written, and only a different meaning is no default', () => {
  const find = (source: Record<string, unknown>, key: string) =>
    listSettings(source).find((setting) => setting.key === key)
  const at = (value: unknown) => find({ claims: { defaultFor: value } }, 'claims.defaultFor')
  expect(at('240m')).toMatchObject({ value: '240m', is_default: true })
  expect(at('2 hours')).toMatchObject({ value: '2 hours', default: '4h', is_default: false })
  expect(at('soon')).toMatchObject({ value: '4h', is_default: true, trouble: 'can\'t be "soon"' })
  expect(find({ claims: 7 }, 'claims.maxFor')).toMatchObject({ value: '7d', is_default: true })
})

test('changing one value keeps every other key and the order', () => {
  const source = { note: 'ours', claims: { mine: 1, maxFor: '9d' }, version: 1 }
  expect(JSON.stringify(withValue(source, 'claims.maxFor', '2d'))).toBe(
    '{"note":"ours","claims":{"mine":1,"maxFor":"2d"},"version":1}',
  )
  expect(withValue({}, 'git.branch', 'x')).toEqual({ git: { branch: 'x' } })
  expect(refusal(() => withValue({ claims: 7 }, 'claims.maxFor', '2d')).code).toBe('invalid')
})

test.each([
  ['{\n  "a": 1\n}', '  '],
  ['{\r\n\t"a": 1\r\n}', '\t'],
  ['{\n    "a": 1\n}', '    '],
  ['{"a":1}', '  '],
])('the indentation of %j is %j', (text, indent) => {
  expect(indentOf(text)).toBe(indent)
})

test('keys with a choice of values tell it', () => {
  expect(choicesOf('claims.durability')).toEqual(['power', 'process'])
  expect(choicesOf('git.publishHost')).toEqual(['true', 'false'])
  expect(choicesOf('git.branch')).toEqual([])
})
