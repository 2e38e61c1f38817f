/** One complete record of every kind, each field filled: what near-records and damaged records are made from. */
import type { Kind } from '../../src/protocol/records.ts'
import { change, iso, lease, message, NOW, session } from './samples.ts'

const work = {
  timestamp: iso(NOW),
  action: 'building',
  target: 'church',
  phase: 'BUILD',
  progress: '30%',
  next_action: 'form',
  estimated_completion: iso(NOW),
  files_touched: ['a', 'b'],
  state: 'working',
  message: 'hello',
  task_id: 't-1',
}

export const VALID: Record<Kind, Record<string, unknown>> = {
  session: {
    ...session('one'),
    ...{
      current_work: 'church',
      capabilities: ['build'],
      last_heartbeat: iso(NOW),
      name: 'api',
      session_uuid: 'u',
    },
    ...{
      project: 'p',
      agent: { vendor: 'v', model: 'm', session_id: 's' },
      host: 'h',
      machine_id: 'm',
      pid: 4711,
    },
    ...{
      pid_started: '1',
      boot_id: 'b',
      pid_ns: 'n',
      tty: 't',
      cwd: '/',
      branch: 'main',
      worktree: '/',
      state: 'idle',
    },
    ...{
      last: work,
      waiting_for: { type: 'file', name: 'a' },
      asking: { messages: ['m1'], state: 'working' },
      context: { percentage: 1 },
      agents: { active: 1 },
    },
    ...{
      load: { load_avg: 1 },
      parent: 'p',
      ended_at: iso(NOW),
      total_duration: '2h',
      work_completed: ['x'],
    },
    ...{ handoff_notes: 'n' },
  },
  heartbeat: { session_id: 'one', ...work, metadata: { a: 1 } },
  status: {
    timestamp: iso(NOW),
    session: 'one',
    status: 'working',
    message: 'm',
    progress: 0.3,
    task_id: 't',
    metadata: {},
  },
  claim: {
    ...{ claimed_by: 'one', claimed_at: iso(NOW), resource_type: 'file', resource_name: 'a', phase: 'p' },
    ...{
      estimated_duration: '4 hours',
      expires_at: iso(NOW),
      allow_coordination: true,
      glob: true,
      claim_id: 'c',
      token: 7,
    },
    ...{ renew: true, auto: false, renewed_at: iso(NOW), note: 'n', host: 'h' },
  },
  message: {
    ...message({
      type: 'note',
      message: 'm',
      details: { a: 1 },
      priority: 'high',
      reply_to: 'r',
      thread: 't',
    }),
    ...{
      channel: 'c',
      expires_at: iso(NOW),
      project: 'p',
      task_id: 't',
      activity: 'a',
      ack: true,
      expects: ['two'],
    },
  },
  receipt: { at: iso(NOW), message: 'm', state: 'read' },
  slot: {
    ...{ version: 1, op: 'claim', at: iso(NOW), by: 'one', op_id: 'o', prev_op: 'p', counter: 7 },
    ...{
      changes: [{ ...change('transfer'), reason: 'r', from: 'two', handoff: 'h' }],
      claims: [lease({ foreign: true }), lease({ clock: null })],
    },
  },
  handoff: {
    ...{ id: 'h', at: iso(NOW), from: 'one', from_name: 'api', to: 'two', to_name: 'web', state: 'working' },
    ...{ work_completed: ['x'], next_steps: ['y'], note: 'n' },
    claims: [{ resource_type: 'file', resource_name: 'a', token: 7, expires_at: iso(NOW) }],
  },
}

export const KINDS = Object.keys(VALID) as Kind[]
