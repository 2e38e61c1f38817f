/** Writing what a refresh of a large room read (store/board-cache.ts): every ten seconds at most, so it is loaded only then. */
import { digestOf } from '../../protocol/digest.ts'
import { replaceFile } from '../atomic.ts'
import { CACHE_FILE, type Sources } from '../board-cache.ts'
import { type FoundLease, isOwnClaimFile } from '../claims.ts'
import type { Named } from '../records.ts'
import { place, type Room } from '../room.ts'
import { isOwnFile } from '../sessions.ts'

/** The texts of so many sessions are kept, of those seen last: a few more than are shown. */
const WHOLE = 120

/**
 * A line that tells of when it is; the digests of the sessions, those seen last first; the leases; and the text of each of the latest sessions on
 * a line. Files that had to be repaired stay out, and copies.
 */
export function saveCache(
  room: Room,
  now: number,
  journal: string,
  { sessions, claims }: Pick<Sources, 'sessions'> & { claims: FoundLease[] },
): void {
  const repaired = new Set(room.problems.map(({ path }) => path))
  const clean = sessions.filter((each) => isOwnFile(each) && !repaired.has(`sessions/${each.name}`))
  const latest = clean.toSorted(latestFirst)
  const digests = latest.map(({ name, record }) => ({ name, record: digestOf(record) }))
  const held = claims.filter((each) => isOwnClaimFile(each) && !repaired.has(`claims/${each.name}`))
  const whole = latest.slice(0, WHOLE).map(({ record }) => record)
  const lines = [digests, held, ...whole].map((each) => JSON.stringify(each))
  const head = `${now} ${journal.length} ${whole.length}`
  replaceFile(place(room, CACHE_FILE), `${head}\n${lines.join('\n')}\n`)
}

/** As the board has them (`look`), for sessions that tell when they were seen. */
function latestFirst({ record: a }: Named<'session'>, { record: b }: Named<'session'>): number {
  const [one, other] = [a.last_seen ?? '', b.last_seen ?? '']
  if (one !== other) return one < other ? 1 : -1
  return a.session_id < b.session_id ? -1 : 1
}
