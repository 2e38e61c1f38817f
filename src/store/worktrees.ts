/** The linked worktrees of a repository, read from git's files. Source: gitrepository-layout(5), `worktrees/<id>/gitdir`. */
import path from 'node:path'
import { listNames, readText } from './disk.ts'
import type { Repository } from './git-places.ts'

/** Their tops, also of those whose directory is gone. */
export function linkedWorktrees({ common }: Repository): string[] {
  const admin = path.join(common, 'worktrees')
  return listNames(admin).flatMap((name) => {
    const reading = readText(path.join(admin, name, 'gitdir'), 64 << 10)
    return 'text' in reading && reading.text.trim() !== ''
      ? [path.dirname(path.resolve(admin, name, reading.text.trim()))]
      : []
  })
}
