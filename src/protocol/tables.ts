/** The records of a room as tables: which there are, their columns (from the schemas), and the SQL that makes them of records' texts (DuckDB). */
import { TIMES } from './conform.ts'
import { invalid } from './errors.ts'
import { nearest } from './names.ts'
import { type Kind, SCHEMAS } from './records.ts'

/** The tables by name: the kind of their rows, and whether a file holds a row a line. */
export const TABLES = {
  sessions: { kind: 'session', lines: false },
  heartbeats: { kind: 'heartbeat', lines: false },
  status: { kind: 'status', lines: true },
  claims: { kind: 'claim', lines: false },
  messages: { kind: 'message', lines: false },
  receipts: { kind: 'receipt', lines: true },
} as const satisfies Record<string, { kind: Kind; lines: boolean }>
export type Table = keyof typeof TABLES

export const TABLE_NAMES = Object.keys(TABLES) as Table[]

/** Throws `invalid`, naming the nearest, for a table that there is none of. */
export function checkTable(name: string): Table {
  if (Object.hasOwn(TABLES, name)) return name as Table
  const [near] = nearest(name, TABLE_NAMES)
  const hint = near ? `Did you mean ${near}?` : `There are ${TABLE_NAMES.join(', ')}.`
  throw invalid('table', `there is no table "${name}"`, hint)
}

/** The tables that a text of SQL may name, by themselves or as `raw_…`: only these need to be read. All where it may make up names. */
export function tablesIn(sql: string): Table[] {
  const words = new Set(sql.toLowerCase().match(/[a-z_]+/g))
  const isAny = ANY.some((word) => words.has(word))
  return TABLE_NAMES.filter((name) => isAny || words.has(name) || words.has(`raw_${name}`))
}

const ANY = ['show', 'duckdb_tables', 'query_table', 'query']

type SqlType = 'VARCHAR' | 'TIMESTAMP' | 'DOUBLE' | 'BOOLEAN' | 'JSON'

/** The columns of a table with their types, in the order of the schema: times are UTC, lists and objects JSON. */
export function columnsOf(table: Table): [name: string, type: SqlType][] {
  const { shape } = SCHEMAS[TABLES[table].kind] as unknown as { shape: Record<string, Schema> }
  return Object.entries(shape).map(([name, schema]) => [name, typeOf(name, baseOf(schema))])
}

interface Schema {
  _zod: { def: { type: string; innerType?: Schema } }
}

const baseOf = ({ _zod: { def } }: Schema): string => (def.innerType ? baseOf(def.innerType) : def.type)

const TYPES: Record<string, SqlType> = {
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  string: 'VARCHAR',
  enum: 'VARCHAR',
}
const typeOf = (name: string, base: string): SqlType =>
  base === 'string' && TIMES.includes(name) ? 'TIMESTAMP' : (TYPES[base] ?? 'JSON')

/** The view of a table for people, over `raw_…(file, text)`: a column a field, the whole `record`, and its `file`. */
export function tableSql(table: Table): string {
  const columns = columnsOf(table).map(([name, type]) => `${valueSql(name, type)} AS "${name}"`)
  return `CREATE VIEW ${table} AS SELECT ${columns.join(', ')}, text::JSON AS record, file FROM raw_${table}`
}

function valueSql(name: string, type: SqlType): string {
  const key = `'${name}'`
  if (type === 'JSON') return `text->${key}`
  return type === 'VARCHAR' ? `text->>${key}` : `try_cast(text->>${key} AS ${type})`
}
