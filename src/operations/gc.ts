import type { Context } from '../context.ts'
import type { Moment } from '../protocol/claims.ts'
import { ownerOf, recallHolders } from '../store/archive.ts'
import { republishDrifted } from '../store/claims.ts'
import { begunPath, listCutOff } from '../store/handoffs.ts'
import type { Room } from '../store/room.ts'
import { CHORE_KINDS, type Chore } from '../store/tidy/chore.ts'
import { planTidying } from '../store/tidy/plan.ts'
import { attempt, refresh } from './act.ts'
import { finishBegun } from './finishing.ts'
import { defineOperation } from './operation.ts'

/**
 * `coord gc`: put away what is over and remove what is left over. What goes is decided once, and said or done: `--dry-run` says
 * exactly what the same call would do. Needs no session. Others may write and clean at the same time; the guard spares double work.
 */
export const gc = defineOperation({
  name: 'gc',
  summary: 'Archive sessions that are over, remove what is left over.',
  writes: true,
  input: {
    'dry-run': { kind: 'flag', help: 'only say what would go' },
    limit: { kind: 'count', help: 'list at most so many paths (default: all)' },
  },
  run(ctx, given) {
    const room = ctx.room()
    const now = ctx.now()
    const dry_run = given['dry-run'] ?? false
    const plan = () => [
      ...handoffChores(ctx, room, now),
      ...planTidying(room, now, (share) => ctx.onProgress?.(dry_run ? share : share / 2)),
    ]
    const tidy = () => withoutHolders(ctx, room, now, runAll(ctx, plan()))
    const { withGuard, TIDY_GUARD } = room.lazy.lock()
    const chores = dry_run ? plan() : withGuard(room, TIDY_GUARD, tidy)
    if (!dry_run) {
      attempt(ctx, () => republishDrifted({ ...room, problems: [] }, now.wall))
      if (chores.length > 0) refresh(ctx, room)
    }
    const items = chores.slice(0, given.limit).map(shown)
    const omitted = chores.length - items.length
    return {
      dry_run,
      total: chores.length,
      counts: countsOf(chores),
      items,
      ...(omitted > 0 ? { omitted } : {}),
    }
  },
})

/** Those that were done, and not meanwhile by somebody else; the second half of the work. */
const runAll = (ctx: Context, chores: Chore[]) =>
  chores.filter((chore, at) => {
    ctx.onProgress?.(0.5 + at / chores.length / 2)
    return chore.run()
  })

/** Handovers that a crash cut off; the first one that is run finishes all. */
function handoffChores(ctx: Context, room: Room, now: Moment): Chore[] {
  let done: string[] | undefined
  return listCutOff({ ...room, problems: [] }, now.wall).map(({ id }) => ({
    kind: 'handoffs',
    path: begunPath(id),
    run() {
      done ??= finishBegun(ctx, room, now)
      return done.includes(id)
    },
  }))
}

/** What was done, without the sessions that hold a claim by now and are brought back. */
function withoutHolders(ctx: Context, room: Room, now: Moment, done: Chore[]): Chore[] {
  const gone = done.flatMap(({ kind, path }) => (kind === 'sessions' ? [{ id: idIn(path) }] : []))
  const back = attempt(ctx, () => recallHolders(room, now, gone)) ?? []
  const isBack = ({ kind, path }: Chore) =>
    (kind === 'sessions' && back.includes(idIn(path))) ||
    (kind === 'histories' && back.includes(ownerOf(path.slice(path.indexOf('/') + 1)) ?? ''))
  return done.filter((chore) => !isBack(chore))
}

const idIn = (path: string) => path.slice('sessions/'.length, -'.json'.length)

const shown = ({ run: _run, ...item }: Chore) => item

const countsOf = (chores: Chore[]) =>
  Object.fromEntries(CHORE_KINDS.map((kind) => [kind, chores.filter((chore) => chore.kind === kind).length]))
