import { invalid } from '../protocol/errors.ts'
import {
  checkState,
  formatProgress,
  readEta,
  readPairs,
  readProgress,
  stateOf,
  workOf,
} from '../protocol/heartbeats.ts'
import type { Heartbeat, Session } from '../protocol/records.ts'
import { formatInstant } from '../protocol/time.ts'
import { addHeartbeat } from '../store/heartbeats.ts'
import { unmarkHeld } from '../store/held.ts'
import { checkSize } from '../store/records.ts'
import { upkeepIfDue } from '../store/upkeep.ts'
import { attempt, recordAct } from './act.ts'
import { actorOf } from './identify.ts'
import { defineOperation, type InputOf } from './operation.ts'
import { reviewClaims } from './own-claims.ts'

const input = {
  action: {
    kind: 'text',
    help: 'what you do: building, testing, planning, blocked, completed, error, idle …',
    required: true,
  },
  target: { kind: 'text', help: 'what you do it to' },
  phase: { kind: 'text', help: 'the phase of the work' },
  progress: { kind: 'text', help: '30%, 30 or 0.3' },
  next: { kind: 'text', help: 'what you will do next' },
  files: { kind: 'texts', help: 'a file you touched; may be repeated' },
  eta: { kind: 'text', help: 'when it will be done: a time or a duration' },
  state: {
    kind: 'text',
    help: 'idle, working, blocked, waiting, completed or error (default: what the action implies)',
  },
  task: { kind: 'text', help: 'the id of the task' },
  message: { kind: 'text', help: 'a sentence for the others' },
  meta: { kind: 'texts', help: 'key=value; may be repeated' },
  'no-renew': { kind: 'flag', help: 'leave the leases of your claims as they are' },
} as const
type Input = InputOf<typeof input>

/** `coord heartbeat`: say what you do; renews your claims and refreshes the board. */
export const heartbeat = defineOperation({
  name: 'heartbeat',
  summary: 'Say what you are doing; renews your claims.',
  writes: true,
  input,
  run(ctx, given) {
    const room = ctx.room()
    const now = ctx.now()
    const fields = checked(given, now.wall)
    const { session } = actorOf(ctx, room, now.wall)
    const beat: Heartbeat = { session_id: session!.session_id, timestamp: formatInstant(now.wall), ...fields }
    checkSize('heartbeat', beat)
    addHeartbeat(room, beat, now.wall)
    const renew = !given['no-renew'] && room.config.claims.autoRenew
    const lost = reviewClaims(ctx, room, beat.session_id, now, renew)
    const line = {
      progress: given.progress === undefined ? undefined : (readProgress(given.progress) ?? undefined),
      task_id: given.task,
    }
    const message = given.message ?? [given.action, given.target, given.phase].filter(Boolean).join(' – ')
    const metadata = {
      ...(fields.metadata as object),
      action: given.action,
      target: given.target,
      phase: given.phase,
    }
    recordAct(ctx, room, session!, now, {
      event: 'heartbeat',
      message,
      change: changeOf(session!, beat),
      line,
      metadata,
    })
    attempt(ctx, () => upkeepIfDue(room, now, () => ctx.lazy.finishing().finishBegun(ctx, room, now)))
    for (const loss of lost) unmarkHeld(room, beat.session_id, loss)
    return {
      heartbeat: beat,
      ...(lost.length > 0 ? { lost: room.lazy.upkeep().withCauses(room, lost, now.wall) } : {}),
    }
  },
})

function checked(given: Input, now: number): Omit<Heartbeat, 'session_id' | 'timestamp'> {
  if (given.action.trim() === '')
    throw invalid(
      'action',
      'action is empty',
      'Say what you do, e.g. coord heartbeat building church-guidance.',
    )
  return {
    action: given.action,
    target: given.target ?? null,
    phase: given.phase ?? null,
    files_touched: given.files ?? [],
    progress: given.progress === undefined ? null : formatProgress(given.progress),
    next_action: given.next ?? null,
    estimated_completion: given.eta === undefined ? null : readEta(given.eta, now),
    state: given.state === undefined ? stateOf(given.action) : checkState(given.state),
    ...(given.message === undefined ? {} : { message: given.message }),
    ...(given.task === undefined ? {} : { task_id: given.task }),
    ...(given.meta === undefined ? {} : { metadata: readPairs(given.meta) }),
  }
}

function changeOf(session: Session, beat: Heartbeat): Partial<Session> {
  const work = beat.target ?? (beat.state === 'idle' ? null : session.current_work)
  return { current_work: work ?? null, last_heartbeat: beat.timestamp, state: beat.state, last: workOf(beat) }
}
