/** The records of a table as coord's own readers give them: what strict JSON refuses is repaired, what can't be read is named. */
import type { Kind, RecordOf } from '../../protocol/records.ts'
import { TABLES, type Table } from '../../protocol/tables.ts'
import { loadRecord } from '../records.ts'
import type { Room } from '../room.ts'
import { readJsonLines } from '../status.ts'

const LINES_BYTES = 256 << 20

/** The records in a file of a table, in order. */
export function rowsIn(room: Room, table: Table, file: string): RecordOf<Kind>[] {
  const { kind, lines } = TABLES[table]
  if (lines) return readJsonLines(room, kind, file, LINES_BYTES)
  const loaded = loadRecord(room, kind, file)
  return loaded ? [loaded.record] : []
}
