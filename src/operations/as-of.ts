/** How old what a room knows of other machines is, for answers that say that nobody holds something. Asks nobody. */
import { formatInstant, formatRelative } from '../protocol/time.ts'
import { loadProgress } from '../store/foreign/progress.ts'
import { loadRemote } from '../store/remote/setting.ts'
import type { Room } from '../store/room.ts'

/** When the last round of sync looked (an instant, null for never), or `undefined` where no remote is set, or can't be believed. */
export function asOf(room: Room): string | null | undefined {
  try {
    const setting = loadRemote(room)
    if (!setting) return undefined
    const { ok_at } = loadProgress(room, setting.machine)
    return ok_at > 0 ? formatInstant(ok_at) : null
  } catch {
    return undefined
  }
}

/** The same in words that follow a sentence; empty where no remote is set. `now`: epoch ms. */
export function sinceLook(at: string | null | undefined, now: number): string {
  if (at === undefined) return ''
  if (at === null) return ' here; other machines were never looked at: coord sync'
  return ` as of the last look ${formatRelative(Date.parse(at), now)}: coord sync`
}
