/** What needs an act: computed from the picture of the room, worst first, each with the command that helps. */
import type { Resource } from './claims.ts'
import { groupBy } from './groups.ts'
import { shortIds } from './labels.ts'
import { REQUEST } from './messages.ts'
import { nameOf, namesOf, resourceKey } from './names.ts'
import { called, type Picture } from './picture.ts'
import type { Message, Session } from './records.ts'
import { askedIn, isOpen, wordsOfRequest } from './requests.ts'
import { formatSpan, parseInstant } from './time.ts'

/** Since when (ISO 8601), and which message or alert it is about. */
type About = Partial<Record<'since' | 'message_id' | 'alert_id', string>>

export interface Need extends About {
  kind: string
  text: string
  /** The sessions concerned. */
  session_ids: string[]
  /** The command that helps, or null where only people can. */
  act: string | null
}

/** Everything that needs somebody, in a stable order. */
export function findNeeds(picture: Picture): Need[] {
  const { records, now } = picture
  const asks = records.messages.map(({ message }) => message).filter((each) => isOpen(each, records, now))
  return [
    ...(records.kept?.(picture) ?? []),
    ...questions(picture, asks),
    ...stuck(picture),
    ...deadClaims(picture),
    ...quietHolders(picture),
    ...cycles(picture),
    ...sameTarget(picture),
    ...refused(picture),
    ...unanswered(picture, asks),
    ...files(picture),
  ]
}

/** The commands that answer messages. */
function repliesTo(open: Message[], { records }: Picture): string[] {
  if (open.length === 0) return []
  const ids = records.messageIds?.() ?? records.messages.map(({ message }) => message.id ?? '')
  const short = shortIds(ids)
  return open.map(({ id, type }) => {
    const end = quote(short(id ?? ''))
    return type === REQUEST ? `coord request --grant ${end}` : `coord reply ${end} "…"`
  })
}

function questions(picture: Picture, asks: Message[]): Need[] {
  const open = asks.filter((message) => message.to === 'human')
  const replies = repliesTo(open, picture)
  return open.map((message, at) => ({
    kind: 'question',
    text: `${called(picture, message.from, message)} asks: "${message.subject ?? message.message ?? ''}"`,
    session_ids: [message.from],
    act: `${replies[at]} --as human`,
  }))
}

function stuck(picture: Picture): Need[] {
  const verbs: Record<string, string> = {
    blocked: 'is blocked',
    error: 'reports an error',
    waiting: 'waits for its person',
  }
  return picture.active
    .filter(({ state }) => state !== 'working' && Object.hasOwn(verbs, state))
    .map(({ session, state }) => {
      const why = session.last?.message ?? session.last?.phase
      const on = session.current_work ? ` on ${session.current_work}` : ''
      const since = parseInstant(session.last?.timestamp)
      const span = since === null ? '' : ` ${formatSpan(picture.now - since)}`
      const who = called(picture, session.session_id)
      const text = `${who} ${verbs[state]}${span}${on}${why ? `: "${why}"` : ''}`
      return { kind: state, text, session_ids: [session.session_id], act: letterTo(session, who) }
    })
}

/** Who only pushes reads no mail. */
const letterTo = ({ registered }: Session, who: string, text?: string) =>
  registered === false ? null : sendTo(who, text)
const sendTo = (who: string, text = '…') => `coord send ${quote(who)} "${text}"`

function deadClaims(picture: Picture): Need[] {
  const needs: Need[] = []
  for (const { lease, holder, expired, expires_in_ms } of picture.claims) {
    if (!expired && (holder ? holder.liveness.level !== 'ended' : lease.machine)) continue
    const name = nameOf(lease)
    const who = called(picture, lease.claimed_by, lease)
    const act = `coord claim ${wordsOf(lease)}`
    const session_ids = [lease.claimed_by]
    const absent = lease.machine ? 'is elsewhere' : 'is not registered'
    if (expired) {
      const how = holder ? `is ${holder.liveness.level}` : absent
      const text = `${name} expired ${formatSpan(-expires_in_ms)} ago, ${who} ${how}`
      needs.push({ kind: 'expired', text, session_ids, act })
    } else {
      const text = `${name} is claimed by ${who}, which ${holder ? 'has ended' : absent}`
      needs.push({ kind: 'orphaned', text, session_ids, act: holder ? act : null })
    }
  }
  return needs
}

function quietHolders(picture: Picture): Need[] {
  const quiet = picture.active.filter(({ liveness }) => liveness.level !== 'fresh')
  if (quiet.length === 0) return []
  const claimsOf = groupBy(picture.claims, ({ lease, expired }) =>
    expired || lease.kept_for ? undefined : lease.claimed_by,
  )
  return quiet.flatMap(({ session, liveness }) => {
    const held = claimsOf.get(session.session_id)
    if (!held) return []
    const names = namesOf(held.map(({ lease }) => lease))
    const who = called(picture, session.session_id)
    const text = `${who} is ${liveness.level} (${liveness.reason}) and holds ${names}`
    const letter = letterTo(session, who, 'still there?')
    const act = letter && liveness.level === 'gone' ? `coord rescue ${quote(who)}` : letter
    return [{ kind: 'quiet', text, session_ids: [session.session_id], act }]
  })
}

/** Waiting cycles: A waits for what B holds, and so on back to A. Each is told once, from its first session. */
function cycles(picture: Picture): Need[] {
  const waiting = picture.active.filter(({ session }) => session.waiting_for)
  if (waiting.length === 0) return []
  const holderOf = new Map(
    picture.claims.map(({ lease }) => [
      resourceKey(lease.resource_type, lease.resource_name),
      lease.claimed_by,
    ]),
  )
  const waits = new Map<string, string>()
  for (const { session } of waiting) {
    const { type, name } = (session.waiting_for ?? {}) as { type?: unknown; name?: unknown }
    if (typeof type !== 'string' || typeof name !== 'string') continue
    const holder = holderOf.get(resourceKey(type, name))
    if (holder && holder !== session.session_id) waits.set(session.session_id, holder)
  }
  const told = new Set<string>()
  const needs: Need[] = []
  for (const start of waits.keys()) {
    const path: string[] = []
    let at: string | undefined = start
    while (at !== undefined && !path.includes(at)) {
      path.push(at)
      at = waits.get(at)
    }
    const loop = at === undefined ? [] : path.slice(path.indexOf(at))
    const key = [...loop].sort().join(' ')
    if (loop.length < 2 || told.has(key)) continue
    told.add(key)
    needs.push({
      kind: 'cycle',
      text: `waiting in a circle: ${[...loop, loop[0]!].map((id) => called(picture, id)).join(' → ')}`,
      session_ids: loop,
      act: sendTo(called(picture, loop[0]!)),
    })
  }
  return needs
}

function sameTarget(picture: Picture): Need[] {
  const at = new Map<string, string>()
  const shared = new Map<string, string[]>()
  const meet = (id: string, target: string | null | undefined) => {
    if (!target) return
    const first = at.get(target)
    const others = shared.get(target)
    if (first === undefined) at.set(target, id)
    else if ((others?.at(-1) ?? first) !== id) shared.set(target, [...(others ?? [first]), id])
  }
  for (const { session, liveness, state } of picture.active) {
    if (state !== 'working' || liveness.level === 'gone') continue
    meet(session.session_id, session.current_work)
    session.last?.files_touched?.forEach((file) => {
      meet(session.session_id, file)
    })
  }
  return [...shared].map(([target, found]) => {
    const session_ids = found.sort()
    return {
      kind: 'same-target',
      text: `${session_ids.map((id) => called(picture, id)).join(' and ')} work on ${target}`,
      session_ids,
      act: sendTo(called(picture, session_ids[0]!)),
    }
  })
}

function refused(picture: Picture): Need[] {
  const { records, now } = picture
  return records.refusals.map((refusal) => {
    const { wanted } = refusal
    const [by, holder] = [called(picture, refusal.by), called(picture, refusal.holder)]
    const name = nameOf(refusal)
    const asked = wanted ? `${name} for ${wanted}` : name
    const text = `${by} was refused ${asked} ${formatSpan(now - refusal.at)} ago, ${holder} holds it`
    return { kind: 'refused', text, session_ids: [refusal.by, refusal.holder], act: null }
  })
}

/** Without an act: the recipient has ended, and who asked goes on without an answer. */
function unanswered(picture: Picture, asks: Message[]): Need[] {
  if (asks.length === 0) return []
  const here = new Set(['broadcast', 'human', ...picture.active.map(({ session }) => session.session_id)])
  const reaches = ({ to, from }: Message) => here.has(to) || (here.has(from) && picture.byId.has(to))
  const open = asks.filter((message) => message.to !== 'human' && reaches(message))
  const replies = repliesTo(open, picture)
  return open.map((message, at) => {
    const [from, to] = [called(picture, message.from), called(picture, message.to)]
    const isHere = here.has(message.to)
    const waits = `${from} waits for an answer from ${message.to === 'broadcast' ? 'everybody' : to}`
    const what = isHere ? waits : `${to} ended without an answer to ${from}`
    const isRequest = message.type === REQUEST
    return {
      kind: isRequest ? 'requested' : 'unanswered',
      text: isRequest ? wordsOfRequest(from, to, askedIn(message)) : `${what}: "${message.subject ?? ''}"`,
      session_ids: [message.from, message.to],
      act: isHere ? replies[at]! : null,
    }
  })
}

function files({ records }: Picture): Need[] {
  const broken = records.problems.filter((problem) => problem.kind !== 'repaired')
  const mail = records.mailboxes.map((id) => ({
    path: `messages/direct/${id}`,
    kind: 'mailbox',
    detail: 'holds mail that nobody can read',
  }))
  return [...broken, ...mail].map(({ path, kind, detail }) => ({
    kind,
    text: `${path}: ${detail}`,
    session_ids: [],
    act: 'coord doctor',
  }))
}

/** A resource as commands take it. */
export const wordsOf = ({ resource_type, resource_name }: Resource) =>
  `${quote(resource_type)} ${quote(resource_name)}`

/** A resource name as one shell word. */
export const quote = (name: string) =>
  /^[A-Za-z0-9._/@%+=:,-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`
