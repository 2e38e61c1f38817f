/** What changed among the others since a session was last told: who came and went, what was claimed and given back. */
import { clip, visible } from '../escape.ts'
import { nameOf } from '../names.ts'
import { called, type Picture } from '../picture.ts'

/** What a session knows of the room: the others, by id with what they are called, and the claims with whoever holds each. */
export interface Known {
  sessions: Record<string, string>
  claims: Record<string, string>
  /** Its own claims, and what is kept for it: gone from the others, and yet not free. */
  own?: string[]
}

/** What a session may know now. Its own claims are its own affair; those made by a guard without being asked come and go. */
export function knownIn(picture: Picture, id: string): Known {
  const others = picture.active.filter(({ session }) => session.session_id !== id)
  const claims = picture.claims.filter(
    ({ lease, expired }) => !expired && lease.claimed_by !== id && lease.auto !== true,
  )
  return {
    sessions: Object.fromEntries(
      others.map(({ session: { session_id } }) => [session_id, called(picture, session_id)]),
    ),
    claims: Object.fromEntries(claims.map(({ lease }) => [nameOf(lease), lease.claimed_by])),
    own: picture.claims.flatMap(({ lease, expired }) =>
      !expired && lease.claimed_by === id ? nameOf(lease) : [],
    ),
  }
}

const word = (text: string) => clip(visible(text), 80)

/** A line for each change. */
export function changesSince(before: Known, now: Known): string[] {
  const nameIn = (id: string) => word(now.sessions[id] ?? before.sessions[id] ?? id)
  const came = Object.keys(now.sessions).filter((id) => !Object.hasOwn(before.sessions, id))
  const went = Object.keys(before.sessions).filter((id) => !Object.hasOwn(now.sessions, id))
  const claimed = Object.entries(now.claims).filter(([name, by]) => before.claims[name] !== by)
  const own = new Set(now.own)
  const freed = Object.keys(before.claims).filter(
    (name) => !Object.hasOwn(now.claims, name) && !own.has(name),
  )
  return [
    ...claimed.map(([name, by]) => `- ${nameIn(by)} claimed ${word(name)}`),
    ...freed.map((name) => `- ${word(name)} is free again`),
    ...came.map((id) => `- ${nameIn(id)} joined`),
    ...went.map((id) => `- ${nameIn(id)} left`),
  ]
}
