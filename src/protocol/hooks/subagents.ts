/** The subagents of an agent's session, as a set by their ids: starts repeat, and a stop may go missing. */
import { formatInstant, parseInstant } from '../time.ts'

/** What a session's record tells of them (`agents`): types by id, and when each gave its last sign. */
export interface Subagents {
  active: number
  names: string[]
  ids: Record<string, string>
  seen: Record<string, string>
}

/** One that has given no sign for so long has stopped without a word. */
const FORGOTTEN_MS = 3_600_000
/** A sign is written down at most so often. */
const SIGN_MS = 600_000

interface Sign {
  id: string
  type: string
  stops: boolean
}

/**
 * The subagents after a sign of one (null: of none), from what the record told before, which may be anything. Returns `before` itself
 * where nothing is to be written. One whose time is not told counts as seen now (epoch ms).
 */
export function subagentsAfter(before: unknown, sign: Sign | null, now: number): unknown {
  const { ids, seen } = (before ?? {}) as Record<string, unknown>
  const types = new Map(Object.entries(mapIn(ids)))
  const times = new Map(Object.entries(mapIn(seen)).map(([id, at]) => [id, parseInstant(String(at))]))
  let isNews = false
  for (const id of types.keys()) {
    const at = times.get(id)
    isNews ||= at === undefined || at === null
    if (Math.abs(now - (at ?? now)) < FORGOTTEN_MS) continue
    types.delete(id)
    isNews = true
  }
  if (sign?.stops) isNews = types.delete(sign.id) || isNews
  else if (sign && !(types.has(sign.id) && Math.abs(now - (times.get(sign.id) ?? 0)) < SIGN_MS)) {
    types.set(sign.id, sign.type)
    times.set(sign.id, now)
    isNews = true
  }
  if (!isNews) return before
  const names = [...types.values()].map(String)
  const at = [...types.keys()].map((id) => [id, formatInstant(times.get(id) ?? now)])
  return { active: names.length, names, ids: Object.fromEntries(types), seen: Object.fromEntries(at) }
}

const mapIn = (value: unknown): object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
