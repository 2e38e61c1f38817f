/** Ids, resource names and the file names made from them. The body of a record is the truth; a file name is only a handle. */
import { CoordError, invalid } from './errors.ts'

const SESSION_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
const RESOURCE_TYPE = /^[a-z][a-z0-9_]{0,31}$/
const RESERVED = new Set(['broadcast', 'human', 'coord', 'all', 'none'])
const WINDOWS_DEVICE = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?$/i
const NAME_BYTES = 1024

/** Whether a text may serve as a session id: also as a file name on every system, and clear of reserved words. */
export function isSessionId(id: string): boolean {
  return (
    SESSION_ID.test(id) &&
    !RESERVED.has(id.toLowerCase()) &&
    !id.endsWith('_status') &&
    !WINDOWS_DEVICE.test(id)
  )
}

/** Whether a word means something else than a session. */
export function isReserved(word: string): boolean {
  return RESERVED.has(word.toLowerCase()) || word.startsWith('role:')
}

/** Throws `invalid` for a text that can't be a session id. */
export function checkSessionId(id: string, argument: string): void {
  if (isSessionId(id)) return
  const why = SESSION_ID.test(id) ? 'is reserved' : 'is not a session id'
  throw invalid(
    argument,
    `${argument} "${id}" ${why}`,
    'Use letters, digits, ".", "_" and "-", at most 64, e.g. session-001.',
  )
}

/** Throws `invalid` for a text that can't be a resource type. */
export function checkType(type: string): void {
  if (RESOURCE_TYPE.test(type)) return
  throw invalid(
    'type',
    `type "${type}" is not a resource type`,
    'Use a-z, 0-9 and "_", at most 32, e.g. droplet, file, api_key.',
  )
}

/** Throws `invalid` for a text that can't name a resource: empty, over 1,024 bytes, or with control characters. */
export function checkName(name: string): void {
  const reject = (why: string) =>
    invalid(
      'name',
      `name ${JSON.stringify(name.slice(0, 80))} ${why}`,
      'Any other text works: spaces, slashes, Unicode.',
    )
  if (name.trim() === '') throw reject('is empty')
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name)) throw reject('has control characters')
  if (!name.isWellFormed()) throw reject('is not valid Unicode')
  if (byteLength(name) > NAME_BYTES) throw reject(`is longer than ${NAME_BYTES} bytes`)
}

/** The length of a text in UTF-8. */
export function byteLength(text: string): number {
  return isAscii(text) ? text.length : new TextEncoder().encode(text).length
}

const isAscii = (text: string) => /^[\x00-\x7f]*$/.test(text)

/**
 * The form under which spellings are one name: `Foo` = `foo`, composed = decomposed accents. Lower case comes first too,
 * because capital `ẞ` has no other upper case and would miss `ss`.
 */
export function fold(name: string): string {
  if (isAscii(name)) return name.toLowerCase()
  return name.normalize('NFC').toLowerCase().toUpperCase().toLowerCase().normalize('NFC')
}

/** A resource as people read it: `droplet/church`. */
export const nameOf = ({ resource_type, resource_name }: { resource_type: string; resource_name: string }) =>
  `${resource_type}/${resource_name}`

/** Several resources as people read them. */
export const namesOf = (resources: Parameters<typeof nameOf>[0][]) => resources.map(nameOf).join(', ')

/** The identity of a resource: its type and folded name. */
export function resourceKey(type: string, name: string): string {
  return `${type}/${fold(name)}`
}

/** The ledger domain that arbitrates a resource: one for all paths, otherwise one for each resource. */
export function domainOf(type: string, name: string, hash: (text: string) => string): string {
  return type === 'file' ? 'file' : `${type}-${encodeName(fold(name), hash)}`
}

const ENCODED_BYTES = 150

/**
 * A name as part of a file name: percent-encoded outside `[A-Za-z0-9._-]`; beyond 150 bytes cut there and closed with
 * `~` and 16 hex digits of `hash` (SHA-256 of the name), so that no two names meet and every file system takes it.
 */
export function encodeName(name: string, hash: (text: string) => string): string {
  if (/^[A-Za-z0-9._-]{1,150}$/.test(name)) return name
  let encoded = ''
  for (const byte of new TextEncoder().encode(name)) {
    const char = String.fromCharCode(byte)
    encoded += /[A-Za-z0-9._-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return encoded.length <= ENCODED_BYTES
    ? encoded
    : `${encoded.slice(0, ENCODED_BYTES)}~${hash(name).slice(0, 16)}`
}

/** The name behind an encoded one where it was not cut; null otherwise. */
export function decodeName(encoded: string): string | null {
  if (encoded.includes('~')) return null
  try {
    return decodeURIComponent(encoded)
  } catch {
    return null
  }
}

/** The candidates nearest to a mistyped text, best first, at most three. */
export function nearest(text: string, candidates: string[]): string[] {
  const limit = Math.max(2, Math.floor(text.length / 3))
  const scored = candidates.map((candidate) => ({ candidate, cost: distance(fold(text), fold(candidate)) }))
  const close = scored.filter(({ candidate, cost }) => cost <= limit || fold(candidate).includes(fold(text)))
  return close
    .sort((a, b) => a.cost - b.cost)
    .slice(0, 3)
    .map(({ candidate }) => candidate)
}

/** Whether one letter put in, left out or changed makes one text of the other. For every claim, so without the table of all distances. */
export function isSlip(a: string, b: string): boolean {
  const longer = a.length - b.length
  let same = 0
  while (same < a.length && a[same] === b[same]) same++
  return (
    a !== b &&
    Math.abs(longer) < 2 &&
    a.slice(same + (longer < 0 ? 0 : 1)) === b.slice(same + (longer > 0 ? 0 : 1))
  )
}

/** How many letters have to be put in, left out or changed to make one text of the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}

/** The one candidate that a text names exactly: null for none, `ambiguous` for several. */
export function onlyOne<T>(matches: T[], what: string, label: (match: T) => string): T | null {
  if (matches.length <= 1) return matches[0] ?? null
  const candidates = matches.map(label)
  throw new CoordError('ambiguous', `${what} fits several: ${candidates.join(', ')}`, 'Use the id.', {
    candidates,
  })
}
