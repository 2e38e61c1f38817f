/**
 * Questions in SQL, answered by DuckDB over what the files say at this moment. Nothing is kept: the tables are in memory, and gone with
 * the process. coord's own readers fill them: DuckDB's would stop at a damaged file, follow links, and take ten times longer a file.
 * What the question may not do: read or write any file, load extensions, or be anything but a query.
 */
import { createRequire } from 'node:module'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { DuckDBConnection, DuckDBResultReader, DuckDBType } from '@duckdb/node-api'
import { CoordError, invalid } from '../../protocol/errors.ts'
import { TABLE_NAMES, type Table, tableSql } from '../../protocol/tables.ts'
import type { Room } from '../room.ts'
import { filesOf } from './files.ts'
import { rowsIn } from './rows.ts'

export interface Answer {
  columns: string[]
  types: string[]
  rows: unknown[][]
  /** Whether there are more rows than were wanted. */
  more: boolean
}

type Module = typeof import('@duckdb/node-api')

/** Where DuckDB is looked for: beside coord (`home`), or only where the user says (`chosen`, COORD_DUCKDB). */
export interface Places {
  home: string
  chosen: string | undefined
}

/** Who asks: hears how much of a table is read, and may end it all. */
export interface Asker {
  onProgress?: ((share: number) => void) | undefined
  signal?: AbortSignal | undefined
}

/**
 * DuckDB beside coord, or in the directory that the user chose. Never where the question is asked: that may be anybody's repository, and
 * to load is to run. Throws `not_found` with how to get it, `invalid` for a choice that depends on the directory.
 */
function loadDuckDb({ home, chosen }: Places): Module {
  if (chosen && !path.isAbsolute(chosen))
    throw invalid('COORD_DUCKDB', `COORD_DUCKDB "${chosen}" is no absolute path`, 'Give the whole path.')
  try {
    return createRequire(`${chosen || home}/package.json`)('@duckdb/node-api') as Module
  } catch (error) {
    throw cannotRun((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND' ? null : error)
  }
}

const cannotRun = (error: unknown) =>
  new CoordError(
    'not_found',
    error === null
      ? 'coord query needs DuckDB, which is not installed beside coord'
      : `DuckDB can't be loaded: ${String((error as Error).message).split('\n')[0]}`,
    'npm install -g @duckdb/node-api beside a global coord; in a project that has coord itself: npm install --save-dev @duckdb/node-api.\nCOORD_DUCKDB=/path/to/a/project that has it means its copy; coord export writes the same records for other tools.',
  )

/** Answer a question over the tables that it names; at most `limit` rows. Throws `invalid` with DuckDB's own words, `not_found`, and the reason of `signal` where that ends it. */
export async function ask(
  room: Room,
  sql: string,
  tables: Table[],
  limit: number,
  at: Places & Asker,
): Promise<Answer> {
  const duckdb = loadDuckDb(at)
  const instance = await duckdb.DuckDBInstance.create(':memory:', { autoinstall_known_extensions: 'false' })
  const connection = await instance.connect()
  const letGo = interruptedBy(at.signal, connection)
  try {
    for (const setting of SETTINGS) await connection.run(`SET ${setting}`)
    for (const table of TABLE_NAMES) await load(connection, room, table, tables.includes(table) ? at : null)
    await connection.run('SET enable_external_access = false')
    await connection.run('SET lock_configuration = true')
    await checkQuestion(duckdb, connection, sql)
    const reader = await connection.streamAndReadUntil(sql, limit + 1)
    return answerOf(duckdb, reader, limit)
  } catch (error) {
    at.signal?.throwIfAborted()
    throw error instanceof CoordError ? error : invalid('sql', messageOf(error), HELP)
  } finally {
    letGo()
    connection.closeSync()
    instance.closeSync()
  }
}

/** No file is written where the question is asked, and it may not take all memory. */
const SETTINGS = ["TimeZone = 'UTC'", "temp_directory = ''", "memory_limit = '1GB'"]

const HELP = `Tables: ${TABLE_NAMES.join(', ')}; coord query "DESCRIBE sessions" lists the columns of one.`
const messageOf = (error: unknown) => String((error as Error)?.message ?? error).trim()

const AGAIN_MS = 50
const HEARD_EVERY = 100

/** Have DuckDB stop at the signal: again and again, since it forgets one that comes before a statement begins. Gives what ends that. */
function interruptedBy(signal: AbortSignal | undefined, connection: DuckDBConnection): () => void {
  let timer: NodeJS.Timeout | undefined
  const stop = () => {
    timer = setInterval(() => connection.interrupt(), AGAIN_MS)
    connection.interrupt()
  }
  signal?.addEventListener('abort', stop)
  return () => {
    signal?.removeEventListener('abort', stop)
    clearInterval(timer)
  }
}

/** Make one table; those that the question does not name (nobody asks) stay empty. */
async function load(
  connection: DuckDBConnection,
  room: Room,
  table: Table,
  asker: Asker | null,
): Promise<void> {
  await connection.run(`CREATE TABLE raw_${table} (file VARCHAR, text VARCHAR)`)
  const appender = await connection.createAppender(`raw_${table}`)
  const files = asker ? filesOf(room, table) : []
  for (const [at, file] of files.entries()) {
    asker?.onProgress?.(at / files.length)
    // So that a signal is heard between files.
    if (at % HEARD_EVERY === 0) await setImmediate()
    asker?.signal?.throwIfAborted()
    for (const record of rowsIn(room, table, file)) {
      appender.appendVarchar(file)
      appender.appendVarchar(JSON.stringify(record))
      appender.endRow()
    }
  }
  appender.closeSync()
  await connection.run(tableSql(table))
}

/** One statement, and one that only asks. */
async function checkQuestion(duckdb: Module, connection: DuckDBConnection, sql: string): Promise<void> {
  const statements = await connection.extractStatements(sql)
  if (statements.count !== 1)
    throw invalid('sql', `${statements.count} statements at once`, 'Ask one question at a time.')
  const { SELECT, EXPLAIN } = duckdb.StatementType
  const { statementType } = await statements.prepare(0)
  if (statementType !== SELECT && statementType !== EXPLAIN)
    throw invalid(
      'sql',
      'coord query only asks; this would change something',
      'Begin with SELECT, WITH, FROM, DESCRIBE or EXPLAIN.',
    )
}

function answerOf(duckdb: Module, reader: DuckDBResultReader, limit: number): Answer {
  const types = reader.columnTypes()
  const readers = types.map((type) => readerOf(duckdb, type.typeId, nameOf(type)))
  const rows = reader.getRowsJson()
  return {
    columns: reader.deduplicatedColumnNames(),
    types: types.map(nameOf),
    rows: rows
      .slice(0, limit)
      .map((row) => row.map((value, at) => (value === null ? null : readers[at]!(value)))),
    more: rows.length > limit,
  }
}

/** JSON is a text by another name. */
const nameOf = (type: DuckDBType) => type.alias ?? String(type)

/** DuckDB's JSON writes whole numbers as text, and times without their `T` and `Z`. */
function readerOf({ DuckDBTypeId }: Module, id: number, name: string): (value: unknown) => unknown {
  const { BIGINT, UBIGINT, HUGEINT, UHUGEINT, TIMESTAMP, TIMESTAMP_TZ } = DuckDBTypeId
  if ([BIGINT, UBIGINT, HUGEINT, UHUGEINT].includes(id))
    return (value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value)
  if (id === TIMESTAMP_TZ) return (value) => String(value).replace(' ', 'T').replace(/\+00$/, 'Z')
  if (id === TIMESTAMP) return (value) => `${String(value).replace(' ', 'T')}Z`
  return name === 'JSON' ? (value) => JSON.parse(String(value)) : (value) => value
}
