import { describe, expect, test } from 'vitest'
import {
  checkPriority,
  checkText,
  findMessage,
  isExpiredMessage,
  isUnread,
  messageId,
  PRIORITIES,
  resolveRecipients,
  seenIds,
  sentAt,
  textOf,
} from '../../src/protocol/messages.ts'
import type { Message } from '../../src/protocol/records.ts'
import { CONFIG, HOUR, iso, MINUTE, message, NOW, session } from './samples.ts'

const limits = CONFIG.messages

describe('recipients', () => {
  const sessions = [
    session('session-001', { name: 'api', capabilities: ['build', 'review'] }),
    session('session-002', { name: 'dash', capabilities: ['review'] }),
    session('session-003', { name: 'twin' }),
    session('session-004', { name: 'twin' }),
    session('session-005', { name: 'gone', status: 'completed', capabilities: ['deploy'] }),
    session('session-006', { name: 'api', status: 'abandoned' }),
  ]

  test.each([
    ['broadcast', false, ['broadcast']],
    ['human', false, ['human']],
    ['session-002', false, ['session-002']],
    ['dash', false, ['session-002']],
    ['api', false, ['session-001']],
    ['role:review', false, ['session-001', 'session-002']],
    ['role:build', false, ['session-001']],
    ['session-005', true, ['session-005']],
    ['gone', true, ['session-005']],
    ['nobody-yet', true, ['nobody-yet']],
    ['dash', true, ['session-002']],
  ])('%s (left waiting if unknown: %s) means %j', (to, anyway, expected) => {
    expect(resolveRecipients(to, sessions, anyway)).toEqual(expected)
  })

  test.each([
    ['session-02', /there is no session "session-02"/, ['session-002', 'session-001', 'session-003']],
    ['dahs', /there is no session/, ['dash']],
    ['session-005', /session "session-005" has ended/, ['session-001', 'session-002', 'session-003']],
    ['gone', /has ended/, []],
    ['Broadcast', /there is no session/, []],
    ['role:deploy', /no active session has the capability "deploy"/, ['role:build', 'role:review']],
    ['role:', /no active session has the capability ""/, ['role:build', 'role:review']],
  ])('%j is refused and the nearest are named', (to, reason, suggestions) => {
    const refusal = expect.objectContaining({ code: 'invalid', details: { argument: 'to', suggestions } })
    expect(() => resolveRecipients(to, sessions, false)).toThrow(reason)
    expect(() => resolveRecipients(to, sessions, false)).toThrow(refusal)
  })

  test.each([false, true])(
    'a name of two live sessions is ambiguous, also when unknown ones may wait: %s',
    (anyway) => {
      expect(() => resolveRecipients('twin', sessions, anyway)).toThrow(
        expect.objectContaining({
          code: 'ambiguous',
          details: { candidates: ['session-003', 'session-004'] },
        }),
      )
    },
  )

  test("an id wins over another session's name", () => {
    const both = [session('a', { name: 'b' }), session('b', { name: 'a' })]
    expect(resolveRecipients('b', both, false)).toEqual(['b'])
  })
})

describe('unread', () => {
  const reader = { id: 'two', since: NOW - HOUR, seen: new Set(['read-one']) }
  const rows: [what: string, given: Partial<Message>, sent: number, expected: boolean][] = [
    ['a direct message', { to: 'two' }, NOW, true],
    ['a direct message from long before my start', { to: 'two' }, NOW - 99 * HOUR, true],
    ['a broadcast since my start', { to: 'broadcast' }, NOW, true],
    ['a broadcast at the very beginning', { to: 'broadcast' }, NOW - HOUR, true],
    ['a broadcast from before', { to: 'broadcast' }, NOW - HOUR - 1, false],
    ['my own broadcast', { to: 'broadcast', from: 'two' }, NOW, false],
    ['my own message to me', { to: 'two', from: 'two' }, NOW, false],
    ['one that I read', { to: 'two', id: 'read-one' }, NOW, false],
    ['one without an id', { to: 'two', id: null }, NOW, true],
    ['an expired one', { to: 'two', expires_at: iso(NOW) }, NOW - MINUTE, false],
    ['one about to expire', { to: 'two', expires_at: iso(NOW + 1) }, NOW - MINUTE, true],
    ['one with an unreadable end', { to: 'two', expires_at: 'never' }, NOW, true],
  ]
  test.each(rows)('%s', (_what, given, sent, expected) => {
    expect(isUnread(message(given), sent, reader, NOW)).toBe(expected)
  })

  test('delivered is not yet read; read and acknowledged are', () => {
    const at = iso(NOW)
    const receipts = [
      { at, message: 'a', state: 'delivered' as const },
      { at, message: 'b', state: 'read' as const },
      { at, message: 'c', state: 'acked' as const },
      { at, message: 'c', state: 'delivered' as const },
    ]
    expect([...seenIds(receipts)]).toEqual(['b', 'c'])
  })

  test('a message expires at its instant, not before', () => {
    const expiring = message({ expires_at: iso(NOW) })
    expect([isExpiredMessage(expiring, NOW - 1), isExpiredMessage(expiring, NOW)]).toEqual([false, true])
    expect(isExpiredMessage(message(), NOW)).toBe(false)
  })
})

describe('texts', () => {
  test.each(['', '   ', '\n\t'])('%j is empty', (text) => {
    expect(() => checkText('subject', text, limits)).toThrow(/subject is empty/)
  })

  test('the limit counts bytes and is itself allowed', () => {
    expect(() => checkText('message', 'é'.repeat(32_768), limits)).not.toThrow()
    expect(() => checkText('message', `${'é'.repeat(32_768)}x`, limits)).toThrow(
      /message has 65537 bytes, at most 65536 are allowed/,
    )
    expect(() => checkText('message', 'four', { ...limits, maxBytes: 3 })).toThrow(/at most 3/)
  })

  test('a priority is one of four', () => {
    expect(PRIORITIES).toEqual(['low', 'normal', 'high', 'critical'])
    expect(() => checkPriority('high')).not.toThrow()
    expect(() => checkPriority('urgent')).toThrow(expect.objectContaining({ code: 'invalid' }))
  })

  test.each<[Partial<Message>, string]>([
    [{ message: 'text', details: { a: 1 } }, 'text'],
    [{ details: { a: 1, empty: [], none: null, done: ['x', 'y'] } }, 'a: 1, done: x, y'],
    [
      { details: { your_token: 7, holder: { claimed_by: 'bob', token: 8, machine: null } } },
      'your token: 7, holder: (claimed by: bob, token: 8)',
    ],
    [{ details: { claims: [{ name: 'a' }, { name: 'b' }], none: {} } }, 'claims: (name: a), (name: b)'],
    [{ details: [{ a: 1 }, 'b'] }, '(a: 1), b'],
    [{ details: 'plain' }, 'plain'],
    [{ details: null }, ''],
    [{ message: '' }, ''],
    [{}, ''],
  ])('%j says %j', (given, expected) => {
    expect(textOf(message(given))).toBe(expected)
  })

  test('details that are nested too deep to be written are no crash', () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":[', ']}'],
    ] as const) {
      const details: unknown = JSON.parse(`${open.repeat(50_000)}1${close.repeat(50_000)}`)
      expect(textOf(message({ details }))).toBe('')
    }
  })

  test('a message was sent when its body says so, else when its file name does', () => {
    expect(sentAt(message({ timestamp: iso(NOW) }), 5)).toBe(NOW)
    expect(sentAt(message({ timestamp: 'soon' }), 5)).toBe(5)
    expect(sentAt(message({ timestamp: null }), null)).toBe(0)
  })
})

describe('ids', () => {
  test('an id tells the time, the sender and four random characters', () => {
    expect(messageId(NOW, 'session-001', 'abcdef')).toBe('2026-11-20_10-00-00-000-session-001-abcd')
  })

  const messages = [
    message({ id: '2026-11-20_10-00-00-000-one-abcd' }),
    message({ id: '2026-11-20_10-00-00-000-one-wxyz' }),
    message({ id: '2026-11-20_11-00-00-000-two-zzcd' }),
    message({ id: null }),
  ]
  test.each([
    ['2026-11-20_10-00-00-000-one-wxyz', 1],
    ['wxyz', 1],
    ['abcd', 0],
    ['2026-11-20_11', 2],
  ])('%s finds its message', (id, index) => {
    expect(findMessage(id, messages)).toBe(messages[index])
  })

  test('a whole id is found although another one ends with it', () => {
    const one = message({ id: 'abcd' })
    expect(findMessage('abcd', [...messages, one])).toBe(one)
  })

  test.each([
    ['cd', 'not_found'],
    ['2026-11-20', 'ambiguous'],
    ['nope', 'not_found'],
    ['one', 'not_found'],
    ['', 'not_found'],
  ])('%j is %s', (id, code) => {
    expect(() => findMessage(id, messages)).toThrow(expect.objectContaining({ code }))
  })

  test('nothing names no message, not even the only one', () => {
    expect(() => findMessage('', [messages[0]!])).toThrow(expect.objectContaining({ code: 'not_found' }))
  })
})
