import type { Context } from '../context.ts'
import { CoordError } from '../protocol/errors.ts'
import { excludeFromGit, layOut, linkBoard, mirrorConfig } from '../store/layout.ts'
import { isRoom, openRoom, ROOM_NAME } from '../store/room.ts'
import { refresh } from './act.ts'
import { defineOperation } from './operation.ts'

/** Lay out the room where it is missing, or complete what is missing of it. Returns the paths made. */
export function makeRoom(ctx: Context, root: string): string[] {
  const made = isRoom(root) ? [] : layOut(root, ctx.texts())
  mirrorConfig(root)
  if (ctx.repository) {
    if (!excludeFromGit(ctx.repository, root))
      ctx.warnings.push(`git's info/exclude can't be written; the room's own .gitignore keeps it out of git`)
    linkBoard(ctx.repository, root)
  }
  return made
}

/** `coord init`: lay out the room; safe to repeat. */
export const init = defineOperation({
  name: 'init',
  summary: 'Lay out the room COORDINATION/; safe to repeat.',
  writes: true,
  input: {},
  run(ctx) {
    const root = ctx.root ?? `${ctx.at.cwd}/${ROOM_NAME}`
    const existed = isRoom(root)
    const made = existed ? layOut(root, ctx.texts()) : makeRoom(ctx, root)
    if (existed) makeRoom(ctx, root)
    const room = openRoom(root, ctx.lazy)
    const broken = room.problems.filter((problem) => problem.kind === 'config')
    if (broken.length > 0) {
      const message = `config.json: ${broken.map((problem) => problem.detail).join('; ')}`
      throw new CoordError('invalid', message, `Mend ${root}/config.json; every key is optional.`, {
        argument: 'config.json',
      })
    }
    refresh(ctx, room)
    return { room: root, created: !existed, made }
  },
})
