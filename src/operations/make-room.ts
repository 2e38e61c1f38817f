import type { Context } from '../context.ts'
import { excludeFromGit, isLaidOut, layOut, linkBoard, mirrorConfig } from '../store/layout.ts'

/** Lay out the room where it is missing, or where a fresh clone has only what git tracks, and keep it out of git. Returns the paths made. */
export function makeRoom(ctx: Context, root: string): string[] {
  const made = isLaidOut(root) ? [] : layOut(root, ctx.texts())
  mirrorConfig(root)
  if (ctx.repository) {
    if (!excludeFromGit(ctx.repository, root))
      ctx.warnings.push(`git's info/exclude can't be written; the room's own .gitignore keeps it out of git`)
    linkBoard(ctx.repository, root)
  }
  return made
}
