/** Around a shell command, which no guard can look into: files that peers hold are compared, so that a write around the guard is known to both. */

import { timeLeft } from '../protocol/claims.ts'
import { clip, visible } from '../protocol/escape.ts'
import { labelOf } from '../protocol/labels.ts'
import { nameOf } from '../protocol/names.ts'
import type { Lease } from '../protocol/records.ts'
import { formatInstant, parseInstant } from '../protocol/time.ts'
import { fingerprints } from '../store/hooks.ts'
import { readHead } from '../store/ledger.ts'
import { domain, type Room } from '../store/room.ts'
import { loadSession } from '../store/sessions.ts'
import { type Attending, remember } from './hook-session.ts'
import { forfeits, meetsIn } from './leases.ts'
import { notify } from './notify.ts'
import { placeOf } from './resources.ts'

const MOST = 500
/** A command that takes longer is compared all the same at the next event; what is older tells nothing. */
const PATIENCE_MS = 3_600_000

/** The claims of files by others that are live, by the ledger. */
function heldByOthers({ ctx, room, id }: Attending): Lease[] {
  const now = ctx.now()
  const forfeited = forfeits(room, now)
  const leases = readHead({ ...room, problems: [] }, domain('file', '')).slot?.claims ?? []
  const isLive = (lease: Lease) => timeLeft(lease, now) > 0 && forfeited(lease.claimed_by) === null
  return leases.filter((lease) => lease.claimed_by !== id && isLive(lease)).slice(0, MOST)
}

/** Note how the files look that others hold. `use`: the agent's id of this use of its shell, of which it may have several at once. */
export function watchShell(attending: Attending, use: string | null): undefined {
  const held = heldByOthers(attending)
  if (held.length === 0) return
  const now = attending.ctx.now().wall
  const recent = Object.entries(attending.memory.shells).filter(([, { at }]) => now - at < PATIENCE_MS)
  const watch = { at: now, files: looksOf(attending, held) }
  remember(attending, {
    shells: { ...Object.fromEntries(recent.slice(-MOST_SHELLS)), [use ?? UNNAMED]: watch },
  })
}

const UNNAMED = '-'
const MOST_SHELLS = 4

/** How the files look that claims tell of; of globs the first that lie below. */
function looksOf({ ctx, room }: Attending, leases: Lease[]): Record<string, string> {
  const { top } = placeOf(ctx)
  const globs = leases.flatMap(({ resource_name, glob }) => (glob ? [resource_name] : []))
  const below = globs.length > 0 ? ctx.lazy.paths().filesWithin(top, globs, MOST, room.root) : []
  const named = leases.flatMap(({ resource_name, glob }) => (glob ? [] : [resource_name])).concat(below)
  return fingerprints(top, named.slice(0, MOST))
}

/** What the command changed of others' files, told to them and returned as a text for the model; null: nothing. */
export function compareShell(attending: Attending, use: string | null): string | null {
  const { ctx, room, memory } = attending
  const { [use ?? UNNAMED]: watch, ...others } = memory.shells
  if (!watch) return null
  const { at, files } = watch
  remember(attending, { shells: others })
  if (ctx.now().wall - at > PATIENCE_MS) return null
  const held = heldByOthers(attending)
  const now = { ...fingerprints(placeOf(ctx).top, Object.keys(files)), ...looksOf(attending, held) }
  const touched = Object.keys(now).filter((name) => now[name] !== (files[name] ?? 'absent'))
  const meets = meetsIn(room)
  const isTouched = (lease: Lease) =>
    foreign(room, lease, touched, at).some(
      (name) => name === lease.resource_name || meets(lease, { resource_type: 'file', resource_name: name }),
    )
  const changed = held.filter((lease) => isKnown(lease, files) && isTouched(lease))
  for (const lease of changed) tellHolder(attending, lease)
  if (changed.length === 0) return null
  const names = changed
    .map((lease) => `${clip(visible(nameOf(lease)), 120)} (held by ${holderName(attending, lease)})`)
    .join(', ')
  return `coord: while your shell command ran, files changed that others hold: ${names}. They were told. If it was you: stop, undo it or agree with them.`
}

/** The changed files that their holder did not write itself meanwhile, as its own hooks tell. */
function foreign(room: Room, { claimed_by }: Lease, touched: string[], since: number): string[] {
  const holder = loadSession(room, claimed_by)
  const own = (parseInstant(holder?.last_seen) ?? 0) >= since ? (holder?.last?.files_touched ?? []) : []
  return touched.filter((name) => !own.includes(name))
}

/** A claim that was made while the command ran tells nothing of it. */
const isKnown = ({ resource_name, glob }: Lease, files: Record<string, string>) =>
  glob === true || files[resource_name] !== undefined

function holderName({ room }: Attending, { claimed_by }: Lease): string {
  const session = loadSession(room, claimed_by)
  return clip(visible(session ? labelOf(session) : claimed_by), 60)
}

function tellHolder({ ctx, room, id, session }: Attending, lease: Lease): void {
  const { resource_type, resource_name, token, claimed_by } = lease
  const subject = `${nameOf(lease)}, which you hold, changed while a shell command of ${labelOf(session)} ran`
  const details = { resource_type, resource_name, token, at: formatInstant(ctx.now().wall) }
  notify(ctx, room, { from: id, to: claimed_by, type: 'claim_bypassed', subject, details, priority: 'high' })
}
