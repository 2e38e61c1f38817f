import type { Context } from '../context.ts'
import { CoordError } from '../protocol/errors.ts'
import { type Fault, type Fixed, toFaults } from '../protocol/faults.ts'
import { type Proof, prove } from '../protocol/proof.ts'
import { dropCache } from '../store/board-cache.ts'
import { isWhole } from '../store/doctor/records.ts'
import { openQuarantine, restoreFinished } from '../store/quarantine.ts'
import type { Room } from '../store/room.ts'
import { refresh } from './act.ts'
import { type Examination, examine } from './doctor-examine.ts'
import { mend } from './doctor-mend.ts'
import { defineOperation } from './operation.ts'
import { limited } from './views.ts'

export interface Report {
  problems: Fault[]
  fixed: Fixed[]
  /** With --fix: where the originals are, as a path in the room; null where nothing had to be kept. */
  quarantine?: string | null
  /** With --fix: what was compared, before and after. */
  proof?: Proof
  /** How many problems the limit left out, and how many of these `--fix` mends. */
  omitted?: number
  omitted_fixable?: number
}

/** `coord doctor`: what is wrong with the room, touching nothing. With `fix`: mend what can be mended, and prove that nothing was lost. */
export const doctor = defineOperation({
  name: 'doctor',
  summary: 'Tell what is wrong with the room, and what mends it.',
  writes: true,
  input: {
    fix: { kind: 'flag', help: 'mend what can be mended; every original is kept' },
    limit: { kind: 'count', help: 'at most so many (default 50)' },
  },
  run(ctx, given): Report {
    const room = openFor(ctx, given.fix ?? false)
    const report = room === null ? newerRoom(ctx) : given.fix ? fix(ctx, room) : tell(ctx)
    const { kept, omitted } = limited(report.problems, given.limit, 'first')
    const omitted_fixable = report.problems.slice(kept.length).filter(({ fixable }) => fixable).length
    return { ...report, problems: kept, ...(omitted > 0 ? { omitted, omitted_fixable } : {}) }
  },
})

const PATIENCE_MS = 3000
const ROUNDS = 5

/** The room; null for one of a newer protocol, which may be looked at and not be touched. */
function openFor(ctx: Context, fix: boolean): Room | null {
  try {
    return ctx.room()
  } catch (error) {
    if (!fix && error instanceof CoordError && error.code === 'newer_room') return null
    throw error
  }
}

function newerRoom(ctx: Context): Report {
  const detail = `${ctx.root} follows a newer protocol than this coord, which therefore touches nothing`
  const finding = { path: 'config.json', kind: 'newer', detail, fix: 'npm install -g git-coord@latest' }
  return { problems: toFaults([finding]), fixed: [] }
}

function tell(ctx: Context): Report {
  return { problems: examine(ctx, false).faults, fixed: [] }
}

/** Under the guard of all who tidy; without it too, as two menders lose nothing, they only look twice. */
function fix(ctx: Context, room: Room): Report {
  const { withGuard, TIDY_GUARD } = room.lazy.lock()
  return withGuard(room, TIDY_GUARD, () => fixGuarded(ctx, room), PATIENCE_MS)
}

/** Mending one fault may bring others to light: a ledger behind a file in its place. So again, while there is progress. */
function fixGuarded(ctx: Context, room: Room): Report {
  const quarantine = openQuarantine(room, ctx.now().wall, ctx.random(4))
  const first = examine(ctx, true)
  const fixed: Fixed[] = []
  let seen: Examination = first
  for (let round = 0; round < ROUNDS; round++) {
    const mended = seen.faults
      .filter(({ fixable }) => fixable)
      .flatMap((fault) => mend(ctx, quarantine, fault, seen.leftovers) ?? [])
    if (mended.length === 0) break
    fixed.push(...mended)
    seen = examine(ctx, true)
  }
  const unreadable = new Set(fixed.filter(({ kind }) => kind === 'unreadable').map(({ path }) => path))
  restoreFinished(quarantine, (path, at) => unreadable.has(path) && isWhole(room, path, at))
  if (fixed.length > 0) {
    dropCache(room)
    refresh(ctx, room)
    seen = examine(ctx, true)
  }
  const { heartbeats, messages } = room.config
  const proof = prove(first.inventory, seen.inventory, {
    now: ctx.now().wall,
    retentions: { heartbeats: heartbeats.retention, messages: messages.retention },
    touched: new Set(quarantine.kept.map(({ path }) => path)),
  })
  const kept = quarantine.kept.length > 0 ? quarantine.path : null
  return { problems: seen.faults, fixed, quarantine: kept, proof }
}
