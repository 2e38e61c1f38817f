/** Claim files that differ from the ledgers, and what sessions should remember to hold. The ledgers count. */
import { findLease } from '../../protocol/claims.ts'
import type { Finding } from '../../protocol/faults.ts'
import { isNative } from '../../protocol/foreign.ts'
import type { Head } from '../../protocol/ledger.ts'
import { encodeName, isSessionId } from '../../protocol/names.ts'
import type { Lease } from '../../protocol/records.ts'
import { keptFor } from '../../protocol/remote/kept.ts'
import { publish } from '../claims.ts'
import { lookAt } from '../disk.ts'
import { sha256 } from '../entropy.ts'
import { listHeldMarks, markHeld, unmarkHeld } from '../held.ts'
import { listDomains, readHead } from '../ledger.ts'
import { keepOriginal, moveAside, type Quarantine } from '../quarantine.ts'
import { loadRecord } from '../records.ts'
import { claimFileName, domain as domainOf, inRoom, type Room } from '../room.ts'

/** The claims of the ledgers, by the name of their file. */
function claimsOfLedgers(room: Room): Map<string, { lease: Lease; domain: string; head: Head }> {
  const found = new Map<string, { lease: Lease; domain: string; head: Head }>()
  for (const domain of listDomains(room)) {
    const head = quietHead(room, domain)
    for (const lease of head?.slot?.claims ?? [])
      found.set(claimFileName(lease.resource_type, lease.resource_name), { lease, domain, head: head! })
  }
  return found
}

function quietHead(room: Room, domain: string): Head | null {
  try {
    return readHead(room, domain)
  } catch {
    return null
  }
}

/** Bring one claim file in line with its ledger; what was done, or null where nothing is to be done any more. */
export function mendClaimFile(room: Room, quarantine: Quarantine, path: string): string | null {
  const known = claimsOfLedgers(room).get(path.slice('claims/'.length))
  if (!known) return removeLeftOver(room, quarantine, path)
  keepOriginal(quarantine, path)
  publish(room, known.domain, [known.lease], [], known.head)
  return 'published again from the ledger'
}

/** A file of ours whose claim the ledger has released: taken aside, then published, should it be claimed again meanwhile. */
function removeLeftOver(room: Room, quarantine: Quarantine, path: string): string | null {
  const seen = lookAt(inRoom(room, path))
  const claim = loadRecord({ ...room, problems: [] }, 'claim', path)?.record
  if (!seen || !claim || !isNative(claim)) return null
  const domain = domainOf(claim.resource_type, claim.resource_name)
  const head = quietHead(room, domain)
  if (!head?.slot || findLease(head.slot.claims, claim)) return null
  const moved = moveAside(quarantine, path, seen)
  publish(room, domain, [claim], [], head)
  return moved ? 'moved aside: the ledger has released it' : null
}

/** Claims that their holder does not remember: it would neither renew them nor learn of their loss. Those of guards need neither. */
export function findUnmarked(room: Room, holders: ReadonlySet<string>): Finding[] {
  const tokens = new Map<string, Map<string, number>>()
  const tokenOf = (lease: Lease) => {
    const id = lease.claimed_by
    if (!tokens.has(id))
      tokens.set(
        id,
        new Map(
          listHeldMarks(room, id).map((mark) => [
            claimFileName(mark.resource_type, mark.resource_name),
            mark.token,
          ]),
        ),
      )
    return tokens.get(id)!.get(claimFileName(lease.resource_type, lease.resource_name)) ?? -1
  }
  return [...claimsOfLedgers(room)].flatMap(([name, { lease }]): Finding[] => {
    const id = lease.claimed_by
    if (
      keptFor(lease) ||
      lease.foreign ||
      lease.auto ||
      !isSessionId(id) ||
      !holders.has(id) ||
      tokenOf(lease) >= lease.token
    )
      return []
    const path = `.state/held/${encodeName(id, sha256)}/${name}`
    return [{ path, kind: 'unmarked', detail: `${id} does not remember that it holds this claim` }]
  })
}

/** Let a session remember what it holds; forgotten again if it was released meanwhile. */
export function markAgain(room: Room, quarantine: Quarantine, path: string): string | null {
  const known = claimsOfLedgers(room).get(path.slice(path.lastIndexOf('/') + 1))
  if (!known) return null
  const { lease, domain } = known
  keepOriginal(quarantine, path)
  markHeld(room, lease.claimed_by, lease)
  const now = findLease(quietHead(room, domain)?.slot?.claims ?? [], lease)
  if (now?.claim_id !== lease.claim_id) unmarkHeld(room, lease.claimed_by, lease)
  return 'remembered again'
}
