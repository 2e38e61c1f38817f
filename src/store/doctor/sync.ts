/** What is amiss between this room and its remote, as the last round left it: nobody is asked now. */
import type { Finding } from '../../protocol/faults.ts'
import { formatRelative } from '../../protocol/time.ts'
import { listMachines } from '../foreign/machines.ts'
import { FOREIGN } from '../foreign/place.ts'
import { loadProgress } from '../foreign/progress.ts'
import { loadRemote } from '../remote/setting.ts'
import type { Room } from '../room.ts'

/** A remote that did not answer or refused, a clone that publishes as this one, machines whose state can't be read. `now`: epoch ms. */
export function findSyncFaults(room: Room, now: number): Finding[] {
  const setting = settingOf(room)
  if (!setting) return []
  const { trouble, failures, ok_at } = loadProgress(room, setting.machine)
  const since = ok_at === 0 ? 'never yet' : formatRelative(ok_at, now)
  const failed =
    trouble === null ? [] : [`${trouble}${failures > 0 ? `; last round that worked: ${since}` : ''}`]
  return [
    ...failed.map(
      (detail): Finding => ({ path: '.state/remote.json', kind: 'sync', detail, fix: 'coord sync' }),
    ),
    ...listMachines(room).flatMap(({ machine, trouble }): Finding[] =>
      trouble === null
        ? []
        : [
            {
              path: `${FOREIGN}/${machine}`,
              kind: 'machine',
              detail: `published what ${trouble}`,
              fix: null,
            },
          ],
    ),
  ]
}

/** A setting that can't be read is told where claims are. */
function settingOf(room: Room) {
  try {
    return loadRemote(room)
  } catch {
    return null
  }
}
