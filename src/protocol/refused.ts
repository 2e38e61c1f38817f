/** What a refused move says and what the next step is, by its code, and other rare refusals: the words alone, which the first bundle does without. */

import type { Resource } from './claims.ts'
import { CoordError, invalid } from './errors.ts'
import { namesOf } from './names.ts'

/** What is said where a verb names no claim and the session holds none, or several. */
export function whichClaim(own: Resource[], verb: string): CoordError {
  if (own.length === 0)
    return new CoordError('not_found', 'you hold no claim', 'coord claims lists what is claimed.')
  return new CoordError(
    'ambiguous',
    `you hold ${own.length} claims: ${namesOf(own)}`,
    `coord ${verb} TYPE NAME, or coord ${verb} --all`,
    {
      candidates: own.map(({ resource_type, resource_name }) => ({ resource_type, resource_name })),
    },
  )
}

/** A ledger that lies outside of the room. */
export function linkedLedger(domain: string): CoordError {
  const path = `.state/ledger/${domain}`
  return new CoordError(
    'damaged',
    `the ledger ${path} is behind a symbolic link, which is not followed`,
    'Move the link away; the claim files tell what was claimed.',
    { path, domain },
  )
}

/** What a forced release wants as well. */
export const forceWants = (what: 'reason' | 'type'): CoordError =>
  what === 'reason'
    ? invalid(
        what,
        '--force needs --reason',
        'Say why, e.g. --reason "its session crashed"; the holder is told.',
      )
    : invalid(what, '--force needs the claim to release', 'coord release TYPE NAME --force --reason "…"')

/** Of a resource that nobody holds (`lost`: any more): message and hint. */
export const ABSENT = {
  lost: (name: string, words: string): [string, string] => [
    `you no longer hold ${name}: it was released, or its ledger is gone`,
    `coord claim ${words}`,
  ],
  not_found: (name: string): [string, string] => [
    `there is no claim of ${name}`,
    'coord claims lists what is claimed.',
  ],
} satisfies Record<string, (name: string, words: string) => string[]>

/** What a refusal tells of a resource that somebody holds, each in words; `later` waits for it, `gone` is said where the holder's process is no more. */
interface Held {
  name: string
  words: string
  who: string
  term: string
  send: string
  why: string
  later: string
  gone: string
}

type Say = (held: Held) => { message: string; hint: string }

/** Of one that somebody holds. */
export const PRESENT = {
  held: ({ name, words, who, term, later, gone }) => ({
    message: `${name} is held by ${who} ${term}`,
    hint: gone
      ? `${gone}\n${later}`
      : `${later}, or coord request ${words} --reason "…"\ncoord release ${words} --force --reason "…" if the holder is gone for good`,
  }),
  not_owner: ({ name, words, who, term, send, why }) =>
    why === 'token'
      ? {
          message: `${name} is yours, but not with that token`,
          hint: 'coord claims --mine --json shows the token.',
        }
      : {
          message: `${name} belongs to ${who} ${term}`,
          hint: `Ask: ${send}; or coord release ${words} --force --reason "…"`,
        },
  lost: ({ name, words, who, term, why }) =>
    why === 'expired'
      ? {
          message: `your lease of ${name} ran out (${term})`,
          hint: `Nobody has taken it yet: coord claim ${words}`,
        }
      : {
          message: `you lost ${name}: it is held by ${who} ${term}`,
          hint: `Stop work on it, then: coord claim ${words}`,
        },
} satisfies Record<'held' | 'not_owner' | 'lost', Say>
