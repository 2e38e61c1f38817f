/** Records to start a rule's table from: complete, plain, and easy to vary. */
import { createHash } from 'node:crypto'
import type { Holdings, Moment } from '../../src/protocol/claims.ts'
import { DEFAULT_CONFIG, readConfig } from '../../src/protocol/config.ts'
import type { Records } from '../../src/protocol/picture.ts'
import type { Change, Claim, Lease, Message, Session } from '../../src/protocol/records.ts'

export const NOW = Date.parse('2026-11-20T10:00:00.000Z')
export const SECOND = 1000
export const MINUTE = 60_000
export const HOUR = 3_600_000
export const DAY = 86_400_000
export const MARGIN = 30 * SECOND
export const CONFIG = readConfig(DEFAULT_CONFIG).config

/** SHA-256 in hex, as the store gives it to the rules. */
export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** An instant as a record's time. */
export const iso = (time: number) => new Date(time).toISOString()

/** A moment some milliseconds after NOW; `boot` names the running boot, whose clock went on by the same time. */
export function moment(after = 0, boot: string | null = 'boot-1'): Moment {
  return { wall: NOW + after, boot: boot === null ? null : { id: boot, ms: 1_000_000 + after } }
}

/** Some milliseconds after NOW, in another boot. */
export const rebooted = (after: number) => moment(after, 'boot-2')

/** Some milliseconds after NOW in the same boot, with the wall clock set by `step`. */
export const stepped = (after: number, step: number): Moment => ({
  ...moment(after),
  wall: NOW + after + step,
})

/** A lease of four hours granted at NOW, by the boot clock `boot-1`. */
export function lease(given: Partial<Lease> = {}): Lease {
  return {
    claimed_by: 'one',
    claimed_at: iso(NOW),
    resource_type: 'droplet',
    resource_name: 'church',
    expires_at: iso(NOW + 4 * HOUR),
    claim_id: 'id-1',
    token: 7,
    renew: true,
    term_ms: 4 * HOUR,
    clock: { id: 'boot-1', expires_ms: 1_000_000 + 4 * HOUR },
    ...given,
  }
}

/** What a domain holds; the counter stands at the highest token. */
export function holdings(...claims: Lease[]): Holdings {
  return { claims, counter: Math.max(7, ...claims.map(({ token }) => token)) }
}

/** A past transition of a lease. */
export function change(act: string, given: Partial<Lease> = {}): Change {
  const { resource_type, resource_name, claimed_by, claim_id, token } = lease(given)
  return { act, resource_type, resource_name, claimed_by, claim_id, token }
}

/** A claim file as the seed's script writes it. */
export function scriptClaim(given: Partial<Claim> = {}): Claim {
  return {
    claimed_by: 'session-1763200000',
    claimed_at: iso(NOW),
    resource_type: 'droplet',
    resource_name: 'church',
    expires_at: iso(NOW + HOUR),
    ...given,
  }
}

/** A session seen just now. */
export function session(id: string, given: Partial<Session> = {}): Session {
  return { session_id: id, started_at: iso(NOW - HOUR), status: 'active', last_seen: iso(NOW), ...given }
}

/** A message with an id. */
export function message(given: Partial<Message> = {}): Message {
  const id = '2026-11-20_09-58-00-000-one-abcd'
  return { id, from: 'one', to: 'two', timestamp: iso(NOW - 2 * MINUTE), subject: 'hello', ...given }
}

/** The records of a room in which nothing happens, but for what is given. */
export function records(given: Partial<Records> = {}): Records {
  return {
    sessions: [],
    leases: [],
    messages: [],
    problems: [],
    signs: new Map(),
    processes: new Map(),
    refusals: [],
    acked: new Set(),
    unregistered: [],
    mailboxes: [],
    ...given,
  }
}

/** A message as a picture has it, sent by its own time. */
export const sent = (given: Partial<Message>) => {
  const one = message(given)
  return { message: one, sent: Date.parse(one.timestamp ?? '') }
}

/** A room in which everything that needs somebody happens at once. */
export function troubledRoom(): Records {
  const last = (action: string, given: object = {}) => ({
    timestamp: iso(NOW - 2 * MINUTE),
    action,
    ...given,
  })
  const lost = { expires_at: iso(NOW - 5 * MINUTE), clock: null }
  return records({
    sessions: [
      session('alpha', {
        name: 'api',
        current_work: 'church-guidance',
        last: last('building', {
          phase: 'BUILD - landing page',
          progress: '30%',
          next_action: 'intake form',
          estimated_completion: iso(NOW + 2 * HOUR),
          files_touched: ['src/main.py'],
        }),
      }),
      session('beta', {
        started_at: iso(NOW - 2 * DAY),
        last_seen: iso(NOW - 12 * MINUTE),
        current_work: 'dashboard',
        state: 'blocked',
        last: { ...last('blocked', { message: 'waiting for API keys' }), timestamp: iso(NOW - 12 * MINUTE) },
        waiting_for: { type: 'droplet', name: 'church' },
      }),
      session('gamma', { last_seen: iso(NOW - 45 * MINUTE) }),
      session('delta', {
        last_seen: iso(NOW - 20 * MINUTE),
        current_work: 'church-guidance',
        last: last('testing', { files_touched: ['src/main.py', 'src/other.py'] }),
        waiting_for: { type: 'droplet', name: 'Dashboard' },
      }),
      session('epsilon', { last_seen: iso(NOW - MINUTE), state: 'waiting', last: last('asking') }),
      session('zeta', { status: 'completed', last_seen: iso(NOW - HOUR) }),
    ],
    leases: [
      lease({ claimed_by: 'delta', phase: 'TEST', note: 'until the tests pass' }),
      lease({
        claimed_by: 'beta',
        resource_name: 'dashboard',
        expires_at: iso(NOW + 25 * MINUTE),
        clock: null,
      }),
      lease({ claimed_by: 'gamma', resource_type: 'file', resource_name: 'src/auth.ts', ...lost }),
      lease({ claimed_by: 'nobody', resource_type: 'file', resource_name: "it's new.md", ...lost }),
      lease({ claimed_by: 'zeta', resource_name: 'left', expires_at: iso(NOW + HOUR), clock: null }),
      lease({ claimed_by: 'stranger', resource_name: 'strange', expires_at: iso(NOW + HOUR), clock: null }),
    ],
    messages: [
      sent({ id: 'm-broadcast', to: 'broadcast', subject: 'Dashboard tests passing' }),
      sent({ id: 'm-question', from: 'epsilon', to: 'human', subject: 'Which colour?', ack: true }),
      sent({
        id: 'm-ack',
        from: 'beta',
        to: 'alpha',
        subject: 'Keys?',
        message: 'Need them today',
        ack: true,
      }),
      sent({ id: 'm-answered', from: 'beta', to: 'alpha', subject: 'Done', ack: true }),
      sent({ id: 'm-old', to: 'broadcast', subject: 'long ago', timestamp: iso(NOW - 61 * MINUTE) }),
    ],
    acked: new Set(['m-answered']),
    refusals: [
      {
        at: NOW - 3 * MINUTE,
        by: 'alpha',
        resource_type: 'droplet',
        resource_name: 'dashboard',
        holder: 'beta',
      },
    ],
    problems: [
      { path: 'sessions/broken.json', kind: 'unreadable', detail: 'is no session record' },
      { path: 'claims/x.claim', kind: 'repaired', detail: 'bad escapes were taken literally' },
    ],
    mailboxes: ['session-404'],
    unregistered: ['stranger'],
  })
}
