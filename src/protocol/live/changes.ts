/** What is different between two looks at a room: what the streams send, so that one act redraws one row and not the page. */

/** A list of an overview told as a change: the rows that are new or say something new, the keys that went, and the order if it differs. */
interface ListChange<T> {
  set: T[]
  gone: string[]
  order?: string[]
}

/** Which lists a change is made of, and what their rows are known by. */
export const KEYS = {
  sessions: ({ session_id }: { session_id: string }) => session_id,
  claims: ({ resource_type, resource_name }: { resource_type: string; resource_name: string }) =>
    `${resource_type}/${resource_name}`,
  messages: ({ id, from, timestamp }: { id?: string | null; from: string; timestamp?: string | null }) =>
    id ?? `${timestamp} ${from}`,
} as const

/** The change of one list, or null where nothing changed but ages. */
function listChange<T>(before: T[], after: T[], keyOf: (row: T) => string): ListChange<T> | null {
  const old = new Map(before.map((row) => [keyOf(row), factsOf(row)]))
  const set = after.filter((row) => old.get(keyOf(row)) !== factsOf(row))
  const order = after.map(keyOf)
  const kept = new Set(order)
  const gone = [...old.keys()].filter((key) => !kept.has(key))
  const moved = order.join('\n') !== [...old.keys()].join('\n')
  if (set.length === 0 && gone.length === 0 && !moved) return null
  return { set, gone, ...(moved ? { order } : {}) }
}

/** A list after a change: what a client of a stream does with it. */
function applyChange<T>(before: T[], change: ListChange<T>, keyOf: (row: T) => string): T[] {
  const rows = new Map(before.map((row) => [keyOf(row), row]))
  for (const key of change.gone) rows.delete(key)
  for (const row of change.set) rows.set(keyOf(row), row)
  const order = change.order ?? [...rows.keys()]
  return order.flatMap((key) => rows.get(key) ?? [])
}

/** What a row or a whole result says: the rule of all faces for what is no change, namely what grows by itself. */
export function factsOf(row: unknown): string {
  return JSON.stringify(row, (key, value) =>
    AGES.has(key) ? undefined : TELLS_AGES.has(key) && Array.isArray(value) ? value.map(withoutSpans) : value,
  )
}

const AGES = new Set(['age_ms', 'expires_in_ms', 'reason', 'eta', 'now'])
/** Lists whose rows tell ages in their `text`. */
const TELLS_AGES = new Set(['needs', 'conditions', 'stranded'])
const SPANS = /(?:\b\d+[smhd]\b ?)+/g
const withoutSpans = (row: unknown) =>
  typeof (row as { text?: unknown } | null)?.text === 'string'
    ? { ...(row as object), text: (row as { text: string }).text.replace(SPANS, '') }
    : row

/** What an overview has that changes are told of: three lists by their keys, all else whole. */
interface Lists {
  now: string
  sessions: Parameters<typeof KEYS.sessions>[0][]
  claims: Parameters<typeof KEYS.claims>[0][]
  messages: Parameters<typeof KEYS.messages>[0][]
  needs: { text: string }[]
}

/** An overview's change: `now`, the changed lists, and what else says something new. */
export type OverviewChange<O extends Lists> = { now: string } & {
  [K in keyof typeof KEYS]?: ListChange<O[K][number]>
} & Partial<Omit<O, keyof typeof KEYS | 'now'>>

/** The change from one overview to the next, or null where only ages went on. */
export function overviewChange<O extends Lists>(before: O, after: O): OverviewChange<O> | null {
  const lists = Object.entries(KEYS).flatMap(([name, keyOf]) => {
    const key = name as keyof typeof KEYS
    const change = listChange(before[key] as never[], after[key] as never[], keyOf as (row: never) => string)
    return change ? [[name, change]] : []
  })
  const others = Object.keys(after).filter((name) => name !== 'now' && !Object.hasOwn(KEYS, name))
  const changed = others.flatMap((name) => {
    const [old, fresh] = [before[name as keyof O], after[name as keyof O]]
    return factsOf({ [name]: old }) === factsOf({ [name]: fresh }) ? [] : [[name, fresh]]
  })
  if (lists.length + changed.length === 0) return null
  return { now: after.now, ...Object.fromEntries([...lists, ...changed]) } as OverviewChange<O>
}

/** An overview after a change. */
export function applyOverviewChange<O extends Lists>(before: O, change: OverviewChange<O>): O {
  const after = { ...before, ...change } as Record<string, unknown>
  for (const [name, keyOf] of Object.entries(KEYS)) {
    const key = name as keyof typeof KEYS
    const told = change[key] as ListChange<never> | undefined
    after[name] = told
      ? applyChange(before[key] as never[], told, keyOf as (row: never) => string)
      : before[key]
  }
  return after as O
}
