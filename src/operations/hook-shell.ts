/** Around a shell command, which no guard can look into: files that peers hold are compared, so that a write around the guard is known to both. */
import { labelOf } from '../protocol/labels.ts'
import { nameOf } from '../protocol/names.ts'
import type { Lease } from '../protocol/records.ts'
import { formatInstant } from '../protocol/time.ts'
import { fingerprints } from '../store/hooks.ts'
import { readHead } from '../store/ledger.ts'
import { domain } from '../store/room.ts'
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
  return leases.filter(({ claimed_by }) => claimed_by !== id && forfeited(claimed_by) === null).slice(0, MOST)
}

/** Note how the files look that others hold. */
export function watchShell(attending: Attending): undefined {
  const held = heldByOthers(attending)
  if (held.length > 0)
    remember(attending, { shell: { at: attending.ctx.now().wall, files: looksOf(attending, held) } })
}

/** How the files look that claims tell of; of globs the first that lie below. */
function looksOf({ ctx }: Attending, leases: Lease[]): Record<string, string> {
  const { top } = placeOf(ctx)
  const named = leases.flatMap(({ resource_name, glob }) =>
    glob ? ctx.lazy.paths().filesWithin(top, resource_name, MOST) : [resource_name],
  )
  return fingerprints(top, named.slice(0, MOST))
}

/** What the command changed of others' files, told to them and returned as a text for the model; null: nothing. */
export function compareShell(attending: Attending): string | null {
  const { ctx, room, memory } = attending
  if (!memory.shell) return null
  const { at, files } = memory.shell
  remember(attending, { shell: null })
  if (ctx.now().wall - at > PATIENCE_MS) return null
  const held = heldByOthers(attending)
  const now = { ...fingerprints(placeOf(ctx).top, Object.keys(files)), ...looksOf(attending, held) }
  const touched = Object.keys(now).filter((name) => now[name] !== (files[name] ?? 'absent'))
  const meets = meetsIn(room)
  const isTouched = (lease: Lease) =>
    touched.some(
      (name) => name === lease.resource_name || meets(lease, { resource_type: 'file', resource_name: name }),
    )
  const changed = held.filter((lease) => isKnown(lease, files) && isTouched(lease))
  for (const lease of changed) tellHolder(attending, lease)
  if (changed.length === 0) return null
  const names = changed
    .map((lease) => `${nameOf(lease)} (held by ${holderName(attending, lease)})`)
    .join(', ')
  return `coord: while your shell command ran, files changed that others hold: ${names}. They were told. If it was you: stop, undo it or agree with them.`
}

/** A claim that was made while the command ran tells nothing of it. */
const isKnown = ({ resource_name, glob }: Lease, files: Record<string, string>) =>
  glob === true || files[resource_name] !== undefined

function holderName({ room }: Attending, { claimed_by }: Lease): string {
  const session = loadSession(room, claimed_by)
  return session ? labelOf(session) : claimed_by
}

function tellHolder({ ctx, room, id, session }: Attending, lease: Lease): void {
  const { resource_type, resource_name, token, claimed_by } = lease
  const subject = `${nameOf(lease)}, which you hold, changed while a shell command of ${labelOf(session)} ran`
  const details = { resource_type, resource_name, token, at: formatInstant(ctx.now().wall) }
  notify(ctx, room, { from: id, to: claimed_by, type: 'claim_bypassed', subject, details, priority: 'high' })
}
