import { describe, expect, test } from 'vitest'
import {
  type Bundle,
  isBundleFile,
  LIMITS,
  readBundle,
  toFiles,
} from '../../../src/protocol/machines/bundle.ts'
import type { Message, Session } from '../../../src/protocol/records.ts'

const A = 'aaaaaaaa'
const session = (id: string, more: object = {}) =>
  ({ session_id: id, last_seen: '2026-11-20T10:00:00.000Z', ...more }) as Session
const message = (id: string, more: object = {}) =>
  ({ id, from: 's-a', to: 'broadcast', subject: 'x', ...more }) as Message
const ID = '2026-11-20_10-00-00-000-s-a-k2x7'

const BUNDLE: Bundle = {
  machine: A,
  seq: 7,
  at: '2026-11-20T10:00:00.000Z',
  name: null,
  sessions: [session('s-a'), session('s-b')],
  messages: [message(ID), message('2026-11-19_10-00-00-000-s-a-zzzz')],
  receipts: [{ reader: 's-a', at: '2026-11-20T10:00:00.000Z', message: ID, state: 'read' }],
  handoffs: [{ id: ID, text: '---\n{}\n---\n' }],
}

const read = (files: Map<string, string>) => {
  const answer = readBundle(files, A)
  if ('trouble' in answer) throw new Error(answer.trouble)
  return answer
}

describe('A bundle', () => {
  test('comes back from its files as it was', () => {
    const { bundle, skipped } = read(toFiles(BUNDLE))
    expect(skipped).toBe(0)
    const sorted = [...bundle.messages].sort((a, b) => (a.id! < b.id! ? 1 : -1))
    expect({ ...bundle, messages: sorted }).toEqual(BUNDLE)
  })

  test('has only files of names that are read, one for each day of mail', () => {
    const names = [...toFiles(BUNDLE).keys()]
    expect(names.every(isBundleFile)).toBe(true)
    expect(names.filter((name) => name.startsWith('mail-'))).toEqual([
      'mail-2026-11-19-1.jsonl',
      'mail-2026-11-20-1.jsonl',
    ])
  })

  test('keeps the bytes of earlier mail when a message is added', () => {
    const many = Array.from({ length: 40 }, (_, at) =>
      message(`2026-11-20_10-00-${String(at).padStart(2, '0')}-000-s-a-aaaa`, {
        message: 'x'.repeat(30_000),
      }),
    )
    const before = toFiles({ ...BUNDLE, messages: many })
    const after = toFiles({ ...BUNDLE, messages: [...many, message('2026-11-20_11-00-00-000-s-a-bbbb')] })
    const changed = [...after].filter(([name, text]) => before.get(name) !== text).map(([name]) => name)
    expect(before.size).toBeGreaterThan(5)
    expect(changed).toHaveLength(1)
  })
})

describe('A hostile bundle', () => {
  const withFile = (name: string, text: string) => new Map([...toFiles(BUNDLE), [name, text]])
  const head = (more: object) =>
    withFile('machine.json', JSON.stringify({ version: 1, machine: A, seq: 1, at: '', ...more }))

  test.each<[string, Map<string, string>]>([
    ['without a head', new Map()],
    ['with a head that is no JSON', withFile('machine.json', '<<<<<<<')],
    ['with a list as its head', withFile('machine.json', '[]')],
    ["with another machine's name", head({ machine: 'bbbbbbbb' })],
    ['of a newer version', head({ version: 2 })],
    ['without a number', head({ seq: '1' })],
    ['with a number that is none', head({ seq: 1.5 })],
    ['with a negative number', head({ seq: -1 })],
  ])('%s is refused as a whole', (_, files) => {
    expect(readBundle(files, A)).toHaveProperty('trouble')
  })

  const deep = `{"session_id":"x","a":${'['.repeat(9000)}${']'.repeat(9000)}}`
  test.each<[string, string, number]>([
    ['sessions.jsonl', 'no json\n{"session_id":"ok"}\n', 1],
    ['sessions.jsonl', '{"session_id":"../x"}\n{"session_id":"human"}\n{"session_id":5}\n', 3],
    ['sessions.jsonl', `${deep}\n`, 1],
    ['sessions.jsonl', `{"session_id":"x","a":"${'x'.repeat(LIMITS.lineBytes)}"}\n`, 1],
    ['mail-2026-11-21-1.jsonl', `${JSON.stringify(message('../../../etc/passwd'))}\n`, 1],
    ['mail-2026-11-21-1.jsonl', `${JSON.stringify(message(ID, { to: '../x' }))}\n`, 1],
    ['mail-2026-11-21-1.jsonl', `${JSON.stringify(message(ID, { from: 'all' }))}\n`, 1],
    ['mail-2026-11-21-1.jsonl', `${JSON.stringify(message(ID, { channel: 'x', to: 'channel:x' }))}\n`, 1],
    ['receipts.jsonl', '{"reader":"../x","at":"","message":"x","state":"read"}\n', 1],
    ['receipts.jsonl', `{"reader":"s-a","at":"","message":"${ID}","state":"eaten"}\n`, 1],
    ['handoffs-2026-11-21-1.jsonl', '{"id":"../../x","text":"x"}\n{"id":5}\n', 2],
  ])('loses the bad records of %s, which are counted, and nothing else', (name, text, skipped) => {
    expect(read(withFile(name, text)).skipped).toBe(skipped)
  })

  test('is cut where it has too many records', () => {
    const lines = Array.from({ length: LIMITS.sessions + 10 }, (_, at) => `{"session_id":"s${at}"}`).join(
      '\n',
    )
    const { bundle, skipped } = read(withFile('sessions.jsonl', lines))
    expect(bundle.sessions).toHaveLength(LIMITS.sessions)
    expect(skipped).toBe(10)
  })

  test('changes no prototype', () => {
    read(
      withFile(
        'sessions.jsonl',
        '{"session_id":"x","__proto__":{"polluted":1},"constructor":{"prototype":{"p":1}}}\n',
      ),
    )
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})

test.each([
  ['machine.json', true],
  ['mail-2026-11-21-1.jsonl', true],
  ['mail-2026-11-21-1.jsonl/x', false],
  ['../machine.json', false],
  ['sub/machine.json', false],
  ['mail-2026-11-21-12345.jsonl', false],
  ['machine.json\n', false],
])('A file of a bundle has a plain name: %j', (name, is) => {
  expect(isBundleFile(name)).toBe(is)
})
