/**
 * `.state/held/<session>/`: what a session remembers of the claims it was granted, so that it learns of a loss even much later. Who
 * may write: that session's processes; who forces a release leaves the mark, who hands a claim over moves it; a rescue leaves it. A crash loses at most
 * the memory of the claims just granted, a power loss that of recent ones; the ledger decides who holds what.
 */
import type { Resource } from '../protocol/claims.ts'
import { encodeName } from '../protocol/names.ts'
import type { Lease } from '../protocol/records.ts'
import { replaceFile } from './atomic.ts'
import { readText } from './disk.ts'
import { sha256 } from './entropy.ts'
import { CAPS } from './records.ts'
import { claimFileName, inRoom, listIn, place, type Room, removeIn } from './room.ts'

const SUFFIX = '.claim'
/** What of a claim is remembered: the fields of a mark. */
const MARKED = ['resource_type', 'resource_name', 'claim_id', 'token', 'provisional']

/** A granted claim as its session remembers it. */
export interface HeldMark {
  resource_type: string
  resource_name: string
  claim_id: string
  token: number
  /** It was answered so: the session is told when a remote has taken it. */
  provisional?: boolean
}

const markDirectory = (session: string) => `.state/held/${encodeName(session, sha256)}`

/** Remember a granted claim for its session. */
export function markHeld(room: Room, session: string, lease: Lease): void {
  const file = claimFileName(lease.resource_type, lease.resource_name)
  replaceFile(place(room, markDirectory(session), file), `${JSON.stringify(lease, MARKED)}\n`)
}

/** Forget a claim that was released, or whose loss was told. */
export function unmarkHeld(room: Room, session: string, { resource_type, resource_name }: Resource): void {
  removeIn(room, markDirectory(session), claimFileName(resource_type, resource_name))
}

/** The claims that a session remembers. */
export function listHeldMarks(room: Room, session: string): HeldMark[] {
  return listIn(room, markDirectory(session))
    .filter((name) => name.endsWith(SUFFIX))
    .flatMap((name) => readMark(room, `${markDirectory(session)}/${name}`) ?? [])
}

function readMark(room: Room, file: string): HeldMark | null {
  const reading = readText(inRoom(room, file), CAPS.claim)
  if (!('text' in reading)) return null
  try {
    const mark = JSON.parse(reading.text) as HeldMark
    return typeof mark.token === 'number' && typeof mark.resource_name === 'string' ? mark : null
  } catch {
    return null
  }
}
