/** Keeping `alerts/` in line with what holds; what could not be written is remembered by the process alone. */
import type { Context } from '../context.ts'
import { alertChanges, openAlerts } from '../protocol/live/alerts.ts'
import type { Condition } from '../protocol/live/conditions.ts'
import type { Alert } from '../protocol/records.ts'
import { type AlertMemory, changeAlert, listAlerts, openAlert, takeTelling } from '../store/alerts.ts'
import { sha256 } from '../store/entropy.ts'
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

/** Bring the alerts in line with the conditions that hold. Returns those that are open, and those that began by this. */
export function noteAlerts(
  ctx: Context,
  conditions: Condition[],
  book: AlertBook,
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
  const { opened, reopened, closed } = alertChanges(known(), conditions, ctx.now().wall, sha256)
  const began = opened.filter((alert) => put(alert, () => openAlert(room, alert)) !== false)
  for (const alert of [...reopened, ...closed])
    put(alert, () => {
      changeAlert(room, alert)
      return true
    })
  return { open: openAlerts(known()), began }
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
