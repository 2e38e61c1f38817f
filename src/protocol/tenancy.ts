/** Who held what, and when, from looks at a domain one after the other: the slots of its ledger, or records of the room on its branch. */
import type { Resource } from './claims.ts'
import { resourceKey } from './names.ts'
import type { Change, Claim } from './records.ts'
import { parseInstant } from './time.ts'

/** What was held at a time (epoch ms), as one look shows it. */
export interface Look {
  at: number
  claims: Claim[]
  changes?: Change[]
}

/**
 * One holding of a resource under one token, in epoch ms. `from` is null where its beginning is not known. It lasted until `sure`, and
 * at most until `until`: between two records of the room, its end is not known better.
 */
export interface Tenancy extends Resource {
  claimed_by: string
  token: number | null
  from: number | null
  sure: number
  until: number
}

type Open = Omit<Tenancy, 'sure' | 'until'> & { expires: number }

/**
 * All holdings that some looks tell of, ascending in time. `complete`: the looks are all that happened, as slots are; else things may have
 * ended at any time before the look that does not have them any more.
 */
export function tenanciesIn(looks: Look[], complete: boolean): Tenancy[] {
  const ended: Tenancy[] = []
  const open = new Map<string, Open>()
  looks.forEach((look, index) => {
    const there = new Map(look.claims.map((claim) => [keyOf(claim), claim]))
    const seen = complete ? look.at : (looks[index - 1]?.at ?? look.at)
    for (const [key, before] of open) {
      if (there.get(key)?.token === before.token) continue
      ended.push(close(before, seen, look.at))
      open.delete(key)
    }
    for (const [key, claim] of there) open.set(key, reopened(open.get(key), claim, look))
    if (index === 0) ended.push(...endedBefore(look))
  })
  return [...ended, ...[...open.values()].map((last) => close(last, Infinity, Infinity))]
}

const keyOf = ({ resource_type, resource_name }: Resource) => resourceKey(resource_type, resource_name)

function reopened(before: Open | undefined, claim: Claim, { at, changes = [] }: Look): Open {
  const { resource_type, resource_name, glob, claimed_by, token = null } = claim
  const handed = changes.some((change) => change.act === 'transfer' && change.token === token)
  const claimed = parseInstant(claim.claimed_at)
  return {
    ...{ resource_type, resource_name, claimed_by, token, ...(glob ? { glob } : {}) },
    from: before ? before.from : handed ? at : claimed,
    expires: parseInstant(claim.expires_at) ?? Infinity,
  }
}

function close({ expires, ...held }: Open, seen: number, gone: number): Tenancy {
  return { ...held, sure: Math.min(seen, expires), until: Math.min(gone, expires) }
}

/** What the oldest kept look released: held until then, since a time that is not kept. */
function endedBefore({ at, changes = [], claims }: Look): Tenancy[] {
  const held = new Set(claims.map(keyOf))
  return changes
    .filter((change) => ['release', 'force', 'displace'].includes(change.act) && !held.has(keyOf(change)))
    .map(({ resource_type, resource_name, claimed_by, token }) => ({
      ...{ resource_type, resource_name, claimed_by, token },
      ...{ from: null, sure: at, until: at },
    }))
}

/** The same with nothing held beyond the end of its session: `endOf` gives that in epoch ms, or null. */
export function untilEnd(held: Tenancy[], endOf: (session: string) => number | null): Tenancy[] {
  return held.map((tenancy) => {
    const end = endOf(tenancy.claimed_by)
    if (end === null || end < (tenancy.from ?? 0)) return tenancy
    return { ...tenancy, sure: Math.min(tenancy.sure, end), until: Math.min(tenancy.until, end) }
  })
}
