/** The library: `import { openRoom } from 'git-coord'`. Documented in docs/library.md. */
import type { Context } from '../../context.ts'
import { claim } from '../../operations/claim.ts'
import type { Fields } from '../../operations/fields.ts'
import { init } from '../../operations/init.ts'
import { checkInput } from '../../operations/input.ts'
import { looks } from '../../operations/looks.ts'
import type { Operation } from '../../operations/operation.ts'
import type { Obstacle, Patience } from '../../operations/patience.ts'
import { answerQuery, query } from '../../operations/query.ts'
import { status } from '../../operations/status.ts'
import { claimWhenFree, type Free, wait, waitUntilFree } from '../../operations/wait.ts'
import { invalid } from '../../protocol/errors.ts'
import { type Act, type Acts, actsOf, type Perform } from './acts.ts'
import { home, type Opened, perform, performLong, type RoomOptions, surroundingsOf } from './surroundings.ts'

export { CoordError, ERRORS, type ErrorCode } from '../../protocol/errors.ts'
export type { Need } from '../../protocol/needs.ts'
export type { Problem } from '../../protocol/picture.ts'
export type { Claim, Heartbeat, Message, Receipt, Session, StatusLine } from '../../protocol/records.ts'
export type { Liveness } from '../../protocol/sessions.ts'
export { createHandler, type HandlerOptions, type RoomHandler } from './handler.ts'
export { SessionStatus } from './session-status.ts'
export type { Free, Obstacle, RoomOptions }

/** The picture of a room at one moment: what `coord status --json` gives. */
export type Snapshot = ReturnType<Acts['status']>

/** How to wait. */
export interface WaitOptions {
  /** At most so many milliseconds; then it throws `held` (default: for ever). */
  timeout?: number | undefined
  /** Ends the wait: its reason is thrown. */
  signal?: AbortSignal | undefined
  /** Told at each look that found the resource taken. */
  onLook?: ((obstacle: Obstacle) => void) | undefined
}

type Asked<A> = A extends (input: infer I) => unknown ? I : never

/** A room, and every operation of coord in it. Only `watch`, `query` and the two waits take time; all others are done when they return. */
export interface Room extends Acts {
  /** The COORDINATION directory. */
  readonly root: string
  /** The same room, acting as another session: its id or name. */
  as(session: string): Room
  /** What is going on now; changes nothing. */
  snapshot(): Snapshot
  /** A snapshot at once, then one for each change. Ends with the signal, or when the loop is left. */
  watch(options?: { signal?: AbortSignal | undefined }): AsyncGenerator<Snapshot, void, undefined>
  /** The answer to a question in SQL; needs `@duckdb/node-api`. */
  query(input: Asked<Act<typeof query.input, object>>): ReturnType<typeof answerQuery>
  /** Claim, waiting in line while others hold it. */
  claimWhenFree(input: Asked<Acts['claim']>, options?: WaitOptions): Promise<ReturnType<Acts['claim']>>
  /** Wait until nobody else holds it, without claiming it. */
  waitUntilFree(input: { type: string; name: string }, options?: WaitOptions): Promise<Free>
}

/** Open the room of a repository. Throws `not_initialized` where there is none, unless it is to be created. */
export function openRoom(options: RoomOptions = {}): Room {
  const at = surroundingsOf(options)
  if (options.create) perform(at, (ctx) => init.run(ctx, {}))
  return roomAt({ ...at, dir: perform(at, (ctx) => ctx.room().root) })
}

function roomAt(at: Opened): Room {
  const acts = actsOf(performIn(at))
  return {
    ...acts,
    root: at.dir,
    start(input) {
      const started = acts.start(input)
      at.session = started.session.session_id
      return started
    },
    as: (session) => roomAt({ ...at, session }),
    snapshot: () => acts.status(),
    watch: ({ signal } = {}) => snapshots(at, signal ?? endless()),
    query: (input) =>
      performLong(at, (ctx) => answerQuery(ctx, checkInput('query', query.input, input) as never, home())),
    claimWhenFree: (input, options) =>
      awaited(at, options, (ctx, patience) =>
        claimWhenFree(ctx, checkInput('claim', claim.input, input) as never, patience),
      ),
    waitUntilFree: (input, options) =>
      awaited(at, options, (ctx, patience) =>
        waitUntilFree(ctx, checkInput('wait', wait.input, input) as never, patience),
      ),
  }
}

/** How operations become functions in a room. */
function performIn(at: Opened): Perform {
  return <F extends Fields, R extends object>({ name, input: fields, run }: Operation<F, R>) => {
    const act = (input?: unknown) => perform(at, (ctx) => run(ctx, checkInput(name, fields, input) as never))
    return act as Act<F, R>
  }
}

async function* snapshots(at: Opened, signal: AbortSignal): AsyncGenerator<Snapshot, void, undefined> {
  const look = () => ({ result: perform(at, (ctx) => status.run(ctx, {})) })
  for await (const { result, changed } of looks(at.dir, look, signal)) if (changed) yield result
}

async function awaited<T>(
  at: Opened,
  { timeout, signal = endless(), onLook }: WaitOptions = {},
  run: (ctx: Context, patience: Patience) => Promise<T | null>,
): Promise<T> {
  if (timeout !== undefined && !(timeout >= 0))
    throw invalid('timeout', `timeout ${timeout} is no number of milliseconds`, 'e.g. { timeout: 60_000 }')
  const patience = { at_most_ms: timeout ?? null, signal, ...(onLook ? { onLook } : {}) }
  const result = await performLong(at, (ctx) => run(ctx, patience))
  if (result === null) throw signal.reason
  return result
}

/** A signal that never comes. */
const endless = () => new AbortController().signal
