/** What git's receiving side says, read from any bytes. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  pktList,
  readAdvertisement,
  readPktList,
  readReport,
} from '../../../src/protocol/remote/pkt-lines.ts'

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'))
const OID = 'a'.repeat(40)
const line = (text: string) => `${(text.length + 4).toString(16).padStart(4, '0')}${text}`

test('a list is written as git reads it, by bytes and not by characters', () => {
  expect(Buffer.from(pktList(['a\n', 'ä'])).toString('latin1')).toBe(`0006a\n0006\xc3\xa40000`)
  expect(Buffer.from(pktList([])).toString()).toBe('0000')
})

test.each([
  ['a list', '0006a\n0005b0000', ['a', 'b']],
  ['an empty list', '0000', []],
  ['an empty line', '00040000', ['']],
  ['one with a NUL', '0007a\0b0000', ['a\0b']],
  ['nothing', '', null],
  ['no flush', '0006a\n', null],
  ['a delimiter (protocol 2)', '0006a\n00010000', null],
  ['an end of response (protocol 2)', '00020000', null],
  ['a length that no line has', '00030000', null],
  ['a length beyond the end', '0fffa0000', null],
  ['the longest length', `fff0a0000`, null],
  ['a length that is no number', '+005a0000', null],
  ['a length with a space', ' 005a0000', null],
  ['a length cut off', '0006a\n00', null],
  ['more after the flush', '0006a\n00000006b\n0000', null],
  ['words', 'fatal: no repository\n', null],
])('%s is read as what it is', (_what, text, expected) => {
  expect(readPktList(bytesOf(text))).toEqual(expected)
})

test('capital digits count as git counts them', () => {
  expect(readPktList(bytesOf('000Ea1234567890000'))).toEqual(['a123456789'])
})

test.each([
  ['all moved', ['unpack ok\n', 'ok refs/a\n', 'ok refs/b\n'], 'ok', { 'refs/a': null, 'refs/b': null }],
  ['one refused', ['unpack ok\n', 'ng refs/a hook declined\n'], 'ok', { 'refs/a': 'hook declined' }],
  [
    'a pack refused',
    ['unpack early EOF', 'ng refs/a unpacker error'],
    'early EOF',
    { 'refs/a': 'unpacker error' },
  ],
  ['no reason', ['unpack ok', 'ng refs/a'], 'ok', { 'refs/a': 'no reason given' }],
])('a report tells of each ref: %s', (_what, lines, unpack, refs) => {
  const report = readReport(bytesOf(`${lines.map(line).join('')}0000`))
  expect(report).toEqual({ unpack, refs: new Map(Object.entries(refs)) })
})

test.each([
  ['nothing at all', []],
  ['no word of the pack', ['ok refs/a']],
  ['an option, for which nobody asked', ['unpack ok', 'ok refs/a', 'option refname refs/b']],
  ['two answers for a ref', ['unpack ok', 'ok refs/a', 'ng refs/a no']],
  ['a ref without a name', ['unpack ok', 'ok ']],
  ['a side band', ['\x01unpack ok']],
])('%s is no report', (_what, lines) => {
  expect(readReport(bytesOf(`${lines.map(line).join('')}0000`))).toBeNull()
})

test('an advertisement tells what a repository can do, and where its refs are', () => {
  const lines = [
    `${OID} refs/a\0report-status atomic object-format=sha1\n`,
    `${OID} .have\n`,
    `${OID} refs/b\n`,
  ]
  expect(readAdvertisement(bytesOf(`${lines.map(line).join('')}0000`))).toEqual({
    capabilities: new Set(['report-status', 'atomic', 'object-format=sha1']),
    refs: new Map([
      ['refs/a', OID],
      ['.have', OID],
      ['refs/b', OID],
    ]),
  })
  const empty = `${'0'.repeat(40)} capabilities^{}\0report-status\n`
  expect(readAdvertisement(bytesOf(`${line(empty)}0000`))!.capabilities.has('atomic')).toBe(false)
})

test.each([
  ['no capabilities', [`${OID} refs/a\n`]],
  ['a version before it', ['version 1\n', `${OID} refs/a\0atomic\n`]],
  ['an object id that is none', [`${OID}b refs/a\0atomic\n`]],
  ['a ref without a name', [`${OID} refs/a\0atomic\n`, `${OID}\n`]],
  ['nothing', []],
])('%s is no advertisement', (_what, lines) => {
  expect(readAdvertisement(bytesOf(`${lines.map(line).join('')}0000`))).toBeNull()
})

/** Bytes as a server might send them, broken at one place or anywhere. */
const hostile = fc
  .tuple(
    fc.array(fc.oneof(fc.constantFrom('unpack ok\n', 'ok refs/a\n', 'ng refs/b no\n', '\0'), fc.string()), {
      maxLength: 6,
    }),
    fc.nat(),
    fc.uint8Array({ maxLength: 6 }),
  )
  .map(([texts, at, spoiled]) => {
    const whole = pktList(texts)
    const from = at % (whole.length + 1)
    return {
      whole,
      texts,
      cut: whole.slice(0, from),
      spoilt: new Uint8Array([...whole.slice(0, from), ...spoiled]),
    }
  })

test('whatever comes is read or refused: a list comes back whole, one that is cut off never', () => {
  fc.assert(
    fc.property(hostile, fc.uint8Array({ maxLength: 200 }), ({ whole, texts, cut, spoilt }, noise) => {
      expect(readPktList(whole)).toEqual(texts.map((text) => text.replace(/\n$/, '')))
      expect(readReport(cut) === null || cut.length === whole.length).toBe(true)
      for (const bytes of [spoilt, noise]) {
        readReport(bytes)
        readAdvertisement(bytes)
      }
    }),
  )
})
