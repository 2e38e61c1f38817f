/** Whether anything in a room may have changed, for the price of asking for times: who looks every second need not read what is as it was. */
import { listNames, lookAt } from './disk.ts'
import { inRoom, type Room } from './room.ts'
import { isTail, statusDirectories } from './tails.ts'

/** Where something new shows: every act of coord replaces the board at the top; scripts put files in place, and append to status files. */
const PLACES = [
  '',
  'config.json',
  'sessions',
  'claims',
  'heartbeats',
  'messages/broadcast',
  'messages/direct',
  'receipts',
  'alerts',
]
/** File systems tell times in steps of some milliseconds: of what changed just now, a second change may not show. */
const STEP_MS = 100

/**
 * A text that is another one after each change, or null while it can't be told (`now`: epoch ms, by the clock that files have). What is changed in place elsewhere,
 * e.g. a session's file by an editor, does not show: look in full now and then.
 */
export function markOf(room: Room, now = Date.now()): string | null {
  const places = PLACES.map((place) => inRoom(room, place))
  const tails = statusDirectories(room).flatMap((dir) => [
    dir,
    ...listNames(dir)
      .filter(isTail)
      .map((name) => `${dir}/${name}`),
  ])
  const all = [...places, ...tails]
  const seen = all.map((path) => lookAt(path))
  const newest = seen.reduce((time, stat) => Math.max(time, stat?.mtimeMs ?? 0), 0)
  if (Math.abs(now - newest) < STEP_MS) return null
  return seen
    .map((stat, at) => (stat ? `${all[at]} ${stat.ino} ${stat.size} ${stat.mtimeMs}` : ''))
    .join('\n')
}
