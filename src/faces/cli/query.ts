/** `coord query`: waits for DuckDB's answer and prints it. */
import { answerQuery } from '../../operations/query.ts'
import { answer, contextOf } from './execute.ts'
import type { Lasting } from './lasting.ts'

/** Prints the rows; what could not be read is said on stderr. A signal ends the question. */
export const askFiles: Lasting = async (host, { command, input, globals }, signal) => {
  const ctx = contextOf(host, globals)
  if (host.progress) ctx.onProgress = host.progress(command.name, globals)
  const answered = await answerQuery(ctx, input as never, host.home, signal)
    .catch((error) => {
      if (signal.aborted) return null
      throw error
    })
    .finally(() => ctx.onProgress?.(1))
  if (answered === null) return null
  const { problems, ...rows } = answered
  answer(host, command, { ...rows, problems }, input, globals, ctx)
  return 0
}
