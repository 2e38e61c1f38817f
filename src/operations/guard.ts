import type { Context } from '../context.ts'
import type { Moment } from '../protocol/claims.ts'
import { CoordError, invalid } from '../protocol/errors.ts'
import {
  type GuardDecision,
  type GuardedPath,
  guardPaths,
  type PathClaim,
  type Writer,
} from '../protocol/guard.ts'
import { checkName } from '../protocol/names.ts'
import { quote, wordsOf } from '../protocol/needs.ts'
import { told } from '../protocol/remote/slots.ts'
import { lookAt } from '../store/disk.ts'
import { asMetBy } from '../store/foreign/kept.ts'
import { loadRemote } from '../store/remote/setting.ts'
import type { Room } from '../store/room.ts'
import { asOf } from './as-of.ts'
import { callerOf } from './identify.ts'
import { fileLeases, forfeits, meetsIn } from './leases.ts'
import { defineOperation } from './operation.ts'
import { tellHolder } from './refusal.ts'
import { placeOf } from './resources.ts'
import { shownClaim } from './views.ts'

/**
 * `coord guard`: whether paths may be written by whoever asks. Without a session, whatever is held is another's. Writes nothing. Throws
 * `held` with all `conflicts`; `conflict` in the copy of a room; with a token `lost` where the claim that covers a path has it no more.
 */
export const guard = defineOperation({
  name: 'guard',
  summary: 'Say whether paths may be written: free or yours, or held by another.',
  writes: false,
  input: {
    path: { kind: 'texts', help: 'paths as they are, no globs; a directory is all below it', required: true },
    token: { kind: 'number', help: 'also: your claim of them still has this fencing token' },
  },
  run(ctx, given) {
    const room = ctx.room()
    for (const path of given.path) refuseGlob(ctx, path)
    const now = ctx.now()
    const writer: Writer = { by: callerOf(ctx, room), token: given.token ?? null }
    const { conflicts, own, stale } = judgePaths(ctx, room, given.path, writer, now)
    if (conflicts.length > 0) throw heldError(room, conflicts, now)
    if (stale.length > 0) throw lostError(stale, given.token!)
    // What a copied room has of its original's is not its own: said here where that can be known.
    if (own.some(({ lease }) => 'machine' in lease)) loadRemote(room)
    const claims = new Map(own.map(({ path, lease }) => [path, shownClaim(told(lease, now.wall))]))
    const isFree = given.path.some((path) => !claims.has(path))
    const as_of = isFree ? asOf(room) : undefined
    return {
      ...(as_of === undefined ? {} : { as_of }),
      paths: given.path.map((path) => {
        const claim = claims.get(path)
        const outside = isOutside(ctx, path)
        const kept = claim && 'kept' in claim ? { kept: true as const } : {}
        return { path, free: !claim, ...(claim ? { claim } : {}), ...kept, ...(outside ? { outside } : {}) }
      }),
    }
  },
})

/** Whether a path, and wherever its links lead, lies outside of the repository: only claims by its absolute name tell of it. */
export const isOutside = (ctx: Context, path: string): boolean =>
  ctx.lazy
    .paths()
    .guardedResources(placeOf(ctx), path)
    .every(({ resource_name }) => resource_name.startsWith('/'))

/** A glob that no shell has expanded would be asked for as the name of a file, which is free. */
function refuseGlob({ at: { cwd } }: Context, path: string): void {
  if (!/[*?]/.test(path) || lookAt(path.startsWith('/') ? path : `${cwd}/${path}`)) return
  const hint = `Name the paths, or the directory: coord guard ${quote(path.slice(0, path.search(/[^/]*[*?]/)) || '.')}`
  throw invalid('path', `path ${JSON.stringify(path)} is a glob, and no file of that name is there`, hint)
}

/** Judge paths as given (absolute, or from the working directory) for a writer, without an error for what is held. Reads only. */
export function judgePaths(
  ctx: Context,
  room: Room,
  paths: string[],
  writer: Writer,
  now: Moment,
): GuardDecision {
  const place = placeOf(ctx)
  for (const path of paths) checkName(path)
  const guarded = paths.map((path) => ({
    path,
    resources: ctx.lazy.paths().guardedResources(place, path),
  }))
  const all = fileLeases(
    room,
    guarded.flatMap(({ resources }) => resources),
    now,
  )
  // What is kept for the writer has its own token only once it was claimed.
  const leases = asMetBy(room, all, writer.by).filter((lease) => !writer.token || all.includes(lease))
  const { skewMargin: margin_ms } = room.config.claims
  return guardPaths(guarded, leases, writer, {
    now,
    margin_ms,
    forfeit: forfeits(room, now),
    meets: meetsIn(room),
  })
}

const MOST = 10

/** Held paths with their holders, and a line for each of the first: who holds it, until when and why. */
export function tellConflicts(room: Room, conflicts: PathClaim[], now: Moment) {
  const held = conflicts.map((conflict) => {
    const lease = told(conflict.lease, now.wall)
    return { ...conflict, lease, ...tellHolder(room, lease, now) }
  })
  const lines = held.slice(0, MOST).map(({ path, lease, who, term }) => {
    const { resource_name, phase, note, provisional } = lease
    const as = resource_name === path ? '' : ` as ${resource_name}`
    const why = [phase, note].filter(Boolean).join(' – ')
    const doubt = provisional ? ' (provisional)' : ''
    return `${path} is held by ${who}${as} ${term}${doubt}${why === '' ? '' : `: ${why}`}`
  })
  if (held.length > MOST) lines.push(`and ${held.length - MOST} more`)
  return { held, lines }
}

/** The refusal that names each held path. */
function heldError(room: Room, conflicts: PathClaim[], now: Moment): CoordError {
  const { held, lines } = tellConflicts(room, conflicts, now)
  const [first] = held
  const { resource_type, resource_name } = first!.lease
  return new CoordError(
    'held',
    lines.join('\n'),
    `Do something else; coord wait ${wordsOf(first!.resource)} tells when it is free. Or ask: coord send ${quote(first!.called)} "…"`,
    {
      resource_type,
      resource_name,
      holder: first!.holder,
      conflicts: held.map(({ path, lease, called, holder }) => ({
        path,
        claim: shownClaim(lease),
        holder,
        holder_name: called,
      })),
    },
  )
}

function lostError(stale: GuardedPath[], token: number): CoordError {
  const paths = stale.map(({ path }) => path)
  const { resource_type, resource_name } = stale[0]!.resources[0]!
  return new CoordError(
    'lost',
    `you hold no claim of ${paths.join(', ')} with token ${token}`,
    'Stop work there; coord claims --mine --json shows what you hold.',
    { resource_type, resource_name, paths, token },
  )
}
