/** What git sees of the room, and other rooms below the same repository. Reads only; git's index is people's. */
import fs from 'node:fs'
import path from 'node:path'
import type { Finding } from '../../protocol/faults.ts'
import { lookAt } from '../disk.ts'
import { findCommitted, pathInTree } from '../git-index.ts'
import type { Repository } from '../git-places.ts'
import { excludeFromGit, isExcluded } from '../layout.ts'
import { keepCopy, type Quarantine } from '../quarantine.ts'
import { ROOM_NAME, type Room } from '../room.ts'
import { linkedWorktrees } from '../worktrees.ts'

/** Whether the exclusions stand in git's info/exclude. */
export function findExclusions(repository: Repository, root: string): Finding[] {
  const elsewhere = repository.main !== null && path.relative(repository.main, root).startsWith('..')
  if (elsewhere || isExcluded(repository, root)) return []
  return [
    {
      path: path.join(repository.common, 'info/exclude'),
      kind: 'exclusions',
      detail: 'does not exclude the runtime files: on a branch without the room git add -A takes them',
    },
  ]
}

/** Write the exclusions again, keeping a copy of the file as it was. */
export function mendExclusions(repository: Repository, quarantine: Quarantine): string | null {
  const file = path.join(repository.common, 'info/exclude')
  const { root } = quarantine.room
  if (isExcluded(repository, root)) return null
  if (lookAt(file)?.isFile()) keepCopy(quarantine, 'info/exclude', fs.readFileSync(file))
  return excludeFromGit(repository, root) ? 'written again' : null
}

/** Runtime files that git tracks on this branch. */
export function findTracked(repository: Repository, room: Room, env: Record<string, string>): Finding[] {
  const inTree = pathInTree(repository, room.root)
  if (inTree === null) return []
  const at = { top: repository.main!, common: repository.common, env }
  const found = findCommitted(at, inTree, room.config.git.track)
  if (!found) return []
  const { path, what, command } = found
  return [{ path, kind: 'tracked', detail: `git tracks ${what}`, fix: command }]
}

/** Other rooms of the repository: in its worktrees and in their subdirectories. Who works there does not see this room. */
export function findOtherRooms(repository: Repository, root: string): Finding[] {
  const tops = new Set([...(repository.main ? [repository.main] : []), ...linkedWorktrees(repository)])
  const own = realPath(root)
  const found = [...tops].flatMap((top) => roomsBelow(top, tops))
  const others = [...new Set(found.map(realPath))].filter((room) => room !== own && isUsed(room))
  return others.sort().map((room) => ({
    path: room,
    kind: 'second-room',
    detail: 'is another room: who works there is not seen here. End its sessions, then remove it',
    fix: null,
  }))
}

const DEPTH = 8
const MOST = 20_000
const SKIPPED = new Set(['.git', 'node_modules'])

/** Directories called COORDINATION below a top, breadth first; repositories inside, and other worktrees, are not this one's. */
function roomsBelow(top: string, tops: ReadonlySet<string>): string[] {
  const found: string[] = []
  let level = [top]
  let seen = 0
  for (let depth = 0; depth < DEPTH && level.length > 0; depth++) {
    const next: string[] = []
    for (const dir of level) {
      if (++seen > MOST) return found
      for (const name of directoriesIn(dir)) {
        const inner = path.join(dir, name)
        if (name === ROOM_NAME) found.push(inner)
        else if (!SKIPPED.has(name) && !tops.has(inner) && !lookAt(path.join(inner, '.git'))) next.push(inner)
      }
    }
    level = next
  }
  return found
}

function directoriesIn(dir: string): string[] {
  try {
    const entries = fs.readdirSync(dir, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  } catch {
    return []
  }
}

/** A checkout of the tracked files is no room yet: one in use has runtime directories. */
const isUsed = (room: string) =>
  ['sessions', 'claims', '.state'].some((name) => lookAt(path.join(room, name))?.isDirectory())

function realPath(file: string): string {
  try {
    return fs.realpathSync(file)
  } catch {
    return file
  }
}
