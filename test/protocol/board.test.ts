import { describe, expect, test } from 'vitest'
import { boardHelpers, boardView } from '../../src/protocol/board.ts'
import { findNeeds } from '../../src/protocol/needs.ts'
import { look, type Records } from '../../src/protocol/picture.ts'
import template from '../../templates/STATUS_BOARD.md.hbs'
import {
  CONFIG,
  HOUR,
  iso,
  lease,
  MINUTE,
  moment,
  NOW,
  records,
  sent,
  session,
  troubledRoom,
} from './samples.ts'

/** The board of a room as Markdown. */
function board(given: Partial<Records>, after = 0): string {
  const picture = look(records(given), moment(after), CONFIG)
  return template(boardView(picture, findNeeds(picture), HOUR), { helpers: boardHelpers })
}

test('the board of a troubled room', async () => {
  await expect(board(troubledRoom())).toMatchFileSnapshot('golden/STATUS_BOARD.md')
})

test('the board of an empty room says how to begin', () => {
  const text = board({})
  expect(text).toContain('**Last Updated:** 2026-11-20 10:00 UTC\n**Active Sessions:** 0\n')
  expect(text).toContain('- None. `coord start` registers one.')
  expect(text.match(/^- None$/gm)).toHaveLength(2)
  expect(text).toContain('- None detected')
})

test('the sections stand in the order of the protocol', () => {
  expect(board(troubledRoom()).match(/^## .*$/gm)).toEqual([
    '## 🟢 Active Sessions',
    '## 🔒 Active Claims',
    '## 📬 Recent Messages (Last Hour)',
    '## ⚠️ Coordination Needed',
  ])
})

test('the same records at the same moment give the same board, in whatever order they are read', () => {
  const room = troubledRoom()
  const turned = { ...room, sessions: [...room.sessions].reverse(), leases: [...room.leases].reverse() }
  expect(board(turned)).toBe(board(troubledRoom()))
})

describe('times', () => {
  test.each([
    ['an hour ago', { started_at: iso(NOW - HOUR) }, '### one (Started: 09:00 UTC)'],
    ['days ago', { started_at: iso(NOW - 50 * HOUR) }, '### one (Started: 2026-11-18 08:00 UTC)'],
    ['unknown', { started_at: null }, '### one\n'],
    ['no time', { started_at: 'soon' }, '### one\n'],
    ['an impossible day', { started_at: '2026-13-01T00:00:00.000Z' }, '### one\n'],
    ['in another form', { started_at: '2026-11-20 09:00 UTC' }, '### one (Started: 09:00 UTC)'],
  ])('a session that started %s', (_what, given, expected) => {
    expect(board({ sessions: [session('one', given)] })).toContain(expected)
  })

  test.each([
    [iso(NOW + 2 * HOUR), '- **Est. Complete:** in 2h (2026-11-20 12:00 UTC)'],
    ['2026-11-20T12:00:00Z', '- **Est. Complete:** in 2h (2026-11-20 12:00 UTC)'],
    ['after lunch', '- **Est. Complete:** after lunch'],
    ['2026-13-01T00:00:00.000Z', '- **Est. Complete:** 2026-13-01T00:00:00.000Z'],
  ])('an estimate of %j', (estimated_completion, expected) => {
    expect(board({ sessions: [session('one', { last: { estimated_completion } })] })).toContain(expected)
  })

  test.each([
    ['just now', {}, 0, 'just now (2026-11-20T10:00:00Z)'],
    ['a while ago', {}, 2 * MINUTE, '2m ago (2026-11-20T10:00:00Z)'],
    ['in the future', { last_seen: iso(NOW + HOUR) }, 0, 'just now (2026-11-20T11:00:00Z)'],
    ['never', { last_seen: null, started_at: null }, 0, 'never'],
  ])('a session seen %s', (_what, given, after, expected) => {
    expect(board({ sessions: [session('one', given)] }, after)).toContain(`- **Last Update:** ${expected}\n`)
  })

  test.each([
    ['running', 4 * HOUR, 'expires in 4h, 2026-11-20 14:00 UTC'],
    ['just over, still protected by the margin', -5000, 'expired 5s ago, 2026-11-20 09:59 UTC'],
    ['over', -HOUR, 'expired 1h ago, 2026-11-20 09:00 UTC'],
  ])('a claim that is %s', (_what, left, expected) => {
    const claims = [lease({ expires_at: iso(NOW + left), clock: null })]
    expect(board({ leases: claims })).toContain(`- **droplet/church** - one (${expected})`)
  })
})

describe('messages', () => {
  test.each([
    ['within the hour', -59 * MINUTE, true],
    ['an hour old', -HOUR, false],
    ['from a clock slightly ahead', 30_000, true],
    ['from the future', HOUR, false],
  ])('one %s is shown: %s', (_what, offset, shown) => {
    expect(board({ messages: [sent({ timestamp: iso(NOW + offset) })] }).includes('one → two: "hello"')).toBe(
      shown,
    )
  })

  test.each([
    [{ subject: 'a', message: 'b' }, '"a – b"'],
    [{ subject: 'a', message: 'a' }, '"a"'],
    [{ subject: null, message: 'b' }, '"b"'],
    [{ subject: 'a', details: { x: 1 } }, '"a"'],
    [{ subject: null, details: { x: 1 } }, '"x: 1"'],
    [{ subject: 'a', ack: true }, '"a" ↩ wants an answer'],
  ])('%j reads %s', (given, expected) => {
    expect(board({ messages: [sent(given)] })).toContain(`- **09:58** - one → two: ${expected}\n`)
  })
})

describe('hostile text', () => {
  const HOSTILE = [
    '<img src=x onerror=alert(1)>',
    'a | pipe | table',
    'line\n## heading\n- item',
    'line\r\n\r\n> quote',
    '\u001b[2J\u001b]0;title\u0007',
    '\u202egnp.exe',
    '[x](javascript:alert(1))',
    '![x](https://evil.example/pixel)',
    'ping @octocat',
    '`code` $(reboot) **bold** ~~gone~~',
    '&lt;script&gt;',
    '</li></ul><script>',
    '- [ ] todo',
    '1. one',
    '---',
    '    code',
  ]
  const shape = (text: string) =>
    text
      .split('\n')
      .map((line) => /^(#+ |- \*\*[A-Z][A-Za-z. ]*:\*\*|- \*\*|- |---|\*\*|$)/.exec(line)?.[1] ?? 'other')
  const everywhere = (text: string): Partial<Records> => ({
    sessions: [
      session(text, {
        name: `n ${text}`,
        current_work: text,
        state: 'blocked',
        last: { phase: text, message: text, next_action: text, progress: text, estimated_completion: text },
        waiting_for: { type: text, name: text },
      }),
    ],
    leases: [
      lease({
        claimed_by: text,
        resource_type: text,
        resource_name: text,
        phase: text,
        note: text,
        clock: null,
        expires_at: iso(0),
      }),
    ],
    messages: [sent({ id: text, from: text, to: 'human', subject: text, message: `m ${text}`, ack: true })],
    problems: [{ path: text, kind: 'unreadable', detail: text }],
  })

  test.each(HOSTILE)('%j stays text wherever it stands', (text) => {
    const hostile = board(everywhere(text))
    expect(shape(hostile)).toEqual(shape(board(everywhere('plain'))))
    expect(hostile).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
    const prose = hostile.replace(/ · `[^`]*`$/gm, '')
    expect(prose).not.toMatch(/(^|[^\\])<|(^|[^\\])!?\[[^\]]*[^\\]\]\(|@octocat|https:\/\//m)
  })

  test('senseless values in loose fields are no crash', () => {
    const odd = JSON.parse('{"type": {"toString": 1}, "name": {"valueOf": 1}}')
    expect(board({ sessions: [session('one', { waiting_for: odd })] })).not.toContain('Waiting For')
  })
})
