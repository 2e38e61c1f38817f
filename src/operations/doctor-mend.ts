/** What `coord doctor --fix` does about each kind of fault. Every mender looks again right before, and leaves alone what changed. */
import type { Context } from '../context.ts'
import type { Fault, Fixed } from '../protocol/faults.ts'
import { markAgain, mendClaimFile } from '../store/doctor/claims.ts'
import { mendExclusions } from '../store/doctor/git.ts'
import { restoreMissing } from '../store/doctor/layout.ts'
import { mendHead, mendSlot } from '../store/doctor/ledger.ts'
import { removeLeftover } from '../store/doctor/leftovers.ts'
import { blankBadLines } from '../store/doctor/lines.ts'
import { takeAway } from '../store/doctor/places.ts'
import { rename, rewrite, setRecordAside } from '../store/doctor/records.ts'
import { hasHandoff, isBegun } from '../store/handoffs.ts'
import type { Quarantine } from '../store/quarantine.ts'
import type { Room } from '../store/room.ts'
import type { Chore } from '../store/tidy/chore.ts'
import { attempt } from './act.ts'
import { finishBegun } from './finishing.ts'

type Mender = (ctx: Context, quarantine: Quarantine, path: string) => string | null

const aside =
  (kind: string): Mender =>
  (_ctx, quarantine, path) =>
    setRecordAside(quarantine.room, quarantine, path, kind)

const mending = (ctx: Context) => ({ now: ctx.now(), op_id: ctx.random(20) })

const MENDERS: Record<string, Mender> = {
  'not-a-directory': (_ctx, quarantine, path) => takeAway(quarantine.room, quarantine, path),
  'not-a-file': (_ctx, quarantine, path) => takeAway(quarantine.room, quarantine, path),
  damaged: (ctx, quarantine, path) => mendHead(quarantine, path, mending(ctx)),
  'damaged-slot': (ctx, quarantine, path) => mendSlot(quarantine, path, mending(ctx)),
  drifted: (_ctx, quarantine, path) => mendClaimFile(quarantine.room, quarantine, path),
  unmarked: (_ctx, quarantine, path) => markAgain(quarantine.room, quarantine, path),
  unreadable: aside('unreadable'),
  'too-big': aside('too-big'),
  'bad-id': aside('bad-id'),
  copy: aside('copy'),
  repaired: (_ctx, quarantine, path) => rewrite(quarantine.room, quarantine, path),
  misnamed: (_ctx, quarantine, path) => rename(quarantine.room, quarantine, path),
  skipped: (_ctx, quarantine, path) => blankBadLines(quarantine.room, quarantine, path),
  missing: (ctx, quarantine, path) => restoreMissing(quarantine.room, quarantine, path, ctx.texts()),
  exclusions: (ctx, quarantine) => mendExclusions(ctx.repository!, quarantine),
  unfinished: (ctx, quarantine, path) => finishHandoff(ctx, quarantine.room, path),
}

/** The first of several finishes all: then they are told as done as long as their memory is gone. */
function finishHandoff(ctx: Context, room: Room, path: string): string | null {
  finishBegun(ctx, room, ctx.now())
  if (isBegun(room, idOf(path))) return null
  return hasHandoff(room, idOf(path)) ? 'finished' : 'dropped, as nothing had moved'
}

const idOf = (path: string) => path.slice(path.lastIndexOf('/') + 1, -'.json'.length)

/**
 * Mend one fault; null where nothing was done: it was mended meanwhile, or could not be (then a warning tells why). `leftovers`: those
 * of the examination that found the fault.
 */
export function mend(ctx: Context, quarantine: Quarantine, fault: Fault, leftovers: Chore[]): Fixed | null {
  const { path, kind, detail } = fault
  const before = quarantine.kept.length
  const run = () =>
    kind === 'leftover' ? removeLeftover(leftovers, path) : (MENDERS[kind]?.(ctx, quarantine, path) ?? null)
  const done = attempt(ctx, run)
  if (done === null) return null
  return { path, kind, detail, done, kept: quarantine.kept[before]?.at ?? null }
}
