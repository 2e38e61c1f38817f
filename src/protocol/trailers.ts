/** The trailers of commits: `Coord-Session: <id>`, and `Coord-Claim: <type>/<resource>#<token>` for each claim that covered what was committed. */
import type { Resource } from './claims.ts'
import type { Lease } from './records.ts'

export const SESSION_TRAILER = 'Coord-Session'
export const CLAIM_TRAILER = 'Coord-Claim'

/** A claim as a trailer names it. */
export interface TrailedClaim extends Resource {
  token: number
}

/** A name in the ASCII of URIs, so that none breaks a line or a trailer; `#` begins the token. */
const encode = (name: string) => encodeURI(name.toWellFormed()).replaceAll('#', '%23')

const resourceText = ({ resource_type, resource_name }: Resource) =>
  `${resource_type}/${encode(resource_name)}`

/** The value of a claim's trailer. */
export function claimValue(claim: Pick<Lease, 'resource_type' | 'resource_name' | 'token'>): string {
  return `${resourceText(claim)}#${claim.token}`
}

/** The claim that a trailer's value names; null for anything else. */
export function readClaimValue(text: string): TrailedClaim | null {
  const [, resource_type, name, token] = /^([a-z][a-z0-9_]*)\/(\S+)#(\d{1,15})$/.exec(text.trim()) ?? []
  try {
    return name
      ? { resource_type: resource_type!, resource_name: decodeURIComponent(name), token: Number(token) }
      : null
  } catch {
    return null
  }
}

/** The trailers of a commit, as `Key: value`. */
export function trailersOf(session: string, claims: Lease[]): string[] {
  const values = [...new Set(claims.map(claimValue))].sort()
  return [`${SESSION_TRAILER}: ${session}`, ...values.map((value) => `${CLAIM_TRAILER}: ${value}`)]
}

/** A message without the trailers of some claims' resources under other tokens: the amended commit is made under the new ones. */
export function withoutOlder(message: string, claims: Lease[]): string {
  const now = new Map(claims.map((claim) => [resourceText(claim), claim.token]))
  const isOlder = (line: string) => {
    const [, resource, token] = new RegExp(`^${CLAIM_TRAILER}: (\\S+)#(\\d+)$`).exec(line) ?? []
    return resource !== undefined && now.has(resource) && now.get(resource) !== Number(token)
  }
  return message
    .split('\n')
    .filter((line) => !isOlder(line))
    .join('\n')
}
