/** The API of the session-status guide, with its own response fields (docs/http.md). */
import type { Context } from '../../context.ts'
import { history } from '../../operations/history.ts'
import { type Overview, overviewOf } from '../../operations/overview.ts'
import { pushUpdate, type Said } from '../../operations/push.ts'
import { CoordError, invalid } from '../../protocol/errors.ts'
import { nearest } from '../../protocol/names.ts'
import { readTails, type TailMemory } from '../../store/tails.ts'

type Row = Overview['sessions'][number]

/** A session as the guide has it; `metadata` where it pushed some. */
function shown({
  session_id,
  timestamp,
  status,
  progress,
  message,
  task_id,
  age_ms,
  is_stale,
  metadata,
}: Row) {
  return {
    ...{ timestamp, session: session_id, status, progress, message, task_id },
    age_seconds: Math.round(age_ms / 100) / 10,
    is_stale,
    ...(metadata ? { metadata } : {}),
  }
}

const WANTED = {
  sessions: () => true,
  working: ({ status }: Row) => status === 'working',
  errors: ({ status }: Row) => status === 'error',
  stale: ({ is_stale }: Row) => is_stale,
}

/** The lists of the guide, and `summary`. */
export const LISTS = Object.keys(WANTED) as (keyof typeof WANTED)[]

/** One of the lists: sessions by their names. */
export function listed(ctx: Context, memory: TailMemory, list: keyof typeof WANTED) {
  const rows = overviewOf(ctx, memory).sessions.filter(WANTED[list])
  return Object.fromEntries(rows.map((row) => [row.session_id, shown(row)]))
}

/** The totals. */
export const summary = (ctx: Context, memory: TailMemory) => overviewOf(ctx, memory).summary

/** One session by its id or what people call it. Throws `not_found` with suggestions. */
export function sessionNamed(ctx: Context, memory: TailMemory, name: string) {
  const { sessions } = overviewOf(ctx, memory)
  const row =
    sessions.find(({ session_id }) => session_id === name) ?? sessions.find(({ label }) => label === name)
  if (row) return shown(row)
  const suggestions = nearest(
    name,
    sessions.map(({ session_id }) => session_id),
  )
  throw new CoordError(
    'not_found',
    `there is no live session "${name}"`,
    suggestions.length > 0
      ? `Did you mean ${suggestions.join(' or ')}?`
      : 'GET /api/session-status/sessions lists them.',
    { suggestions },
  )
}

const MOST = 1000

/** What a session told, oldest first: the newest `limit` (default 50, at most 1,000). Throws `not_found`, `invalid`. */
export function historyOf(ctx: Context, memory: TailMemory, name: string, limit = '50') {
  const most = /^\d{1,9}$/.test(limit) ? Number(limit) : 0
  if (most < 1)
    throw invalid('limit', `limit "${limit}" is not a whole number of 1 or more`, 'e.g. ?limit=50')
  try {
    const { session_id, acts, omitted } = history.run(ctx, { session_id: name, limit: Math.min(most, MOST) })
    const updates = acts.map(({ session_id: session, session_name: _, ...said }) => ({ session, ...said }))
    return { session: session_id, history: updates, ...(omitted ? { omitted } : {}) }
  } catch (error) {
    const lines = readTails(ctx.room(), memory).get(name)
    if (!lines || !(error instanceof CoordError) || error.code !== 'not_found') throw error
    return { session: name, history: lines.slice(-Math.min(most, MOST)) }
  }
}

/** What a pushed update may say. `timestamp` is taken and not believed: the server's own clock counts. */
const FIELDS = ['session', 'status', 'message', 'progress', 'task_id', 'metadata', 'timestamp']

/** The update that a body asks for, and whose it is. Throws `invalid` naming the field. */
export function readUpdate(body: Record<string, unknown>): { session: string; said: Said } {
  for (const name of Object.keys(body))
    if (!FIELDS.includes(name))
      throw invalid(name, `an update has no "${name}"`, `It has ${FIELDS.join(', ')}.`)
  const { session, status, message, progress, task_id, metadata } = body
  const checked = {
    session: wanted('session', session, 'text'),
    status: wanted('status', status, 'text'),
    message: wanted('message', message, 'text'),
    progress: optional('progress', progress, 'number'),
    task_id: optional('task_id', typeof task_id === 'number' ? String(task_id) : task_id, 'text'),
    metadata: optional('metadata', metadata, 'object'),
  }
  const { session: name, ...said } = checked
  return { session: name, said }
}

interface Kinds {
  text: string
  number: number
  object: Record<string, unknown>
}

const IS: Record<keyof Kinds, (value: unknown) => boolean> = {
  text: (value) => typeof value === 'string' && value !== '',
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
}

function wanted<K extends keyof Kinds>(name: string, value: unknown, kind: K): Kinds[K] {
  if (IS[kind](value)) return value as Kinds[K]
  const said = value === undefined ? 'is missing' : `is no ${kind}`
  throw invalid(
    name,
    `${name} ${said}`,
    'e.g. {"session":"manager1","status":"working","message":"on it","progress":0.5}',
  )
}

function optional<K extends keyof Kinds>(name: string, value: unknown, kind: K): Kinds[K] | undefined {
  return value === undefined || value === null ? undefined : wanted(name, value, kind)
}

/** Push an update. Throws as `pushUpdate`. */
export const pushed = (ctx: Context, said: Said) => pushUpdate(ctx, said)
