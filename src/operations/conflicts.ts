import type { Context } from '../context.ts'
import { isGlob } from '../protocol/globs.ts'
import { openAlerts } from '../protocol/live/alerts.ts'
import { isConflict } from '../protocol/live/conflicts.ts'
import type { Alert } from '../protocol/records.ts'
import { alertsNow, onlyPeeks, readerOf, showAlerts } from './alerts.ts'
import { isOutside, judgePaths } from './guard.ts'
import { defineOperation } from './operation.ts'
import { placeOf } from './resources.ts'
import { shownClaim } from './views.ts'

/** `coord conflicts`: where sessions get in each other's way now; with paths, about these, and who holds them. */
export const conflicts = defineOperation({
  name: 'conflicts',
  summary: "Show where sessions get in each other's way.",
  writes: true,
  input: {
    file: { kind: 'texts', help: 'about these paths alone, and who holds them' },
    acknowledge: { kind: 'flag', help: 'mark what is shown read' },
    peek: { kind: 'flag', help: 'write nothing: what is shown does not count as delivered' },
    limit: { kind: 'count', help: 'at most so many (default 50)' },
    as: { kind: 'text', help: 'human: as the person' },
  },
  looks: onlyPeeks,
  look: { peek: true },
  run(ctx, given) {
    const room = ctx.room()
    const reader = readerOf(ctx, room, given.as, given.acknowledge)
    const found = openAlerts(alertsNow(ctx, room, given.peek)).filter(isConflict)
    if (!given.file?.length) return showAlerts(ctx, room, found, reader, given)
    const writer = { by: reader?.session ? reader.id : null, token: null }
    const judged = judgePaths(ctx, room, given.file, writer, ctx.now())
    const about = found.filter(aboutPaths(ctx, given.file))
    const paths = given.file.map((path) => {
      const held = judged.running.filter((each) => each.path === path)
      const claims = held.map(({ lease }) => shownClaim(lease))
      return { path, free: claims.length === 0, claims, ...(isOutside(ctx, path) ? { outside: true } : {}) }
    })
    return { ...showAlerts(ctx, room, about, reader, given), paths }
  },
})

/** Whether a conflict is about a file that some paths mean. */
function aboutPaths(ctx: Context, files: string[]): (alert: Alert) => boolean {
  const { guardedResources, overlap } = ctx.lazy.paths()
  const meant = files.flatMap((path) => guardedResources(placeOf(ctx), path))
  return ({ resource_type, resource_name }) => {
    if (resource_type !== 'file' || !resource_name) return false
    // Alerts name what is claimed, which may be a glob, as the refused one was told it.
    const named = [
      { resource_type, resource_name },
      { resource_type, resource_name, glob: true },
    ]
    return meant.some((each) =>
      named.slice(0, isGlob(resource_name) ? 2 : 1).some((one) => overlap(each, one)),
    )
  }
}
