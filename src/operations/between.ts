/** What goes on between sessions, for the live views: alerts, requests, the roll call, channels, who may be hung. Reads only, and what is not there costs a look. */
import { LIFECYCLE } from '../protocol/channels.ts'
import type { Tails } from '../protocol/live/sessions.ts'
import { type Need, quote } from '../protocol/needs.ts'
import { called, type Picture, type SeenSession } from '../protocol/picture.ts'
import type { Alert, Message } from '../protocol/records.ts'
import { outcomesOf } from '../protocol/requests.ts'
import { judge, mayRescue } from '../protocol/rescue.ts'
import { answersTo, countAnswers, ROLLCALL } from '../protocol/rollcall.ts'
import type { AlertMemory } from '../store/alerts.ts'
import { latestPublished, listChannels } from '../store/channels.ts'
import { stillWaits } from '../store/processes.ts'
import { lookAtProcesses } from '../store/rescue-look.ts'
import type { Room } from '../store/room.ts'
import { receiptsByReader } from '../store/status.ts'
import { alertsIn, unreadAlerts } from './current-alerts.ts'

/** Of long lists this many are told. */
const MOST = 50
/** Of each channel the newest posts. */
const POSTS = 3

/** What was read before: of alerts, and the last lines of names. */
interface Looked {
  files: AlertMemory
  tails: Tails
}

/** All of it at one look; `needs` are what is told anyway. */
export function betweenIn(room: Room, picture: Picture, needs: Need[], looked: Looked) {
  const quiet = { ...room, problems: [] }
  return {
    alerts: openTo(quiet, picture, needs, looked),
    requests: outcomesOf(picture).slice(-MOST),
    rollcall: rollcallIn(quiet, picture),
    channels: channelsIn(quiet, picture.now),
    stranded: strandedIn(quiet, picture),
  }
}

/** The open alerts that the person has not acknowledged, worst first; not those that only say what a need says. */
function openTo(room: Room, picture: Picture, needs: Need[], looked: Looked): Alert[] {
  const unread = unreadAlerts(room, alertsIn(room, picture, looked).alerts, 'human')
  return unread.filter((alert) => !isToldBy(needs, alert)).slice(0, MOST)
}

const QUIET = ['stale', 'silent', 'gone']

/** Whether a need tells of the condition of a session that an alert tells of. Conflicts have more to say. */
function isToldBy(needs: Need[], { kind, session_id }: Alert): boolean {
  if (!session_id) return false
  const same = QUIET.includes(kind) ? 'quiet' : kind
  const kinds = kind === 'waiting' ? ['waiting', 'question'] : [same]
  return needs.some((need) => kinds.includes(need.kind) && need.session_ids[0] === session_id)
}

/** The last roll call of the messages that are shown: who answered, who did not yet; null for none. */
function rollcallIn(room: Room, picture: Picture) {
  const call = picture.records.messages
    .map(({ message }) => message)
    .findLast(({ type }) => type === ROLLCALL)
  if (!call) return null
  const replies = picture.records.messages.map(({ message }) => message)
  const answers = answersTo(call, { receipts: receiptsByReader(room), replies }, picture)
  const { id, from, subject, timestamp, expires_at } = call
  return {
    ...{ id, from, subject, timestamp, expires_at },
    counts: countAnswers(answers),
    answers: answers.slice(0, MOST),
  }
}

/** What channels have lately, the newest first. Who comes and goes the sessions themselves tell. */
function channelsIn(room: Room, now: number): { channel: string; messages: Message[] }[] {
  const told = listChannels(room)
    .filter((channel) => channel !== LIFECYCLE)
    .map((channel) => ({ channel, messages: latestPublished(room, channel, now, POSTS) }))
    .filter(({ messages }) => messages.length > 0)
  const last = ({ messages }: (typeof told)[number]) => messages.at(-1)?.id ?? ''
  return told.sort((a, b) => (last(a) < last(b) ? 1 : -1)).slice(0, MOST)
}

/**
 * Who has left something behind, or may hang, by what can be told at a glance: processor time and files are looked at by `coord rescue` alone.
 * Those who only rest and hold nothing are not among them.
 */
function strandedIn(room: Room, picture: Picture) {
  const { silentAfter } = room.config.sessions
  const held = new Map<string, number>()
  for (const { lease } of picture.claims) held.set(lease.claimed_by, (held.get(lease.claimed_by) ?? 0) + 1)
  const isCandidate = ({ session, liveness, state }: SeenSession) =>
    session.registered !== false &&
    (liveness.level === 'gone' || liveness.age_ms >= silentAfter) &&
    (held.has(session.session_id) || state === 'working' || state === 'error')
  const quiet = picture.active.filter(isCandidate).slice(0, MOST)
  if (quiet.length === 0) return []
  const processes = lookAtProcesses(
    room,
    quiet.map(({ session }) => session),
    new Set(),
  )
  return quiet.flatMap(({ session, sign }) => {
    const { session_id } = session
    const waits = stillWaits(session) === true
    const claims = held.get(session_id) ?? 0
    const facts = { current: false, sign, process: processes.get(session_id)!, worktree: null, claims, waits }
    const { state, evidence } = judge(session, facts, picture.now, room.config.sessions)
    const act = `coord rescue ${quote(called(picture, session_id))}`
    return mayRescue(state) ? [{ session_id, state, text: evidence.join('; '), act }] : []
  })
}
