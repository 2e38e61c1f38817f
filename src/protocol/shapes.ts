/**
 * Light guards for the hot path: the same verdict as the schemas in records.ts (a property test holds them together)
 * at a fiftieth of their load time. A record that fails its guard goes to the repair ladder and the schemas.
 */
import type { Kind, RecordOf } from './records.ts'

type Shape = Record<string, string>

const optional = (names: string, type: string): Shape =>
  Object.fromEntries(names.split(' ').map((name) => [name, `${type}?`]))

const SHAPES: Record<Kind, Shape> = {
  session: {
    session_id: 'string',
    ...optional(
      'started_at status current_work last_heartbeat last_seen name session_uuid project',
      'string',
    ),
    ...optional('host machine_id pid_started boot_id pid_ns tty cwd branch worktree state parent', 'string'),
    ...optional('ended_at total_duration handoff_notes', 'string'),
    ...optional('capabilities work_completed', 'strings'),
    ...optional('waiting_for context agents load', 'object'),
    ...optional('pid', 'number'),
    agent: 'agent?',
    last: 'work?',
  },
  heartbeat: {
    ...{ session_id: 'string', timestamp: 'string', files_touched: 'strings?', metadata: 'object?' },
    ...optional(
      'action target phase progress next_action estimated_completion state message task_id',
      'string',
    ),
  },
  status: {
    ...{ timestamp: 'string', session: 'string', status: 'string', progress: 'number?', metadata: 'object?' },
    ...optional('message task_id', 'string'),
  },
  claim: {
    ...{ claimed_by: 'string', resource_type: 'string', resource_name: 'string', token: 'number?' },
    ...optional('claimed_at phase estimated_duration expires_at claim_id renewed_at note host', 'string'),
    ...optional('allow_coordination renew', 'boolean'),
  },
  message: {
    ...{ from: 'string', to: 'string', ack: 'boolean?', expects: 'strings?' },
    ...optional('timestamp type subject message id priority reply_to thread channel expires_at', 'string'),
    ...optional('project task_id activity', 'string'),
  },
  receipt: { at: 'string', message: 'string', state: 'receipt-state' },
  slot: {
    ...{ version: 'one', op: 'string', at: 'string', by: 'string', op_id: 'string', counter: 'number' },
    ...{ prev_op: 'string-or-null', changes: 'changes', claims: 'leases' },
  },
}

const AGENT = optional('vendor model session_id', 'string')
const WORK: Shape = {
  ...optional('timestamp action target phase progress next_action estimated_completion', 'string'),
  ...optional('state message task_id', 'string'),
  files_touched: 'strings?',
}
const CHANGE: Shape = {
  ...{ act: 'string', resource_type: 'string', resource_name: 'string', claimed_by: 'string' },
  ...{ claim_id: 'string', token: 'number', reason: 'string?' },
}
const LEASE: Shape = {
  ...SHAPES.claim,
  ...{ claimed_at: 'string', expires_at: 'string', claim_id: 'string', token: 'number', renew: 'boolean' },
  ...{ term_ms: 'number', clock: 'clock', foreign: 'boolean?' },
}
const CLOCK: Shape = { id: 'string', expires_ms: 'number' }
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
  one: (value) => value === 1,
  'string-or-null': (value) => value === null || isText(value),
  'receipt-state': (value) => RECEIPT_STATES.has(value),
}

/** A shape with its tests looked up once: the guards run over a thousand records in a row. */
interface Checked {
  keys: string[]
  tests: ((value: unknown) => boolean)[]
  optional: boolean[]
}
const checked = new Map<Shape, Checked>()

function checkedOf(shape: Shape): Checked {
  let found = checked.get(shape)
  if (!found) {
    const types = Object.values(shape)
    const tests = types.map((type) => TESTS[type.replace('?', '')]!)
    found = { keys: Object.keys(shape), tests, optional: types.map((type) => type.endsWith('?')) }
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
