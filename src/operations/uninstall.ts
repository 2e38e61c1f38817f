import type { Context } from '../context.ts'
import { CoordError } from '../protocol/errors.ts'
import { labelOf } from '../protocol/labels.ts'
import { look } from '../protocol/picture.ts'
import { branchExists } from '../store/git.ts'
import { isRoom, type Room } from '../store/room.ts'
import { listScripts } from '../store/scripts.ts'
import { readEverything } from '../store/snapshot.ts'
import { removeTraces, type Traces } from '../store/traces.ts'
import { defineOperation } from './operation.ts'

/**
 * `coord uninstall`: take back what `init` and `start` wrote into the repository outside of COORDINATION/; the room and its branch
 * stay. Safe to repeat. Throws `conflict` while sessions are live, unless `force`.
 */
export const uninstall = defineOperation({
  name: 'uninstall',
  summary: 'Take back what init wrote into the repository; the room stays.',
  writes: true,
  input: { force: { kind: 'flag', help: 'also while sessions are live' } },
  run(ctx, given): Traces & { room: string | null; branch: string | null; scripts: string[] } {
    const there = ctx.root !== null && isRoom(ctx.root)
    const room = there ? ctx.room() : null
    if (room && !given.force) refuseWhileLive(ctx, room)
    const { repository, root } = ctx
    const traces = repository && root ? removeTraces(repository, root) : { removed: [], kept: [] }
    const scripts = there ? listScripts(root!, ctx.texts().template) : []
    return { ...traces, room: there ? root : null, branch: branchOf(ctx, room), scripts }
  },
})

function refuseWhileLive(ctx: Context, room: Room): void {
  const now = ctx.now()
  const { active } = look(readEverything(room, now).records, now, room.config)
  const live = active.filter(({ liveness }) => liveness.level !== 'gone').map(({ session }) => session)
  if (live.length === 0) return
  const candidates = live.map((session) => session.session_id)
  throw new CoordError(
    'conflict',
    `${live.length === 1 ? 'a session is' : `${live.length} sessions are`} live: ${live.map(labelOf).join(', ')}`,
    'Let them end first (coord end), or coord uninstall --force.',
    { candidates },
  )
}

/** The branch that `coord commit` wrote, or null where there is none. */
function branchOf(ctx: Context, room: Room | null): string | null {
  if (!ctx.repository) return null
  const branch = room?.config.git.branch ?? 'coordination'
  const at = { common: ctx.repository.common, env: ctx.gitEnvironment() }
  return branchExists(at, branch) ? branch : null
}
