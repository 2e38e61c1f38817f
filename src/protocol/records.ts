/**
 * Every record of a room, as a schema; the types are inferred, nowhere written twice.
 * Fields of the seed documents keep their names and forms; unknown fields survive every rewrite (loose objects).
 * Reading is tolerant, so most fields may be absent or null; what coord writes is complete (see the compose functions).
 */
import * as z from 'zod/mini'

const text = z.string()
const optional = <T extends z.core.SomeType>(type: T) => z.optional(z.nullable(type))
const texts = z.array(text)
const anything = z.record(text, z.unknown())

const Work = z.looseObject({
  timestamp: optional(text),
  action: optional(text),
  target: optional(text),
  phase: optional(text),
  progress: optional(text),
  next_action: optional(text),
  estimated_completion: optional(text),
  files_touched: optional(texts),
  state: optional(text),
  message: optional(text),
  task_id: optional(text),
})

const Session = z.looseObject({
  session_id: text,
  started_at: optional(text),
  status: optional(text),
  current_work: optional(text),
  capabilities: optional(texts),
  last_heartbeat: optional(text),
  last_seen: optional(text),
  name: optional(text),
  session_uuid: optional(text),
  project: optional(text),
  agent: optional(
    z.looseObject({ vendor: optional(text), model: optional(text), session_id: optional(text) }),
  ),
  host: optional(text),
  machine_id: optional(text),
  pid: optional(z.number()),
  pid_started: optional(text),
  boot_id: optional(text),
  pid_ns: optional(text),
  tty: optional(text),
  cwd: optional(text),
  branch: optional(text),
  worktree: optional(text),
  state: optional(text),
  last: optional(Work),
  waiting_for: optional(anything),
  asking: optional(anything),
  context: optional(anything),
  agents: optional(anything),
  load: optional(anything),
  parent: optional(text),
  ended_at: optional(text),
  total_duration: optional(text),
  work_completed: optional(texts),
  handoff_notes: optional(text),
})

const Heartbeat = z.looseObject({
  session_id: text,
  timestamp: text,
  action: optional(text),
  target: optional(text),
  phase: optional(text),
  files_touched: optional(texts),
  progress: optional(text),
  next_action: optional(text),
  estimated_completion: optional(text),
  state: optional(text),
  message: optional(text),
  task_id: optional(text),
  metadata: optional(anything),
})

const StatusLine = z.looseObject({
  timestamp: text,
  session: text,
  status: text,
  message: optional(text),
  progress: optional(z.number()),
  task_id: optional(text),
  metadata: optional(anything),
})

const Claim = z.looseObject({
  claimed_by: text,
  claimed_at: optional(text),
  resource_type: text,
  resource_name: text,
  glob: optional(z.boolean()),
  phase: optional(text),
  estimated_duration: optional(text),
  expires_at: optional(text),
  allow_coordination: optional(z.boolean()),
  claim_id: optional(text),
  token: optional(z.number()),
  renew: optional(z.boolean()),
  auto: optional(z.boolean()),
  renewed_at: optional(text),
  note: optional(text),
  host: optional(text),
})

const Message = z.looseObject({
  from: text,
  to: text,
  timestamp: optional(text),
  type: optional(text),
  subject: optional(text),
  message: optional(text),
  details: optional(z.unknown()),
  id: optional(text),
  priority: optional(text),
  reply_to: optional(text),
  thread: optional(text),
  channel: optional(text),
  expires_at: optional(text),
  project: optional(text),
  task_id: optional(text),
  activity: optional(text),
  ack: optional(z.boolean()),
  expects: optional(texts),
})

const Receipt = z.looseObject({ at: text, message: text, state: z.enum(['delivered', 'read', 'acked']) })

/** A claim as the ledger keeps it: with its term, the clock it is judged by, and its fencing token. */
const Lease = z.looseObject({
  ...Claim.shape,
  claimed_at: text,
  expires_at: text,
  claim_id: text,
  token: z.number(),
  renew: z.boolean(),
  term_ms: z.number(),
  clock: z.nullable(z.looseObject({ id: text, expires_ms: z.number() })),
  foreign: optional(z.boolean()),
})

/** What one transition did to one resource; the kept slots are the ledger's memory of past holders. */
const Change = z.looseObject({
  act: text,
  resource_type: text,
  resource_name: text,
  claimed_by: text,
  claim_id: text,
  token: z.number(),
  reason: optional(text),
  from: optional(text),
  handoff: optional(text),
})

/** One write-once entry of a domain's ledger: the transition and the complete set of claims after it. */
const Slot = z.looseObject({
  version: z.literal(1),
  op: text,
  at: text,
  by: text,
  op_id: text,
  prev_op: z.nullable(text),
  counter: z.number(),
  changes: z.array(Change),
  claims: z.array(Lease),
})

/** What a session leaves for whoever goes on: the front block of a handoff file. `to` is absent where the claims were released. */
const Handoff = z.looseObject({
  id: text,
  at: text,
  from: text,
  from_name: optional(text),
  to: optional(text),
  to_name: optional(text),
  claims: z.array(
    z.looseObject({
      resource_type: text,
      resource_name: text,
      token: optional(z.number()),
      expires_at: optional(text),
    }),
  ),
  work_completed: optional(texts),
  state: optional(text),
  next_steps: optional(texts),
  note: optional(text),
})

/**
 * Something that somebody should know, told once: what holds from `since` until `closed_at`. Machine data, which no script writes. It is of
 * one session, or a conflict of several about a project, a task, a directory or a resource.
 */
export const Alert = z.looseObject({
  id: text,
  kind: text,
  session_id: optional(text),
  session_ids: optional(texts),
  priority: optional(text),
  action: optional(text),
  project: optional(text),
  task_id: optional(text),
  host: optional(text),
  cwd: optional(text),
  resource_type: optional(text),
  resource_name: optional(text),
  severity: z.enum(['notice', 'warning', 'critical']),
  text,
  at: text,
  since: text,
  closed_at: optional(text),
})

/** All record kinds by name; readers and the repair ladder choose by it. */
export const SCHEMAS = {
  session: Session,
  heartbeat: Heartbeat,
  status: StatusLine,
  claim: Claim,
  message: Message,
  receipt: Receipt,
  slot: Slot,
  handoff: Handoff,
} as const

export type Kind = keyof typeof SCHEMAS
export type RecordOf<K extends Kind> = z.infer<(typeof SCHEMAS)[K]>
export type Session = RecordOf<'session'>
export type Heartbeat = RecordOf<'heartbeat'>
export type Work = z.infer<typeof Work>
export type StatusLine = RecordOf<'status'>
export type Claim = RecordOf<'claim'>
export type Message = RecordOf<'message'>
export type Receipt = RecordOf<'receipt'>
export type Lease = z.infer<typeof Lease>
export type Change = z.infer<typeof Change>
export type Slot = RecordOf<'slot'>
export type Handoff = RecordOf<'handoff'>
export type Alert = z.infer<typeof Alert>
