/** What the page knows of the room: the overview of the HTTP face, as far as it is shown. */
import { applyOverviewChange, type OverviewChange, overviewChange } from '../../../protocol/live/changes.ts'
import type { LiveSession } from '../../../protocol/live/sessions.ts'
import { nameOf } from '../../../protocol/names.ts'
import type { Need } from '../../../protocol/needs.ts'
import type { Problem } from '../../../protocol/picture.ts'
import type { Alert, Message } from '../../../protocol/records.ts'
import type { Outcome } from '../../../protocol/requests.ts'
import type { Answer, Called } from '../../../protocol/rollcall.ts'

/** A claim as the overview tells it. */
interface ShownClaim {
  resource_type: string
  resource_name: string
  claimed_by: string
  claimed_at: string
  expires_at: string
  token: number
  expired: boolean
  holder_name: string | null
  note?: string | null | undefined
  provisional?: boolean | undefined
  kept_for?: unknown
}

/** The parts of an overview that the page shows; a test holds it against the operation's own type. */
export interface Overview {
  now: string
  /** The directory that the room lies in. */
  project: string
  needs: Need[]
  sessions: LiveSession[]
  claims: ShownClaim[]
  messages: Message[]
  acked: string[]
  unread: number
  unread_ids: string[]
  problems: Problem[]
  alerts: Alert[]
  requests: RequestSeen[]
  rollcall: RollCall | null
  channels: { channel: string; messages: Message[] }[]
  stranded: Stranded[]
}

/** A request for a claim, with what became of it. */
export interface RequestSeen {
  id: string
  from: string
  to: string
  timestamp: string | null
  resource_type: string
  resource_name: string
  reason?: string
  outcome: Outcome
  answer: string | null
  to_person: boolean
}

/** The last roll call. */
interface RollCall {
  from: string
  subject?: string | null | undefined
  timestamp?: string | null | undefined
  counts: Record<Answer, number>
  answers: Called[]
}

/** A session that may hang, or has left something behind, and the command that helps. */
export interface Stranded {
  session_id: string
  state: string
  text: string
  act: string
}

/** What a stream says. */
export type Said =
  | { type: 'overview'; overview: Overview }
  | { type: 'change'; change: OverviewChange<Overview> }
  | { type: 'gone' }
  | { type: 'ping'; now: string }

/** The overview after something was said; null while there is none. */
export function heard(before: Overview | null, said: Said): Overview | null {
  if (said.type === 'overview') return said.overview
  if (said.type === 'change') return before && applyOverviewChange(before, said.change)
  return before
}

/** A fresh overview in the place of one shown: rows that say the same stay the same objects, so that they are not drawn again. */
export function renewed(before: Overview, fresh: Overview): Overview {
  const change = overviewChange(before, fresh)
  const after = change ? applyOverviewChange(before, change) : before
  const etas = new Map(fresh.sessions.map(({ session_id, eta }) => [session_id, eta]))
  const sessions = after.sessions.map((row) => {
    const eta = etas.get(row.session_id) ?? null
    return row.eta === eta ? row : { ...row, eta }
  })
  return { ...after, now: fresh.now, needs: fresh.needs, stranded: fresh.stranded, sessions }
}

/** What a session is called; people and broadcasts by their own words. */
export function calledIn(overview: Pick<Overview, 'sessions'>, id: string): string {
  if (id === 'broadcast') return 'everybody'
  return overview.sessions.find(({ session_id }) => session_id === id)?.label ?? id
}

/** Whether there is somebody of that id who reads messages; names that only push read none. */
export function readsMail({ sessions }: Pick<Overview, 'sessions'>, id: string): boolean {
  return sessions.some(({ session_id, registered }) => session_id === id && registered)
}

/** The request that waits for the person, by the id of its message. */
export function requestToPerson(
  { requests }: Pick<Overview, 'requests'>,
  id: string | undefined,
): RequestSeen | undefined {
  return requests.find((each) => each.id === id && each.to_person && each.outcome === 'open')
}

/** Whether a session may hang, as the overview tells it. */
export const mayHang = ({ stranded }: Pick<Overview, 'stranded'>, id: string): boolean =>
  stranded.some(({ session_id, state }) => session_id === id && state === 'hung')

const named = new WeakMap<ShownClaim[], Map<string, ShownClaim>>()

/** The claim of a resource, as `type/name`; sought by many at each change. */
export function claimNamed({ claims }: Overview, name: string): ShownClaim | undefined {
  let all = named.get(claims)
  if (!all) {
    all = new Map(claims.map((claim) => [nameOf(claim), claim]))
    named.set(claims, all)
  }
  return all.get(name)
}
