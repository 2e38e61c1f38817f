/**
 * Light guards for the hot path: the same verdict as the schemas in records.ts (a property test holds them together)
 * at a fiftieth of their load time. A record that fails its guard goes to the repair ladder and the schemas.
 */
import type { Kind, RecordOf } from './records.ts'

/** The fields of a record by type; those under a type with `?` may be absent or null. Texts, since most shapes are not needed in a run. */
type Shape = Record<string, string>

/** What a heartbeat says in words, and a session's last work repeats. */
const WORDS_OF_WORK = 'action target phase progress next_action estimated_completion state message task_id'

const SHAPES: Record<Kind, Shape> = {
  session: {
    string: 'session_id',
    'string?':
      'started_at status current_work last_heartbeat last_seen name session_uuid project host machine_id pid_started ' +
      'boot_id pid_ns tty cwd branch worktree state parent ended_at total_duration handoff_notes',
    'strings?': 'capabilities work_completed',
    'object?': 'waiting_for asking context agents load',
    'number?': 'pid',
    'agent?': 'agent',
    'work?': 'last',
  },
  heartbeat: {
    string: 'session_id timestamp',
    'string?': WORDS_OF_WORK,
    'strings?': 'files_touched',
    'object?': 'metadata',
  },
  status: {
    string: 'timestamp session status',
    'string?': 'message task_id',
    'number?': 'progress',
    'object?': 'metadata',
  },
  claim: {
    string: 'claimed_by resource_type resource_name',
    'string?': 'claimed_at phase estimated_duration expires_at claim_id renewed_at note host',
    'number?': 'token',
    'boolean?': 'allow_coordination renew auto glob',
  },
  message: {
    string: 'from to',
    'string?':
      'timestamp type subject message id priority reply_to thread channel expires_at project task_id activity',
    'boolean?': 'ack',
    'strings?': 'expects',
  },
  receipt: { string: 'at message', 'receipt-state': 'state' },
  slot: {
    one: 'version',
    string: 'op at by op_id',
    number: 'counter',
    'string-or-null': 'prev_op',
    changes: 'changes',
    leases: 'claims',
  },
  handoff: {
    string: 'id at from',
    handed: 'claims',
    'string?': 'from_name to to_name state note',
    'strings?': 'work_completed next_steps',
  },
}

const AGENT: Shape = { 'string?': 'vendor model session_id' }
const WORK: Shape = {
  'string?': `timestamp ${WORDS_OF_WORK}`,
  'strings?': 'files_touched',
}
const CHANGE: Shape = {
  string: 'act resource_type resource_name claimed_by claim_id',
  number: 'token',
  'string?': 'reason from handoff',
}
const HANDED: Shape = {
  string: 'resource_type resource_name',
  'number?': 'token',
  'string?': 'expires_at',
}
const LEASE: Shape = {
  string: 'claimed_by resource_type resource_name claimed_at expires_at claim_id',
  number: 'token term_ms',
  boolean: 'renew',
  clock: 'clock',
  'string?': 'phase estimated_duration renewed_at note host',
  'boolean?': 'allow_coordination foreign glob',
}
const CLOCK: Shape = { string: 'id', number: 'expires_ms' }
const RECEIPT_STATES = new Set<unknown>(['delivered', 'read', 'acked'])

const isText = (value: unknown) => typeof value === 'string'
const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)
const every = (test: (item: unknown) => boolean) => (value: unknown) =>
  Array.isArray(value) && value.every(test)
const shaped = (shape: Shape) => (value: unknown) => fits(shape, value)

const TESTS: Record<string, (value: unknown) => boolean> = {
  string: isText,
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  boolean: (value) => typeof value === 'boolean',
  object: isObject,
  strings: every(isText),
  agent: shaped(AGENT),
  work: shaped(WORK),
  clock: (value) => value === null || fits(CLOCK, value),
  changes: every(shaped(CHANGE)),
  leases: every(shaped(LEASE)),
  handed: every(shaped(HANDED)),
  one: (value) => value === 1,
  'string-or-null': (value) => value === null || isText(value),
  'receipt-state': (value) => RECEIPT_STATES.has(value),
}

/** A shape taken apart once: the guards run over a thousand records in a row. */
interface Checked {
  keys: string[]
  tests: ((value: unknown) => boolean)[]
  optional: boolean[]
}
const checked = new Map<Shape, Checked>()

function checkedOf(shape: Shape): Checked {
  let found = checked.get(shape)
  if (!found) {
    found = { keys: [], tests: [], optional: [] }
    for (const type in shape) {
      const optional = type.endsWith('?')
      const test = TESTS[optional ? type.slice(0, -1) : type]!
      for (const key of shape[type]!.split(' ')) {
        found.keys.push(key)
        found.tests.push(test)
        found.optional.push(optional)
      }
    }
    checked.set(shape, found)
  }
  return found
}

function fits(shape: Shape, value: unknown): boolean {
  if (!isObject(value)) return false
  const record = value as Record<string, unknown>
  const { keys, tests, optional } = checkedOf(shape)
  for (let i = 0; i < keys.length; i++) {
    const field = record[keys[i]!]
    if ((field === undefined || field === null) && optional[i]) continue
    if (!tests[i]!(field)) return false
  }
  return true
}

/** Whether a parsed value is a whole record of this kind. Same answer as `SCHEMAS[kind]`, without loading it. */
export function isRecord<K extends Kind>(kind: K, value: unknown): value is RecordOf<K> {
  return fits(SHAPES[kind], value)
}
