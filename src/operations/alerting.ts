/** Keeping `alerts/` in line with what holds; what could not be written is remembered by the process alone. */
import type { Context } from '../context.ts'
import { alertChanges, type Cause, openAlerts } from '../protocol/live/alerts.ts'
import { CONFLICTS, conflictsOf, isOrdinary } from '../protocol/live/conflicts.ts'
import { look } from '../protocol/picture.ts'
import type { Alert } from '../protocol/records.ts'
import { type AlertMemory, changeAlert, listAlerts, openAlert, takeTelling } from '../store/alerts.ts'
import { sha256 } from '../store/entropy.ts'
import { repositoryOf } from '../store/room.ts'
import { readEverything } from '../store/snapshot.ts'
import { alertChores } from '../store/tidy/alerts.ts'
import { attempt } from './act.ts'

/** What who goes on looking remembers: the files that were read, what the room could not take, what was told on which channel. */
export interface AlertBook {
  files: AlertMemory
  own: Map<string, Alert>
  told: Set<string>
}

/** An empty book. */
export const newBook = (): AlertBook => ({ files: new Map(), own: new Map(), told: new Set() })

/** Bring the alerts of some kinds in line with the causes that hold. Returns all that are open, and those that began by this. */
export function noteAlerts(
  ctx: Context,
  causes: Cause[],
  book: AlertBook,
  kinds?: object,
): { open: Alert[]; began: Alert[] } {
  const room = ctx.room()
  const put = <T>(alert: Alert, write: () => T): T | null => {
    const done = book.own.has(alert.id) ? null : attempt(ctx, write)
    if (done === null) book.own.set(alert.id, alert)
    return done
  }
  const known = () => [
    ...listAlerts(room, book.files).filter(({ id }) => !book.own.has(id)),
    ...book.own.values(),
  ]
  const changes = alertChanges(known(), causes, ctx.now().wall, sha256, kinds)
  const { opened, reopened, changed, closed } = changes
  const began = opened.filter((alert) => put(alert, () => openAlert(room, alert)) !== false)
  for (const alert of [...reopened, ...changed, ...closed])
    put(alert, () => {
      changeAlert(room, alert)
      return true
    })
  return { open: openAlerts(known()), began }
}

/** The same for conflicts between sessions. Who works in the room's repository alone is noted, but nothing to tell of. */
export function noteConflictAlerts(ctx: Context, book: AlertBook): { open: Alert[]; began: Alert[] } {
  const room = ctx.room()
  const picture = look(readEverything({ ...room, problems: [] }, ctx.now()).records, ctx.now(), room.config)
  const noted = noteAlerts(ctx, conflictsOf(picture), book, CONFLICTS)
  const isNews = (alert: Alert) => !isOrdinary(alert, repositoryOf(room))
  return { open: noted.open.filter(isNews), began: noted.began.filter(isNews) }
}

/** Whether this process is the one that tells an alert on a channel: once per alert and room. */
export function mayTell(ctx: Context, { id }: Alert, channel: string, book: AlertBook): boolean {
  const mark = `${channel} ${id}`
  if (book.told.has(mark)) return false
  book.told.add(mark)
  return attempt(ctx, () => takeTelling(ctx.room(), id, channel, ctx.now().wall)) !== false
}

/** Remove what is past, as gc does. */
export function pruneAlerts(ctx: Context): void {
  attempt(ctx, () => {
    for (const { run } of alertChores(ctx.room(), ctx.now())) run()
  })
}
