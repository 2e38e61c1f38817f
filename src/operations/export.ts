import { csvRow } from '../protocol/csv.ts'
import { invalid } from '../protocol/errors.ts'
import { checkTable, columnsOf, TABLE_NAMES, TABLES } from '../protocol/tables.ts'
import { filesOf } from '../store/query/files.ts'
import { rowsIn } from '../store/query/rows.ts'
import { defineOperation } from './operation.ts'

/** `coord export`: every record, as lines for other tools; reads only. Throws `invalid`. */
export const exportRecords = defineOperation({
  name: 'export',
  summary: 'Write all records as JSON Lines or CSV.',
  writes: false,
  input: {
    table: { kind: 'texts', help: `${TABLE_NAMES.join(', ')} (default: all)` },
    format: { kind: 'text', help: 'jsonl (default) or csv, which takes one table' },
  },
  run(ctx, { table = TABLE_NAMES, format = 'jsonl' }) {
    const tables = [...new Set(table.map(checkTable))]
    if (format !== 'jsonl' && format !== 'csv')
      throw invalid('format', `format "${format}" is not known`, 'One of: jsonl, csv.')
    if (format === 'csv' && tables.length !== 1)
      throw invalid('table', 'csv takes one table', `e.g. coord export ${tables[0]} --format csv`)
    const room = ctx.room()
    const before = room.problems.length
    const rows = tables.flatMap((name) =>
      filesOf(room, name).flatMap((file) =>
        rowsIn(room, name, file).map((record) => ({ kind: TABLES[name].kind, file, record })),
      ),
    )
    const columns = columnsOf(tables[0]!).map(([name]) => name)
    const head = csvRow([...columns, 'file'])
    const cells = ({ file, record }: (typeof rows)[number]) =>
      csvRow([...columns.map((name) => (record as Record<string, unknown>)[name]), file])
    const lines = format === 'csv' ? [head, ...rows.map(cells)] : rows.map((row) => JSON.stringify(row))
    return { lines, records: rows.length, problems: room.problems.slice(before) }
  },
})
