/** Writing what a refresh of a large room read (store/board-cache.ts): every ten seconds at most, so it is loaded only then. */
import { digestOf, digestOfLease, packDigests } from '../../protocol/digest.ts'
import { replaceFile } from '../atomic.ts'
import { CACHE_FILE, listed, recordsIn } from '../board-cache.ts'
import { type FoundLease, isOwnClaimFile } from '../claims.ts'
import type { Named } from '../records.ts'
import { place, type Room } from '../room.ts'
import { isOwnFile } from '../sessions.ts'

/** The texts of so many sessions are kept, of those seen last: a few more than are shown. */
const WHOLE = 120

/**
 * A line that tells of when it is; what the directories held; the digests of the sessions, those seen last first; the leases, in the order
 * of their ends; and the text of each of the latest sessions on a line. Files that had to be repaired stay out, and copies.
 */
export function saveCache(
  room: Room,
  now: number,
  journal: string,
  { sessions, claims, names }: Found,
): void {
  const repaired = new Set(room.problems.map(({ path }) => path))
  const clean = sessions.filter((each) => isOwnFile(each) && !repaired.has(`sessions/${each.name}`))
  const latest = clean.toSorted(latestFirst)
  const held = claims.filter((each) => isOwnClaimFile(each) && !repaired.has(`claims/${each.name}`))
  const leases = held.toSorted(soonestFirst).map(({ name, lease }) => ({ name, lease: digestOfLease(lease) }))
  const whole = latest.slice(0, WHOLE).map(({ record }) => record)
  const digests = packDigests(latest.map(({ record }) => digestOf(record)))
  const all = [listing(names[0], '.json', latest.length), listing(names[1], '.claim', held.length)]
  const lines = [all, digests, leases, ...whole].map((each) => JSON.stringify(each))
  const head = `${now} ${journal.length} ${whole.length}`
  replaceFile(place(room, CACHE_FILE), `${head}\n${lines.join('\n')}\n`)
}

/** What a directory held, where all records of it are in the cache: others must be read each time. */
const listing = (names: string[], suffix: string, kept: number) =>
  recordsIn(names, suffix).length === kept ? listed(names) : null

/** What was read, and the names that the directories of sessions and of claims held. */
interface Found {
  sessions: Named<'session'>[]
  claims: FoundLease[]
  names: readonly [sessions: string[], claims: string[]]
}

/** As the board has them (`look`), where their ends are told in one form. */
function soonestFirst({ lease: a }: FoundLease, { lease: b }: FoundLease): number {
  if (a.expires_at !== b.expires_at) return a.expires_at < b.expires_at ? -1 : 1
  return a.resource_name < b.resource_name ? -1 : 1
}

/** As the board has them (`look`), for sessions that tell when they were seen. */
function latestFirst({ record: a }: Named<'session'>, { record: b }: Named<'session'>): number {
  const [one, other] = [a.last_seen ?? '', b.last_seen ?? '']
  if (one !== other) return one < other ? 1 : -1
  return a.session_id < b.session_id ? -1 : 1
}
