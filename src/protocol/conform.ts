/** Bring a parsed value into the shape of its kind: optional fields of a wrong type are left out and named. */
import { type Kind, type RecordOf, SCHEMAS } from './records.ts'

/** The record and the fields left out, or null where a required field is missing or the value is no object. */
export function conform<K extends Kind>(
  kind: K,
  value: unknown,
): { record: RecordOf<K>; dropped: string[] } | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const schema = SCHEMAS[kind]
  const first = schema.safeParse(value)
  if (first.success) return { record: first.data as RecordOf<K>, dropped: [] }
  const dropped = [...new Set(first.error.issues.map((issue) => String(issue.path[0])))]
  const rest = Object.fromEntries(Object.entries(value).filter(([name]) => !dropped.includes(name)))
  const second = schema.safeParse(rest)
  return second.success ? { record: second.data as RecordOf<K>, dropped } : null
}
