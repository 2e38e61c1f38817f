/** Bring a parsed value into the shape of its kind: optional fields of a wrong type are left out and named. */
import { type Kind, type RecordOf, SCHEMAS } from './records.ts'
import { formatInstant, parseInstant } from './time.ts'

/** The fields that name an instant, in any kind: scripts write them as epoch numbers too. */
export const TIMES = [
  ...['timestamp', 'at', 'started_at', 'ended_at', 'last_heartbeat', 'last_seen', 'estimated_completion'],
  ...['claimed_at', 'expires_at', 'renewed_at'],
]

export interface Conformed<K extends Kind> {
  record: RecordOf<K>
  /** The optional fields of a wrong type, left out. */
  dropped: string[]
  /** The epoch numbers that were read as times. */
  times: string[]
}

/** The record and what was changed for it, or null where a required field is missing or the value is no object. */
export function conform<K extends Kind>(kind: K, given: unknown): Conformed<K> | null {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return null
  const { value, times } = readTimes(given)
  const schema = SCHEMAS[kind]
  const first = schema.safeParse(value)
  if (first.success) return { record: first.data as RecordOf<K>, dropped: [], times }
  const dropped = [...new Set(first.error.issues.map((issue) => String(issue.path[0])))]
  const rest = Object.fromEntries(Object.entries(value).filter(([name]) => !dropped.includes(name)))
  const second = schema.safeParse(rest)
  return second.success ? { record: second.data as RecordOf<K>, dropped, times } : null
}

function readTimes(given: object): { value: object; times: string[] } {
  const epochs = Object.entries(given).flatMap(([name, field]) => {
    const time = typeof field === 'number' && TIMES.includes(name) ? parseInstant(field) : null
    return time === null ? [] : [[name, formatInstant(time)]]
  })
  return { value: { ...given, ...Object.fromEntries(epochs) }, times: epochs.map(([name]) => name!) }
}
