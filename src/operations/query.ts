import type { Context } from '../context.ts'
import { invalid } from '../protocol/errors.ts'
import type { Problem } from '../protocol/picture.ts'
import { tablesIn } from '../protocol/tables.ts'
import { type Answer, ask } from '../store/query/duckdb.ts'
import { defineOperation, type InputOf } from './operation.ts'

const input = {
  sql: { kind: 'text', help: 'the question, in SQL', required: true },
  limit: { kind: 'count', help: 'at most so many rows (default 200)' },
} as const

/** `coord query`; answered by `answerQuery`, which takes its time. */
export const query = defineOperation({
  name: 'query',
  summary: 'Ask the files in SQL (needs DuckDB).',
  writes: false,
  input,
  run(): Answer & { problems: Problem[] } {
    throw invalid('sql', 'the command line asks, see answerQuery')
  },
})

/**
 * The answer to a question in SQL over `sessions`, `heartbeats`, `status`, `claims`, `messages` and `receipts`: columns, and rows as lists
 * of JSON values, `more` when there are more than `limit`. Reads only. Throws `invalid` for what is no query, `not_found` without DuckDB,
 * and the reason of `signal` where that ends it.
 */
export async function answerQuery(
  ctx: Context,
  given: InputOf<typeof input>,
  home: string,
  signal?: AbortSignal,
) {
  const room = ctx.room()
  if (given.sql.trim() === '')
    throw invalid('sql', 'the question is empty', 'e.g. "SELECT session_id, state FROM sessions"')
  const before = room.problems.length
  const answer = await ask(room, given.sql, tablesIn(given.sql), given.limit ?? 200, {
    home,
    chosen: ctx.gitEnvironment().COORD_DUCKDB,
    signal,
  })
  return { ...answer, problems: room.problems.slice(before) }
}
