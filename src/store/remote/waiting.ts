/** Asking a remote for as long as that is worth something. */
import type { RemoteTrouble } from '../../protocol/remote/answers.ts'
import type { GitAnswer } from '../git-run.ts'
import type { Far } from './far.ts'

/** What git said of a remote, or why it did not answer. */
export type Asked = Exclude<GitAnswer, { trouble: string }> | { trouble: RemoteTrouble }

/** Run what asks the remote, with the time (ms) that it may take. A git that did not answer is `unreachable`; `slow` where nobody waits any more. */
export function inTime(
  { timeout_ms, until = Number.POSITIVE_INFINITY }: Far,
  run: (timeout_ms: number) => GitAnswer,
): Asked {
  const left = until - performance.now()
  const hurries = left < timeout_ms
  const slow = { trouble: { kind: 'slow', detail: 'nobody waited for its answer' } } as const
  if (left < 1) return slow
  const answer = run(Math.min(timeout_ms, left))
  if (!('trouble' in answer)) return answer
  if (hurries && until - performance.now() < 1) return slow
  return { trouble: { kind: 'unreachable', detail: answer.trouble } }
}
