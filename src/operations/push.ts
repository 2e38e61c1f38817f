import type { Context } from '../context.ts'
import { invalid } from '../protocol/errors.ts'
import { checkState, percentOf, readPairs, readPushed, stateOf } from '../protocol/heartbeats.ts'
import { checkSessionId } from '../protocol/names.ts'
import type { Session } from '../protocol/records.ts'
import { formatInstant } from '../protocol/time.ts'
import { isLaidOut } from '../store/layout.ts'
import type { Room } from '../store/room.ts'
import { listSessions } from '../store/sessions.ts'
import { appendStatus } from '../store/status.ts'
import { upkeepIfDue } from '../store/upkeep.ts'
import { attempt, recordAct, refresh } from './act.ts'
import { actorOf } from './identify.ts'
import { makeRoom } from './make-room.ts'
import { defineOperation, type InputOf } from './operation.ts'

const input = {
  status: { kind: 'text', help: 'idle, working, blocked, waiting, completed or error', required: true },
  message: { kind: 'text', help: 'what you are at, in a sentence', required: true },
  progress: { kind: 'text', help: '0.45, 45% or 45; 1 is all' },
  task_id: { kind: 'text', help: 'the id of the task' },
  meta: { kind: 'texts', help: 'key=value; may be repeated' },
} as const

/**
 * `coord push`: append a status line (the seed session-status-update-protocol). A registered session's state and last word become this
 * too; a name that `--session` gives and nobody registered has its line alone. Throws `invalid`, `no_session`.
 */
export const push = defineOperation({
  name: 'push',
  summary: 'Push a status line: where you stand, and how far you are.',
  writes: true,
  input,
  run: (ctx, given) => pushUpdate(ctx, saidOf(given)),
})

/** The fields of the command as an update says them. Throws `invalid`. */
export function saidOf({ status, message, progress, task_id, meta }: InputOf<typeof input>): Said {
  return {
    ...{ status, message, task_id },
    ...(progress === undefined ? {} : { progress: readPushed(progress) }),
    ...(meta === undefined ? {} : { metadata: readPairs(meta) }),
  }
}

/** What somebody says of where a name stands; `progress` is 0 to 1. */
export interface Said {
  status: string
  message: string
  progress?: number | undefined
  task_id?: string | undefined
  metadata?: Record<string, unknown> | undefined
}

/** The same for programs, which have a progress as a number and any metadata. */
export function pushUpdate(ctx: Context, said: Said) {
  const { status, message, metadata, ...line } = checked(said)
  const room = roomToPushIn(ctx)
  const now = ctx.now()
  const timestamp = formatInstant(now.wall)
  const stranger = strangerOf(ctx, room)
  if (stranger !== null) {
    const update = {
      timestamp,
      session: stranger,
      status,
      ...line,
      message,
      ...(metadata ? { metadata } : {}),
    }
    appendStatus(room, update)
    refresh(ctx, room)
    return { update, registered: false }
  }
  const { session } = actorOf(ctx, room, now.wall)
  const change = { state: status, last: workAfter(session!, { status, message, ...line }, timestamp) }
  recordAct(ctx, room, session!, now, { event: 'push', message, change, line, metadata: metadata ?? {} })
  attempt(ctx, () => upkeepIfDue(room, now, () => ctx.lazy.finishing().finishBegun(ctx, room, now)))
  const update = {
    timestamp,
    session: session!.session_id,
    status,
    ...line,
    message,
    ...(metadata ? { metadata } : {}),
  }
  return { update, registered: true }
}

/** The room; in a repository without one it is made for a name that needs no session, as `start` and `SessionStatus` make it. */
function roomToPushIn(ctx: Context): Room {
  if (ctx.at.flagSession !== null && ctx.root !== null && !isLaidOut(ctx.root)) {
    checkSessionId(ctx.at.flagSession, 'session')
    makeRoom(ctx, ctx.root)
  }
  return ctx.room()
}

/** An update without what is null or undefined, as programs without types may give it. */
function checked(given: Said) {
  const said: Record<string, unknown> = Object.fromEntries(
    Object.entries(given).filter(([, value]) => (value ?? null) !== null),
  )
  for (const [name, kind] of TYPES) checkType(name, kind, said[name])
  return checkedValues(said as unknown as Said)
}

/** What each field must be; every update has the first two. */
const TYPES = [
  ['status', 'string'],
  ['message', 'string'],
  ['progress', 'number'],
  ['task_id', 'string'],
  ['metadata', 'object'],
] as const

function checkType(name: string, kind: string, value: unknown): void {
  if (value === undefined && name !== 'status' && name !== 'message') return
  if (typeof value === kind && !Array.isArray(value)) return
  const found = value === undefined ? 'missing' : `not ${kind === 'object' ? 'an' : 'a'} ${kind}`
  throw invalid(name, `${name} is ${found}`, USAGE)
}

const USAGE = 'e.g. { "status": "working", "message": "running tests", "progress": 0.4 }'

function checkedValues({ status, message, progress, task_id, metadata }: Said) {
  if (message.trim() === '')
    throw invalid('message', 'message is empty', 'Say it, e.g. coord push working "running tests" 0.4')
  if (progress !== undefined && !(progress >= 0 && progress <= 1))
    throw invalid('progress', `progress ${progress} is not between 0 and 1`, 'Half of it is 0.5.')
  return {
    status: checkState(status),
    ...(progress === undefined ? {} : { progress }),
    ...(task_id === undefined ? {} : { task_id }),
    message,
    ...(metadata === undefined ? {} : { metadata }),
  }
}

/** The name that pushes without being a session: `--session NAME` that no session is known by. */
function strangerOf(ctx: Context, room: Room): string | null {
  const name = ctx.at.flagSession
  if (name === null) return null
  const known = listSessions(room).some(({ record }) => record.session_id === name || record.name === name)
  if (known) return null
  checkSessionId(name, 'session')
  return name
}

/** What a session is at after a push: phase, target and files of its last heartbeat go on, its action where that means the same state. */
function workAfter({ last }: Session, { status, message, progress, task_id }: Said, timestamp: string) {
  return {
    ...last,
    timestamp,
    action: last?.action && stateOf(last.action) === status ? last.action : null,
    message,
    state: status,
    progress: progress === undefined ? null : `${percentOf(progress, 1)}%`,
    task_id: task_id ?? null,
  }
}
