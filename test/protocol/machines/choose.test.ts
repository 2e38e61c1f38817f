import { describe, expect, test } from 'vitest'
import {
  chooseMessages,
  chooseReceipts,
  chooseSessions,
  isTooOld,
} from '../../../src/protocol/machines/choose.ts'
import { publicMessage, publicSession, withoutPlaces } from '../../../src/protocol/machines/privacy.ts'
import {
  backOff,
  isWorthPublishing,
  nextSeq,
  PRESENCE_MS,
  withoutSigns,
} from '../../../src/protocol/machines/rounds.ts'
import type { Message, Session } from '../../../src/protocol/records.ts'
import { formatInstant } from '../../../src/protocol/time.ts'

const NOW = Date.parse('2026-11-20T10:00:00.000Z')
const DAY = 86_400_000
const MONTH = 30 * DAY
const isHere = (id: string) => id === 's-a' || id === 's-b'
const ID = '2026-11-20_09-00-00-000-s-a-k2x7'

const sent = (more: object, age = 0) => ({
  message: { id: ID, from: 's-a', to: 'broadcast', ...more } as Message,
  sent: NOW - age,
})

describe('Of the mail of a room', () => {
  test.each<[string, ReturnType<typeof sent>, boolean]>([
    ['what is for all', sent({}), true],
    ['what is for the person', sent({ to: 'human' }), true],
    ['what is for a session elsewhere', sent({ to: 'far' }), true],
    ['what is for a session here', sent({ to: 's-b' }), false],
    ['what came from elsewhere', sent({ machine: 'bbbbbbbb' }), false],
    ['what is on a channel', sent({ channel: 'x' }), false],
    ['what has expired', sent({ expires_at: formatInstant(NOW - 1) }), false],
    ['what was said to all over a week ago', sent({}, 8 * DAY), false],
    ['what waits for a session for over a week', sent({ to: 'far' }, 8 * DAY), true],
    ['what is older than mail is kept', sent({ to: 'far' }, 31 * DAY), false],
    ['what has a name of its own making', sent({ id: 'note' }), false],
  ])('%s goes out: %s', (_, each, goes) => {
    expect(chooseMessages([each], isHere, NOW, MONTH).kept).toHaveLength(goes ? 1 : 0)
  })

  test('the newest goes out where it is too much, and how much stays is told', () => {
    const big = Array.from({ length: 200 }, (_, at) =>
      sent({ id: `${ID}${at}`, message: 'x'.repeat(60_000) }, at),
    )
    const { kept, omitted } = chooseMessages(big, isHere, NOW, MONTH)
    expect(kept[0]!.sent).toBe(NOW)
    expect(kept.length).toBeGreaterThan(100)
    expect(omitted).toBe(200 - kept.length)
  })
})

test('Sessions go out but for those of other machines, and those too long to be read', () => {
  const sessions = [
    { session_id: 'a' },
    { session_id: 'b', machine: 'bbbbbbbb' },
    { session_id: 'c', x: 'x'.repeat(300_000) },
  ]
  const { kept, omitted } = chooseSessions(sessions as Session[])
  expect(kept.map(({ session_id }) => session_id)).toEqual(['a'])
  expect(omitted).toBe(1)
})

test('Receipts go out about mail that travels, once each', () => {
  const receipt = (more: object) => ({ reader: 's-a', at: '', message: ID, state: 'read' as const, ...more })
  const given = [
    receipt({}),
    receipt({}),
    receipt({ state: 'acked' }),
    receipt({ machine: 'bbbbbbbb', reader: 'x' }),
  ]
  expect(chooseReceipts(given, (id) => id === ID).kept).toHaveLength(2)
  expect(chooseReceipts(given, () => false).kept).toHaveLength(0)
})

test.each([
  ['2026-11-20_09-00-00-000-a', NOW, false],
  ['2026-10-20_09-00-00-000-a', NOW, true],
  ['2026-11-20_09-00-00-000-a', NOW - 31 * DAY, true],
  ['2026-10-22_11-00-00-000-a', 0, false],
  ['2026-10-21_09-00-00-000-a', 0, true],
])('Mail that tidying would take comes in no more: %s', (id, when, is) => {
  expect(isTooOld(id, when, NOW, MONTH)).toBe(is)
})

describe('What leaves the machine', () => {
  test.each([
    ['in /srv/app/src/a.ts', 'in src/a.ts'],
    ['see /home/me/secret/log.txt now', 'see …/log.txt now'],
    ['C:\\Users\\me\\x.txt', '…/x.txt'],
    ['~/notes/x.md', '…/x.md'],
    ['src/a/b.ts and a/b', 'src/a/b.ts and a/b'],
    ['https://example.org/a/b', 'https://example.org/a/b'],
    ['/srv/app2/src/a.ts', '…/a.ts'],
    ['and/or, 3/4', 'and/or, 3/4'],
    ['file:///home/me/a/x.ts', '…/x.ts'],
    ['error:/home/me/x.ts:12:3', 'error:…/x.ts:12:3'],
    ['PATH=/opt/me/bin:/home/me/bin', 'PATH=…/bin:…/bin'],
    ['cc -I/home/me/include -o x', 'cc -I…/include -o x'],
    ['\\\\fileserver\\home\\me\\x.txt', '…/x.txt'],
    ['git@host:team/app.git, ssh://host:22/a/b', 'git@host:team/app.git, ssh://host:22/a/b'],
    ['https://example.org:8080/a/b?c=/d/e', 'https://example.org:8080/a/b?c=…/e'],
  ])('tells no absolute path: %j', (text, told) => {
    expect(withoutPlaces(text, '/srv/app')).toBe(told)
  })

  test('tells no host, process or place of a session, at whatever depth', () => {
    const session = {
      ...{
        session_id: 'a',
        host: 'h',
        machine_id: 'm',
        pid: 1,
        pid_started: '1',
        boot_id: 'b',
        pid_ns: 'n',
        tty: 't',
      },
      ...{ cwd: '/srv/app', worktree: '/srv/app', machine: 'x' },
      agent: { vendor: 'claude', model: 'm', session_id: 'secret' },
      last: { target: '/srv/app/a.ts', files_touched: ['/srv/app/a.ts', '/etc/ssl/key'] },
      waiting_for: { type: 'file', name: 'a', pid: 4, host: 'h' },
    } as unknown as Session
    expect(publicSession(session, '/srv/app')).toEqual({
      session_id: 'a',
      agent: { vendor: 'claude', model: 'm' },
      last: { target: 'a.ts', files_touched: ['a.ts', '…/key'] },
      waiting_for: { type: 'file', name: 'a' },
    })
  })

  test('keeps the words of a message, and cleans what programs put beside them', () => {
    const message = {
      from: 'a',
      to: 'b',
      message: 'see /tmp/x/y',
      details: { host: 'h', file: '/tmp/x/y' },
    } as Message
    expect(publicMessage(message, '/w')).toEqual({ ...message, details: { file: '…/y' } })
    const details = { resource: '/home/me/x.txt', '/home/me/y': 1 }
    const told = publicMessage(
      { ...message, subject: 'file//home/me/x.txt released', details } as never,
      '/w',
    )
    expect(told).toMatchObject({ subject: 'file/…/x.txt released', message: 'see …/y' })
    expect(JSON.stringify(told)).not.toMatch(/home|tmp/)
  })
})

describe('Rounds', () => {
  const last = { whole: 'a', matter: 'x', at: NOW }
  test.each([
    ['the first time', null, { whole: 'a', matter: 'x' }, 0, true],
    ['not where nothing changed', last, { whole: 'a', matter: 'x' }, 1e9, false],
    ['at once where something that matters changed', last, { whole: 'b', matter: 'y' }, 1, true],
    ['not yet where somebody only gave a sign', last, { whole: 'b', matter: 'x' }, PRESENCE_MS - 1, false],
    ['later where somebody only gave a sign', last, { whole: 'b', matter: 'x' }, PRESENCE_MS, true],
  ])('publish %s', (_, before, now, passed, is) => {
    expect(isWorthPublishing(before, now, NOW + passed)).toBe(is)
  })

  test('take a sign of life for no change', () => {
    const session = {
      session_id: 'a',
      last_seen: '1',
      last_heartbeat: '1',
      last: { action: 'x', timestamp: '1' },
    } as Session
    const later = {
      ...session,
      last_seen: '2',
      last_heartbeat: '2',
      last: { action: 'x', timestamp: '2' },
    } as Session
    expect(JSON.stringify(withoutSigns(later))).toBe(JSON.stringify(withoutSigns(session)))
    expect(JSON.stringify(withoutSigns({ ...later, state: 'error' }))).not.toBe(
      JSON.stringify(withoutSigns(session)),
    )
  })

  test.each([
    [0, 20_000],
    [1, 40_000],
    [3, 160_000],
    [9, 600_000],
    [1000, 600_000],
  ])('after %i failures come again in %i ms', (failures, millis) => {
    expect(backOff(failures)).toBe(millis)
  })

  test('have numbers that grow, whatever the clock does', () => {
    expect(nextSeq(0, NOW)).toBe(NOW)
    expect(nextSeq(NOW, NOW - DAY)).toBe(NOW + 1)
  })
})
