/** `coord query`: waits for DuckDB's answer and prints it. */
import { answerQuery } from '../../operations/query.ts'
import { answer, contextOf } from './execute.ts'
import type { Lasting } from './lasting.ts'

/** Prints the rows; what could not be read is said on stderr. */
export const askFiles: Lasting = async (host, { command, input, globals }) => {
  const ctx = contextOf(host, globals)
  if (host.progress) ctx.onProgress = host.progress(command.name, globals)
  const { problems, ...answered } = await answerQuery(ctx, input as never, host.home).finally(() =>
    ctx.onProgress?.(1),
  )
  answer(host, command, { ...answered, problems }, input, globals, ctx)
  return 0
}
