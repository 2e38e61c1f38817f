import { query } from '../../../operations/query.ts'
import { defineCommand } from '../command.ts'
import type { Cell } from '../page.ts'

export default defineCommand(query, {
  positionals: ['sql'],
  examples: [
    ['coord query "SELECT session_id, state FROM sessions"', 'who is at what'],
    ['coord query "SELECT session, count(*) FROM status GROUP BY ALL"', 'acts by session'],
    ['coord query "DESCRIBE messages"', 'the columns of a table'],
  ],
  print({ columns, rows, more, problems }, page) {
    const numeric = columns.map((_, at) => rows.some((row) => typeof row[at] === 'number'))
    const cells = (row: unknown[]): Cell[] =>
      row.map((value, at) => ({ text: shown(value), right: numeric[at]! }))
    if (!page.quiet)
      page.rows([
        columns.map((text, at) => ({ text, role: 'muted', right: numeric[at]! })),
        ...rows.map(cells),
      ])
    else page.rows(rows.map(cells))
    if (more) page.note(`coord: there are more rows; --limit ${rows.length * 10} shows more`)
    for (const { path, detail } of problems) page.note(`coord: ${path}: ${detail}`)
  },
})

const shown = (value: unknown) =>
  value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)
