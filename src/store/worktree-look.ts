/** What happens in the working tree of a session: which files differ from the last commit, and when the last changed. Reads only. */
import path from 'node:path'
import type { Session } from '../protocol/records.ts'
import type { WorktreeFacts } from '../protocol/rescue.ts'
import { lookAt } from './disk.ts'
import { findRepository } from './git-places.ts'
import { runGit, splitNul } from './git-run.ts'
import type { Room } from './room.ts'

const PATIENCE_MS = 5000
/** So many files are asked for their times; where more are changed, the others tell nothing new. */
const MOST = 5000

type Environment = Record<string, string>

/** When each file that is not committed was changed (epoch ms, 0: it is gone), the room's own left out; null where git does not tell. */
function uncommittedTimes(room: Room, top: string, env: Environment): number[] | null {
  const answer = runGit(['ls-files', '-z', '--modified', '--others', '--exclude-standard'], {
    cwd: top,
    env,
    timeout_ms: PATIENCE_MS,
  })
  if ('trouble' in answer || answer.code !== 0) return null
  const files = new Set(splitNul(answer.out).map((name) => path.join(top, name)))
  const own = [...files].filter((file) => file !== room.root && !file.startsWith(`${room.root}/`))
  return own.slice(0, MOST).map((file) => lookAt(file)?.mtimeMs ?? 0)
}

/** The top of the working tree that a session is in, if it is there and of this repository; else null: a record may say anything. */
export function worktreeOf({ worktree }: Session, common: string): string | null {
  if (!worktree || !path.isAbsolute(worktree) || !lookAt(worktree)?.isDirectory()) return null
  const repository = findRepository(worktree)
  return repository?.common === common && repository.top === worktree ? worktree : null
}

/**
 * What lies in the working tree that a session is in. `sign`: its last sign of life (epoch ms); `common`: the repository's shared git
 * directory. Null where none is recorded, or it is of another repository.
 */
export function lookAtWorktree(
  room: Room,
  session: Session,
  common: string,
  env: Environment,
  sign: number | null,
  shared_with: string[],
): WorktreeFacts | null {
  const { worktree } = session
  if (!worktree || !path.isAbsolute(worktree)) return null
  const none = { path: worktree, uncommitted: null, changed: 0, changed_at: null, shared_with }
  if (!lookAt(worktree)?.isDirectory()) return { ...none, there: false }
  const top = worktreeOf(session, common)
  if (!top) return null
  const times = uncommittedTimes(room, worktree, env)
  const committed = lookAt(path.join(findRepository(top)?.git ?? top, 'logs/HEAD'))?.mtimeMs ?? 0
  const later = [...(times ?? []), committed].filter((time) => time > (sign ?? 0))
  return {
    ...none,
    there: true,
    uncommitted: times?.length ?? null,
    changed: later.length,
    changed_at: later.length > 0 ? Math.max(...later) : null,
  }
}
