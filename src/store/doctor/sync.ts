/** What is amiss between this room and its remote, as the last round left it: nobody is asked now. */
import type { Finding } from '../../protocol/faults.ts'
import type { FarLease } from '../../protocol/remote/slots.ts'
import { formatRelative, parseInstant } from '../../protocol/time.ts'
import { listLeases } from '../claims.ts'
import { listMachines } from '../foreign/machines.ts'
import { FOREIGN } from '../foreign/place.ts'
import { loadProgress } from '../foreign/progress.ts'
import { readContact } from '../remote/contact.ts'
import { SET_UP } from '../remote/layout.ts'
import { loadRemote } from '../remote/setting.ts'
import { claimFileName, type Room } from '../room.ts'

/** A remote that did not answer or refused, a clone that publishes as this one, machines whose state can't be read, claims that wait for long. `now`: epoch ms. */
export function findSyncFaults(room: Room, now: number): Finding[] {
  const setting = settingOf(room)
  if (!setting) return []
  if ('detail' in setting)
    return [{ path: '.state/remote.json', kind: 'sync', detail: setting.detail, fix: 'coord remote setup' }]
  const { trouble, failures, ok_at } = loadProgress(room, setting.machine)
  const since = ok_at === 0 ? 'never yet' : formatRelative(ok_at, now)
  const refused = refusedNow(room)
  const told = trouble === null || refused ? [] : [trouble]
  const failed = told.map((each) => `${each}${failures > 0 ? `; last round that worked: ${since}` : ''}`)
  return [
    ...(refused ? [refused] : []),
    ...failed.map(
      (detail): Finding => ({ path: '.state/remote.json', kind: 'sync', detail, fix: 'coord sync' }),
    ),
    ...findProvisional(room, setting.remote, now),
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

/** A remote that was found to be another one, or emptied, by whoever asked it last: no round helps there. */
function refusedNow(room: Room): Finding | null {
  const { trouble } = readContact(room)
  if (!trouble?.detail.endsWith(`: ${SET_UP}`)) return null
  const detail = trouble.detail.slice(0, -`: ${SET_UP}`.length)
  return { path: '.state/remote.json', kind: 'sync', detail, fix: SET_UP }
}

const HOUR = 3_600_000

/** Claims of this room that the remote has not taken for an hour, or whose end there is over for so long. */
function findProvisional(room: Room, remote: string, now: number): Finding[] {
  return listLeases({ ...room, problems: [] }, now).flatMap((lease: FarLease): Finding[] => {
    const { provisional, taken_until, claimed_at, claimed_by, foreign, resource_type, resource_name } = lease
    const since = parseInstant(provisional ? claimed_at : taken_until)
    if (foreign || since === null || now - since < HOUR) return []
    const path = `claims/${claimFileName(resource_type, resource_name)}`
    const detail = `of ${claimed_by} is provisional since ${formatRelative(since, now)}: ${remote} has not taken it, so others may`
    return [{ path, kind: 'provisional', detail, fix: 'coord remote settle' }]
  })
}

/** The setting, or what is wrong with it. */
function settingOf(room: Room) {
  try {
    return loadRemote(room)
  } catch (error) {
    return { detail: (error as Error).message }
  }
}
