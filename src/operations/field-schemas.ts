/** Fields of operations told in JSON Schema (2020-12), for the faces that programs speak to. */
import type { Field, Fields } from './fields.ts'

const KINDS: Record<Field['kind'], object> = {
  text: { type: 'string' },
  texts: { type: 'array', items: { type: 'string' } },
  number: { type: 'integer' },
  count: { type: 'integer', minimum: 1 },
  flag: { type: 'boolean' },
}

/** The schema of a field; its help without what is true on the command line alone. */
export function schemaOf({ kind, help }: Field) {
  return { ...KINDS[kind], description: plain(help) }
}

const plain = (help: string) =>
  help.replace(/; (may be repeated|- reads it from standard input)/g, '').replace(/--(?=[a-z])/g, '')

/** The names of the fields that must be given. */
export function requiredOf(fields: Fields): string[] {
  return Object.entries(fields).flatMap(([name, { required }]) => (required ? [name] : []))
}
