/** Private settings stay out of git: with `--local` a line of each in `info/exclude`, which goes with them. */
import path from 'node:path'
import type { Context } from '../../context.ts'
import type { Scope } from '../../protocol/agents/table.ts'
import { blockLines, findBlock, withBlock, withoutBlock } from '../../protocol/blocks.ts'
import { CoordError } from '../../protocol/errors.ts'
import { readSpot } from '../../store/agents/files.ts'
import { EXCLUDE_MARKERS, excludeSpot, isIgnored, isTracked } from '../../store/agents/keep-out.ts'
import type { Repository } from '../../store/git-places.ts'
import { linkedWorktrees } from '../../store/worktrees.ts'
import { environmentOf, type Plan, planText, type Way } from './plan.ts'

interface Asked {
  plan: Plan
  way: Way
  scope: Scope
  /** The top of the working tree. */
  top: string
  /** Files and directories, absolute. */
  files: string[]
  /** Whether another worktree, by its top, has the same installed: all worktrees have one `info/exclude`. */
  needs(top: string): boolean
}

/** Plan the exclusions for some files. Throws `conflict` where git tracks one that is to be private. */
export function planKeepOut(ctx: Context, { plan, way, scope, top, files, needs }: Asked): void {
  if (!ctx.repository || scope === 'user') return
  const env = environmentOf(ctx)
  const isPrivate = way === 'install' && scope === 'local'
  const tracked = isPrivate && files.find((file) => isTracked(top, file, env))
  if (tracked) throw sharedFile(tracked)
  const patterns = files.map((file) => `/${path.relative(top, file).split(path.sep).join('/')}`)
  const spot = excludeSpot(ctx.repository)
  const found = readSpot(spot)
  const block = findBlock(found.text ?? '', EXCLUDE_MARKERS)
  if (block && 'torn' in block) {
    plan.notes.push(`${spot.file}:${block.torn} has a marker of coord without the other; it stays as it is`)
    return
  }
  const there = blockLines(found.text ?? '', EXCLUDE_MARKERS) ?? []
  const isNeeded = way === 'uninstall' && worktreesBeside(ctx.repository, top).some(needs)
  const others = isNeeded ? there : there.filter((line) => !patterns.includes(line))
  const wanted = patterns.filter((line, at) => there.includes(line) || !isIgnored(top, files[at]!, env))
  const added = wanted.filter((line) => !there.includes(line))
  const lines = isPrivate ? [...there, ...added] : others
  if (lines.join('\n') === there.join('\n')) return
  const text =
    lines.length > 0
      ? withBlock(found.text, EXCLUDE_MARKERS, lines)
      : withoutBlock(found.text!, EXCLUDE_MARKERS)
  planText(plan, spot, found, text)
}

const worktreesBeside = (repository: Repository, top: string) =>
  [...(repository.main ? [repository.main] : []), ...linkedWorktrees(repository)].filter(
    (other) => other !== top,
  )

function sharedFile(file: string): CoordError {
  return new CoordError(
    'conflict',
    `git tracks ${file}, and a local line names paths of this machine`,
    'For all who clone it: --project. For all your projects: --user.',
    { path: file },
  )
}
