/** Which remote is meant, and what it answers: apart from how git is run, which only Node's types can tell. */
import type { RemoteTrouble } from '../../protocol/remote/answers.ts'

/** A remote of the repository of a room. */
export interface Far {
  /** Where git runs: the top of the main working tree, or the git directory of a bare repository. */
  cwd: string
  /** The git directory that all worktrees share. */
  common: string
  /** The git directory whose config tells of the remotes, if not `common`. */
  users?: string
  /** The name of the remote, e.g. `origin`. */
  remote: string
  /** Where to push, if not by the name (see `apart`). */
  url?: string
  env: Record<string, string>
  /** What one question to the remote may take. */
  timeout_ms: number
  /** When the last answer is worth something, on the clock of this process; for who can't wait. */
  until?: number
}

/** What a remote answered, or why it did not do it. */
export type Answer<Result> = { ok: true; result: Result } | { ok: false; trouble: RemoteTrouble }

/** A ref of the remote to be moved: to a commit (null: deleted), only if it is at `was` (null: if there is none). */
export interface RefMove {
  ref: string
  to: string | null
  was: string | null
}

/** A ref that must be at a value that is here too, and stays there. */
export type Pin = { ref: string; oid: string }
