/**
 * Claims on disk: the holdings of a domain as its ledger tells them, and `claims/*.claim`, the projection that people and
 * scripts read. Who may write a claim file: whoever moved the ledger, from its head. A crash between link and publish
 * leaves the file behind the ledger until the next writing command on that resource.
 */
import { findLease, type Holdings, type Moment, type Resource } from '../protocol/claims.ts'
import { isNative, leaseOfFile, mergeClaims, toClaim } from '../protocol/foreign.ts'
import type { Head } from '../protocol/ledger.ts'
import { decodeName, fold, resourceKey } from '../protocol/names.ts'
import type { Lease } from '../protocol/records.ts'
import { firstCounter } from '../protocol/slots.ts'
import { ensureDirectory, replaceFile } from './atomic.ts'
import { removeFile } from './disk.ts'
import { listDomains, publishWith, readHead } from './ledger.ts'
import { loadRecord, recordText } from './records.ts'
import { claimFileName, domain, inRoom, listIn, place, type Room } from './room.ts'

const SUFFIX = '.claim'

/** The lease in a claim file, or null. */
export function loadClaimFile(room: Room, name: string, now: number): Lease | null {
  const claim = loadRecord(room, 'claim', `claims/${name}`)?.record
  return claim ? leaseOfFile(claim, room.config.claims, now) : null
}

/** Every readable claim file, one of each resource. */
export function listClaimFiles(room: Room, now: number): Lease[] {
  const names = listIn(room, 'claims').filter((name) => name.endsWith(SUFFIX) && !name.startsWith('.'))
  const found = names.flatMap((name) => {
    const lease = loadClaimFile(room, name, now)
    return lease ? { name, lease } : []
  })
  return distinctLeases(room, found)
}

/** A lease with the name of the claim file that tells of it. */
export interface FoundLease {
  name: string
  lease: Lease
}

/**
 * One lease of each resource: a second file of it (a sync copy, another spelling) is named and left out. Those of `sure` are of one resource
 * each, and in files of their own names.
 */
export function distinctLeases(room: Room, files: FoundLease[], sure: FoundLease[] = []): Lease[] {
  const leases = sure.map(({ lease }) => lease)
  if (files.length === 0) return leases
  const found = new Map<string, FoundLease>()
  for (const file of [...sure, ...files]) {
    const { name, lease } = file
    const key = resourceKey(lease.resource_type, lease.resource_name)
    const other = found.get(key)
    const better = !other || weight(lease, name) > weight(other.lease, other.name)
    if (other) {
      const copy = better ? other.name : name
      room.problems.push({ path: `claims/${copy}`, kind: 'copy', detail: `repeats the claim of ${key}` })
    }
    if (better) found.set(key, file)
  }
  return [...found.values()].map(({ lease }) => lease)
}

/** Whether a claim file has the name that coord gives it: of one resource there can be only one. */
export function isOwnClaimFile({ name, lease }: FoundLease): boolean {
  return name === claimFileName(lease.resource_type, lease.resource_name)
}

/** Which of two files of one resource counts: ours before a script's, the one of the right name before a copy. */
function weight(lease: Lease, name: string): number {
  return (lease.foreign ? 0 : 2) + (name === claimFileName(lease.resource_type, lease.resource_name) ? 1 : 0)
}

export type FindClaimFile = (resource: Resource) => Lease | null

/** Finds the claim file of a resource, under whatever spelling of its name, or null; looks once for each. */
export function claimFileFinder(room: Room, now: number): FindClaimFile {
  const seen = new Map<Resource, Lease | null>()
  return (resource) => {
    if (!seen.has(resource)) seen.set(resource, findClaimFile(room, resource, now))
    return seen.get(resource)!
  }
}

/** The claim file of a resource as it is now. */
export function findClaimFile(
  room: Room,
  { resource_type, resource_name }: Resource,
  now: number,
): Lease | null {
  const key = resourceKey(resource_type, resource_name)
  const found = spellings(room, { resource_type, resource_name }).flatMap((name) => {
    const lease = loadClaimFile(room, name, now)
    return lease && resourceKey(lease.resource_type, lease.resource_name) === key ? [{ lease, name }] : []
  })
  found.sort((a, b) => weight(b.lease, b.name) - weight(a.lease, a.name))
  return found[0]?.lease ?? null
}

/** The code of an ASCII character in lower case. */
const lower = (code: number) => (code > 64 && code < 91 ? code + 32 : code)

/** The names of claim files that may be of a resource; scripts put names in as they are. */
function spellings(room: Room, { resource_type, resource_name }: Resource): string[] {
  const exact = claimFileName(resource_type, resource_name)
  const wanted = fold(resource_name)
  const wantedLast = wanted.charCodeAt(wanted.length - 1)
  const prefix = `${resource_type}-`
  const isSpelling = (file: string) => {
    const end = file.length - SUFFIX.length
    // Most are another name by their last letter, unless that is written as %XX: decoding and folding five hundred costs half a millisecond.
    const last = file.charCodeAt(end - 1)
    if (last < 0x7f && lower(last) !== wantedLast && file[end - 3] !== '%') return false
    if (!file.endsWith(SUFFIX) || !file.startsWith(prefix)) return false
    const name = decodeName(file.slice(prefix.length, end))
    return name !== null && fold(name) === wanted
  }
  return listIn(room, 'claims').filter((file) => file === exact || isSpelling(file))
}

/** The folded names of a type of which there may be claim files, as far as the files' names tell. */
export function namedInClaimFiles(room: Room, type: string): Set<string> {
  const names = listIn(room, 'claims').filter((file) => file.startsWith(`${type}-`) && file.endsWith(SUFFIX))
  return new Set(
    names.flatMap((file) => decodeName(file.slice(type.length + 1, -SUFFIX.length)) ?? []).map(fold),
  )
}

/**
 * What a domain holds. A domain without a ledger holds what our own claim files say (they outlive a deleted ledger, with
 * their tokens), and its counter begins at unix seconds.
 */
export function holdingsOf(
  room: Room,
  name: string,
  head: Head,
  resource: Resource,
  now: Moment,
  find: FindClaimFile = claimFileFinder(room, now.wall),
): Holdings {
  if (head.slot) return { claims: head.slot.claims, counter: head.slot.counter }
  const files = name === 'file' ? listClaimFiles(room, now.wall) : [find(resource)]
  const claims = files.filter((lease): lease is Lease => lease !== null && isNative(lease) && !lease.foreign)
  const own = claims.filter((lease) => domain(lease.resource_type, lease.resource_name) === name)
  return { claims: own, counter: firstCounter(own, now) }
}

/**
 * Bring the claim files of some resources in line with the head just appended; again while it moves. `before`: the claims that were.
 * False when the ledger was deleted meanwhile.
 */
export function publish(
  room: Room,
  name: string,
  resources: Resource[],
  before: Lease[],
  appended: Head,
): boolean {
  ensureDirectory(room.root, inRoom(room, 'claims'))
  return publishWith(room, name, appended, ({ slot }) => {
    for (const resource of resources)
      publishOne(room, slot?.claims ?? [], resource, findLease(before, resource))
  })
}

function publishOne(room: Room, claims: Lease[], resource: Resource, before: Lease | undefined): void {
  const lease = findLease(claims, resource)
  const current = lease && claimFileName(lease.resource_type, lease.resource_name)
  const names = [resource, before].flatMap((known) =>
    known ? claimFileName(known.resource_type, known.resource_name) : [],
  )
  if (before?.foreign) names.push(...spellings(room, resource))
  for (const name of new Set(names)) if (name !== current) removeClaimFile(room, name, before)
  if (!lease || lease.foreign) return
  replaceFile(place(room, 'claims', current!), recordText(toClaim(lease)))
  room.changed.add(`claims/${current}`)
}

/** Remove a claim file that is ours, or the script's file that was just released; a newer script's file stays. */
function removeClaimFile(room: Room, name: string, released: Lease | undefined): void {
  const file = loadRecord(room, 'claim', `claims/${name}`)?.record
  if (!file) return
  if (isNative(file) || leaseOfFile(file, room.config.claims, 0).claim_id === released?.claim_id)
    removeFile(inRoom(room, 'claims', name))
}

/** Every claim that counts, from the ledgers and from script files; a claim file that differs is named in `room.problems`. */
export function listLeases(room: Room, now: number): Lease[] {
  const files = listClaimFiles(room, now)
  const readings = listDomains(room).flatMap((name) => {
    const claims = readClaims(room, name)
    return claims === undefined ? [] : { name, claims }
  })
  const domains = new Set(readings.map(({ name }) => name))
  const ledgers = readings.flatMap(({ claims }) => claims ?? [])
  const readable = new Set(readings.flatMap(({ name, claims }) => (claims ? [name] : [])))
  const orphans = files.filter(
    (file) => !file.foreign && !domains.has(domain(file.resource_type, file.resource_name)),
  )
  const { leases, drifted } = mergeClaims([...ledgers, ...orphans], files)
  for (const lease of [...drifted, ...leftOver(files, leases, readable)]) {
    const file = `claims/${claimFileName(lease.resource_type, lease.resource_name)}`
    room.problems.push({
      path: file,
      kind: 'drifted',
      detail: 'is missing or differs from the ledger, which counts',
    })
  }
  return leases
}

/** Our own claim files of which the ledger knows nothing any more. */
function leftOver(files: Lease[], leases: Lease[], domains: Set<string>): Lease[] {
  return files.filter(
    (file) =>
      !file.foreign &&
      domains.has(domain(file.resource_type, file.resource_name)) &&
      !findLease(leases, file),
  )
}

/** The claims of a ledger; undefined where only its directory is left, null where it can't be read. */
function readClaims(room: Room, name: string): Lease[] | undefined | null {
  try {
    return readHead(room, name).slot?.claims
  } catch (error) {
    room.problems.push({ path: `.state/ledger/${name}`, kind: 'damaged', detail: (error as Error).message })
    return null
  }
}

/** Publish again the claims whose files are missing or differ from the ledger. */
export function republishDrifted(room: Room, now: number): void {
  if (room.config.compat.rmReleases) return
  const files = listClaimFiles(room, now)
  for (const name of listDomains(room)) {
    const head = headOrNull(room, name)
    const { drifted } = mergeClaims(head?.slot?.claims ?? [], files)
    if (head && drifted.length > 0) publish(room, name, drifted, [], head)
  }
}

function headOrNull(room: Room, name: string): Head | null {
  try {
    return readHead(room, name)
  } catch {
    return null
  }
}
