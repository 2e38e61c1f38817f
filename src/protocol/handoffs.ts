/** Handoffs: what a session leaves for whoever goes on, as a Markdown file that begins with the record as JSON between `---`. */
import type { Resource } from './claims.ts'
import { clip, fenced, markdownLine, visible, visibleJson } from './escape.ts'
import { machineOf } from './machines/names.ts'
import { stateOfSession } from './picture.ts'
import type { Handoff, Session } from './records.ts'
import { isRecord } from './shapes.ts'
import { formatInstant } from './time.ts'

/** What the one who leaves says beside what its session tells. */
export interface Words {
  note?: string
  completed?: string[]
  next?: string[]
}

export type HandedClaim = Handoff['claims'][number]

/** The record of a handoff, from the words given and what the session said last. `to` null: for the next claimer. */
export function composeHandoff(
  from: Session,
  to: Session | null,
  words: Words,
  claims: HandedClaim[],
  id: string,
  now: number,
): Handoff {
  const next = from.last?.next_action
  return {
    id,
    at: formatInstant(now),
    from: from.session_id,
    from_name: from.name ?? null,
    to: to?.session_id ?? null,
    to_name: to?.name ?? null,
    claims,
    work_completed: words.completed ?? from.work_completed ?? [],
    state: stateInWords(from),
    next_steps: words.next ?? (next ? [next] : []),
    note: words.note ?? null,
  }
}

/** `working: building church-guidance, BUILD, 30%`. */
function stateInWords(session: Session): string {
  const { action, target, phase, progress, message } = session.last ?? {}
  const doing = [action, target ?? session.current_work].filter(Boolean).join(' ')
  const told = [doing, phase, progress, message].filter(Boolean).join(', ')
  return told ? `${stateOfSession(session)}: ${told}` : stateOfSession(session)
}

/** A claim as a handoff tells of it. */
export function handedClaim(
  claim: Resource & { token?: number | null | undefined; expires_at?: unknown },
): HandedClaim {
  const { resource_type, resource_name, token, expires_at } = claim
  return {
    resource_type,
    resource_name,
    token: token ?? null,
    expires_at: typeof expires_at === 'string' ? expires_at : null,
  }
}

/** A part of a handoff, as one of its own: the first has its id, the others `<id>-part2`, `<id>-part3` …. */
export function partOf(handoff: Handoff, number: number, claims: HandedClaim[]): Handoff {
  return { ...handoff, id: number === 1 ? handoff.id : `${handoff.id}-part${number}`, claims }
}

const MOST = 20
const SHORT = 500

/** A handoff that nobody has given yet: what a session was at, kept short as nobody composed it. Its claims are still held. */
export function draftOf(handoff: Handoff): Handoff {
  const cut = (texts: string[] | null | undefined) =>
    (texts ?? []).slice(0, MOST).map((each) => clip(each, SHORT))
  const { claims, work_completed, next_steps, state, note } = handoff
  return {
    ...handoff,
    status: DRAFT,
    claims: claims.slice(0, MOST),
    work_completed: cut(work_completed),
    next_steps: cut(next_steps),
    state: clip(state ?? '', SHORT),
    note: note ? clip(note, LONGEST) : null,
  }
}

const DRAFT = 'draft'
/** Whether a handoff is a draft. */
export const isDraft = ({ status }: Handoff) => status === DRAFT

const LONGEST = 2000
const line = (text: string) => markdownLine(text, LONGEST)
const minute = (iso: string) => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`

/** What a handoff template gets: the record as JSON (`front`), and its texts so that none can be markup. */
export function handoffView(handoff: Handoff) {
  const item = (text: string) => ({ text: `- ${line(text)}` })
  return {
    front: visibleJson(handoff),
    draft: isDraft(handoff),
    from: line(handoff.from_name ?? handoff.from),
    to: handoff.to ? line(handoff.to_name ?? handoff.to) : '',
    at: minute(handoff.at),
    state: line(handoff.state ?? ''),
    claims: handoff.claims.map((claim) => claimView(claim, handoff)),
    work_completed: (handoff.work_completed ?? []).map(item),
    next_steps: (handoff.next_steps ?? []).map(item),
    note: handoff.note ? fenced(handoff.note) : '',
  }
}

const until = (instant: string | null | undefined) => (instant ? `until ${minute(instant)}` : '')

/** A claim that was handed over and has no token: a crash cut that off, and nothing tells any more whether it moved. */
function claimView({ resource_type, resource_name, token, expires_at }: HandedClaim, handoff: Handoff) {
  const facts = isDraft(handoff)
    ? [token ? `token ${token}` : '', 'held by who wrote this', until(expires_at)]
    : handoff.to
      ? [token ? `token ${token}` : 'cut off; coord claims tells who holds it', until(expires_at)]
      : [token ? `token ${token}` : '', 'released']
  return {
    text: `- **${line(`${resource_type}/${resource_name}`)}** - ${facts.filter(Boolean).join(', ')}`,
  }
}

/**
 * What a file of `handoffs/` tells: the record of its front block, null where it has another form, and its first words on one
 * line; `trouble` where it is not what its writer wrote. Never throws: people write handoffs as they like.
 */
export function readHandoff(text: string): {
  handoff: Handoff | null
  first: string
  trouble: string | null
} {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  const end = lines[0] === '---' ? lines.indexOf('---', 1) : -1
  const handoff = end < 0 ? null : readFront(lines.slice(1, end).join('\n'))
  const said = handoff ? sayings(handoff) : lines.slice(end + 1)
  const isTorn = handoff === null && lines[0] === '---' && (lines[1] ?? '').startsWith('{')
  const trouble = /^[\s\0]*$/.test(text) ? 'is empty' : isTorn ? "has a front block that can't be read" : null
  return { handoff, first: firstLine(said), trouble }
}

function readFront(text: string): Handoff | null {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord('handoff', value) ? value : null
  } catch {
    return null
  }
}

const sayings = ({ note, next_steps, work_completed }: Handoff) => [
  ...(note ?? '').split('\n'),
  ...(next_steps ?? []),
  ...(work_completed ?? []),
]

const FIRST = 200

/** The first of some lines that says something, without its heading marks, at most 200 characters. */
function firstLine(lines: string[]): string {
  const found = lines
    .map((each) => each.slice(0, 1000).replace(/^[#\s]+/, ''))
    .find((each) => each.trim() !== '')
  return clip(visible(found ?? '').trim(), FIRST)
}

/** A handoff as one of its resources remembers it: without the others, the note in one line. */
export function handoffOf(handoff: Handoff, claim: HandedClaim): Handoff {
  const { id, at, from, from_name, to, to_name } = handoff
  const machine = machineOf(handoff)
  const note = firstLine(sayings(handoff)) || null
  return { id, at, from, from_name, to, to_name, claims: [claim], note, ...(machine ? { machine } : {}) }
}
