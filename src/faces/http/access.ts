/**
 * Who is let in (docs/safety.md): pure checks over what a request tells. A page of another site can make a browser send requests here, under
 * a name of its own that leads to this machine too; so the name, the origin and the browser's own word on it are all asked.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { REFUSALS, type Refusal } from './refusals.ts'

/** What is asked of a request; null where the header is absent. */
export interface Asked {
  method: string
  host: string | null
  origin: string | null
  /** `Sec-Fetch-Site`, the browser's own word. */
  site: string | null
  /** The token that came along. */
  token: string | null
  /** `Content-Type`. */
  type: string | null
}

/** The rules of one server. */
export interface Rules {
  token: string
  /** Whether reading needs the token too. */
  isPrivate: boolean
  /** Names besides this machine's own that it is called by, without port. */
  hosts: string[]
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/** Why a request is refused, or null. `isOpen`: it tells nothing of the room, so that --private does not close it. */
export function refusalOf(asked: Asked, rules: Rules, isOpen = false): Refusal | null {
  const name = nameOf(asked.host)
  if (name === null || ![...LOOPBACK, ...rules.hosts].includes(name)) return REFUSALS.foreign_host
  if (!isFromHere(asked)) return REFUSALS.foreign_origin
  const reads = isReading(asked.method)
  if ((!reads || (rules.isPrivate && !isOpen)) && !isToken(asked.token, rules.token)) return REFUSALS.no_token
  return reads || isJson(asked.type) ? null : REFUSALS.not_json
}

/** Whether a method changes nothing. */
const isReading = (method: string) => method === 'GET' || method === 'HEAD'

/** A host's name without its port, in lower case; null for what is none. */
function nameOf(host: string | null): string | null {
  return /^(\[[0-9a-f:]+\]|[^:/?#@\s]+)(?::\d{1,5})?$/i.exec(host ?? '')?.[1]?.toLowerCase() ?? null
}

/** Not sent by a page of another origin, as far as the browser tells. Programs tell neither. */
function isFromHere({ origin, site, host }: Asked): boolean {
  const isOwn = origin === null || origin === `http://${host}` || origin === `https://${host}`
  return isOwn && (site === null || site === 'same-origin' || site === 'none')
}

const isJson = (type: string | null) => /^application\/json\s*(;|$)/i.test(type ?? '')

/** Compared as digests, in a time that tells nothing of where they differ. */
function isToken(given: string | null, token: string): boolean {
  return given !== null && timingSafeEqual(digest(given), digest(token))
}

const digest = (text: string) => createHash('sha256').update(text).digest()

/** The token of `Authorization: Bearer TOKEN`. */
export function bearerOf(authorization: string | null | undefined): string | null {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? null
}

const SUBPROTOCOL = 'token.'

/** The token of a WebSocket's subprotocols (`coord, token.TOKEN`): a browser can send no header with it, and addresses are logged. */
export function subprotocolToken(protocols: string | undefined): string | null {
  const offered = (protocols ?? '').split(',').map((each) => each.trim())
  return offered.find((each) => each.startsWith(SUBPROTOCOL))?.slice(SUBPROTOCOL.length) ?? null
}
