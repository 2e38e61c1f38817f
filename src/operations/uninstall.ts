import type { Context } from '../context.ts'
import { CoordError, invalid } from '../protocol/errors.ts'
import { labelOf } from '../protocol/labels.ts'
import { ownOnly } from '../protocol/machines/names.ts'
import { look } from '../protocol/picture.ts'
import { branchExists } from '../store/git.ts'
import { isRoom, type Room } from '../store/room.ts'
import { listScripts } from '../store/scripts.ts'
import { readEverything } from '../store/snapshot.ts'
import { removeTraces, type Traces } from '../store/traces.ts'
import { commandsToTakeBack } from './installing/installed.ts'
import type { Outcome } from './installing/plan.ts'
import { scopeFields, settle } from './installing/settle.ts'
import { defineOperation } from './operation.ts'

/** What taking back of `init` and `start` gives; `installed`: the commands for what `install` wrote and is there still. */
type Back = Traces & { room: string | null; branch: string | null; scripts: string[]; installed: string[] }

/**
 * `coord uninstall`: take back what `init` and `start` wrote into the repository outside of COORDINATION/; the room and its branch
 * stay. Throws `conflict` while sessions are live, unless `force`. With a target: what `install` added for it, to the byte. Safe to repeat.
 */
export const uninstall = defineOperation({
  name: 'uninstall',
  summary: 'Take back what init, or install TARGET, wrote; the room stays.',
  writes: true,
  input: {
    target: {
      kind: 'text',
      help: 'what coord install added for it: claude, codex, cursor, gemini, git, agents-md',
    },
    force: { kind: 'flag', help: 'without TARGET: also while sessions are live' },
    ...scopeFields,
    'dry-run': { kind: 'flag', help: 'with TARGET: show what would change; write nothing' },
  },
  run(ctx, given): Back | Outcome {
    checkFlags(given)
    if (given.target !== undefined) return settle(ctx, given.target, given, 'uninstall')
    const there = ctx.root !== null && isRoom(ctx.root)
    const room = there ? ctx.room() : null
    if (room && !given.force) refuseWhileLive(ctx, room)
    const { repository, root } = ctx
    const traces = repository && root ? removeTraces(repository, root) : { removed: [], kept: [] }
    const scripts = there ? listScripts(root!, ctx.texts().template) : []
    const installed = commandsToTakeBack(ctx)
    return { ...traces, room: there ? root : null, branch: branchOf(ctx, room), scripts, installed }
  },
})

/** Throws for flags of the one form in the other. */
function checkFlags({ target, force, ...others }: { target?: string; force?: boolean } & object): void {
  const [stray] = target === undefined ? Object.keys(others) : force ? ['force'] : []
  if (stray && target !== undefined)
    throw invalid(stray, '--force is for coord uninstall alone', 'Leave it out.')
  if (stray)
    throw invalid(stray, `--${stray} needs to know of what`, `e.g. coord uninstall claude --${stray}`)
}

function refuseWhileLive(ctx: Context, room: Room): void {
  const now = ctx.now()
  const { active } = look(ownOnly(readEverything(room, now).records), now, room.config)
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
