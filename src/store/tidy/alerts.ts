/** Alerts that are past, with the notes of who was told; notes whose alert is gone. */
import type { Moment } from '../../protocol/claims.ts'
import { isPastAlert, listAlerts, readAlert, toldPath } from '../alerts.ts'
import { removeFile } from '../disk.ts'
import { inRoom, isOwnDirectory, listIn, type Room } from '../room.ts'
import { type Chore, removeEmpty, removeIf } from './chore.ts'

/** What goes: `messages.retention` after it ended. An unreadable one stays. */
export function alertChores(room: Room, now: Moment): Chore[] {
  const quiet = { ...room, problems: [] }
  const { retention } = room.config.messages
  const alerts = listAlerts(quiet)
  const past = alerts.filter((alert) => isPastAlert(alert, now.wall, retention))
  const stays = new Set(listIn(quiet, 'alerts'))
  for (const { id } of past) stays.delete(`${id}.json`)
  const goes = (id: string) => {
    const alert = readAlert(quiet, id)
    return alert !== null && isPastAlert(alert, now.wall, retention)
  }
  const notes = listIn(quiet, '.state/alerts').filter((id) => !stays.has(`${id}.json`) && !id.startsWith('.'))
  return [
    ...past.map(({ id }): Chore => {
      const path = `alerts/${id}.json`
      return { kind: 'alerts', path, run: () => removeIf(room, path, () => goes(id)) }
    }),
    ...notes.map((id): Chore => ({ kind: 'alerts', path: toldPath(id), run: () => forget(room, id) })),
  ]
}

function forget(room: Room, id: string): boolean {
  const path = toldPath(id)
  if (!isOwnDirectory(room, path) || listIn(room, 'alerts').includes(`${id}.json`)) return false
  for (const name of listIn(room, path)) removeFile(inRoom(room, path, name))
  return removeEmpty(room, path)
}
