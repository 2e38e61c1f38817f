/** What became of a session, by evidence: facts of processes, files and signs go in; a state and what speaks for it come out. */

import type { Config } from './config.ts'
import { endingOf } from './endings.ts'
import { type SeenSession, stateOfSession } from './picture.ts'
import type { Handoff, Session } from './records.ts'
import { isEnded, lastSign, liveness, type ProcessState } from './sessions.ts'
import { formatSpan, parseInstant } from './time.ts'

/** `hung`: its process runs and gives no sign; `orphaned`: what is kept of it is there, its process is not. */
export type RescueState = 'current' | 'active' | 'hung' | 'orphaned' | 'completed'

/** What this machine tells of a session's process. `source`: what tells it. */
export interface ProcessFacts {
  state: ProcessState
  /**
   * `record`: the process that the session's record names. `boot`: the machine was started again since. `starters`: all processes that it
   * was started from are gone; `starter`: the nearest of them that runs. `elsewhere`: it is of another machine or container. `nothing`: no process is known.
   */
  source: 'record' | 'boot' | 'starters' | 'starter' | 'elsewhere' | 'nothing'
  pid: number | null
  program: string | null
  /** How many processes run below it. */
  below: number
  /** Whether it was stopped by a signal, as Ctrl-Z does. */
  stopped: boolean
  /** Whether it, or one below it, had work for a processor whenever it was looked at: on a busy machine it may get none. */
  runnable: boolean
  /** What it and those below used of a processor while it was looked at: 0.5 is half of one. Null where it was not looked at. */
  cpu_share: number | null
  /** Its controlling terminal. */
  terminal: { path: string; open: boolean } | null
}

/** What lies in a session's working tree. */
export interface WorktreeFacts {
  path: string
  there: boolean
  /** Files that differ from the last commit or are new, those that git ignores left out; null where git did not tell. */
  uncommitted: number | null
  /** How many of them, commits included, changed after its last sign, and when the last did (epoch ms). */
  changed: number
  changed_at: number | null
  /** Other live sessions that work there: a change may be theirs. */
  shared_with: string[]
}

/** All that the rule decides by. `sign` is the last sign of life (epoch ms; null: none). */
export interface RescueFacts {
  current: boolean
  sign: number | null
  process: ProcessFacts
  worktree: WorktreeFacts | null
  claims: number
  /** Whether a process of it stands in line for a claim. */
  waits: boolean
}

export interface Verdict {
  state: RescueState
  /** What speaks for it, as texts for people, the most telling first. */
  evidence: string[]
}

/** A process that uses this much of a processor is at work. */
const BUSY = 0.1
/** Who said this has nothing to tell of. */
const RESTS = ['idle', 'completed']

/**
 * What became of a session. An end, or being the caller, decides at once. Without a process it is orphaned where liveness calls it gone: proven
 * dead and `staleAfter` without a sign, or, where no process can be asked, `goneAfter`. With one it is hung after `silentAfter`
 * without a sign, unless it is seen to work, or owes none: it waits, or rests and holds nothing. `now`: epoch ms; `called`: what people call a session.
 */
export function judge(
  session: Session,
  facts: RescueFacts,
  now: number,
  limits: Config['sessions'],
  called: (id: string) => string = (id) => id,
): Verdict {
  if (isEnded(session)) return { state: 'completed', evidence: [endIn(session, now)] }
  if (facts.current) return { state: 'current', evidence: ['it is the session that asks'] }
  const sign = facts.sign ?? lastSign(session)
  const { process: own } = facts
  const seen = liveness(session, sign, own.state, now, limits)
  const signs = sign === null ? 'it never gave a sign of life' : `last sign ${formatSpan(seen.age_ms)} ago`
  const evidence = [signs, ...processIn(own), ...filesIn(facts.worktree, now, called)]
  if (own.state !== 'alive') {
    if (seen.level === 'gone') return { state: 'orphaned', evidence }
    const why = whyNotGone(session, own.state, seen.age_ms, limits)
    return { state: 'active', evidence: own.state === 'dead' ? [why, ...evidence] : [...evidence, why] }
  }
  if (seen.age_ms < limits.silentAfter) return { state: 'active', evidence }
  const excuse = atWork(session, facts, now, seen.age_ms, limits)
  return excuse ? { state: 'active', evidence: [...evidence, excuse] } : { state: 'hung', evidence }
}

function endIn(session: Session, now: number): string {
  const ended = parseInstant(session.ended_at)
  const when = ended === null ? '' : ` ${formatSpan(Math.max(0, now - ended))} ago`
  const how = endingOf(session)
  return how === null ? `it ended${when}` : `it was ${how}${how.includes(':') ? '' : when}`
}

function whyNotGone(
  session: Session,
  process: ProcessState,
  age_ms: number,
  limits: Config['sessions'],
): string {
  if (process !== 'dead' && session.state === 'waiting') return 'it waits for its person'
  const after = process === 'dead' ? limits.staleAfter : limits.goneAfter
  return `it counts as gone in ${formatSpan(Math.max(0, after - age_ms))}, ${formatSpan(after)} after its last sign`
}

/** Why a process that gives no sign is none that hangs; null where nothing speaks for it. */
function atWork(
  session: Session,
  { process: own, worktree, claims, waits }: RescueFacts,
  now: number,
  age_ms: number,
  limits: Config['sessions'],
): string | null {
  if (own.stopped) return null
  if (session.state === 'waiting') return 'it waits for its person'
  if (waits) return 'it stands in line for a claim'
  if (claims === 0 && RESTS.includes(stateOfSession(session))) return 'it rests, and holds nothing'
  if (age_ms >= limits.abandonAfter) return null
  if (own.runnable || (own.cpu_share ?? 0) >= BUSY) return 'its processes are at work'
  const changed = worktree?.shared_with.length === 0 ? worktree.changed_at : null
  return changed !== null && now - changed < limits.silentAfter ? 'files change where it works' : null
}

const percent = (share: number) => `${Math.round(share * 100)} % of a processor`

/** What is told of a session in its handoff, which others may read elsewhere: neither numbers of processes nor paths. */
export const publicEvidence = (evidence: string[], own: ProcessFacts): string[] => [
  ...evidence.slice(0, 1),
  ...processIn({ ...own, pid: null, program: null, terminal: null }),
]

function processIn(own: ProcessFacts): string[] {
  const { state, source, below, stopped, cpu_share, program, terminal } = own
  const pid = own.pid === null ? '' : ` ${own.pid}`
  if (source === 'nothing') return ['no process of it is known']
  if (source === 'elsewhere') return [`its process${pid} is of another machine or container`]
  if (source === 'boot') return ['its machine was started again since']
  if (source === 'starters') return ['all processes that it was started from are gone']
  const name = program ? ` (${program})` : ''
  const standing = stopped ? 'is stopped' : 'runs'
  if (source === 'starter') return [`it was started from process${pid}${name}, which ${standing}`]
  if (state === 'dead') return [`its process${pid} is no more`]
  if (state === 'unknown') return [`nothing can be told of its process${pid}`]
  return [
    `its process${pid}${name} ${standing}${below > 0 ? `, with ${below} below it` : ''}`,
    ...(cpu_share === null ? [] : [`it uses ${percent(cpu_share)}`]),
    ...(terminal === null ? [] : [`its terminal ${terminal.path} is ${terminal.open ? 'open' : 'gone'}`]),
  ]
}

function filesIn(worktree: WorktreeFacts | null, now: number, called: (id: string) => string): string[] {
  if (!worktree) return []
  const { path, there, uncommitted, changed, changed_at, shared_with } = worktree
  if (!there) return [`its working tree ${path} is gone`]
  const others = shared_with.map(called).join(', ')
  const too = others ? `; ${others} ${shared_with.length === 1 ? 'works' : 'work'} there too` : ''
  const last = changed_at === null ? '' : `, the last ${formatSpan(Math.max(0, now - changed_at))} ago`
  const moved =
    changed === 0
      ? `no file changed in ${path} since its last sign`
      : `${count(changed, 'file')} changed in ${path} since its last sign${last}${too}`
  return [moved, ...(uncommitted ? [`${count(uncommitted, 'file')} not committed in ${path}`] : [])]
}

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`

/**
 * Whether a session may hang, by what a look at the room tells: its process runs and gives no sign, and it is at work, in error, or `holds` claims.
 * Processor time and files, which may speak for it, are looked at by `judge`.
 */
export const mayHang = (
  { session, liveness, state }: SeenSession,
  process: ProcessState | undefined,
  holds: boolean,
): boolean =>
  process === 'alive' &&
  liveness.level === 'silent' &&
  state !== 'waiting' &&
  !session.waiting_for &&
  (holds || state === 'working' || state === 'error')

/** Whether a session in this state may be taken over or given up by others without force. */
export const mayRescue = (state: RescueState) => state === 'hung' || state === 'orphaned'

/** Whether a session that counted as hung or orphaned has given a sign since that was told; who was rescued by force is known to be there. */
export const cameBack = (state: RescueState, seen: number | null, session: Session): boolean =>
  mayRescue(state) && !isEnded(session) && (lastSign(session) ?? 0) > (seen ?? 0)

/** What a handoff keeps of the rescue that it belongs to: `notice` is the id of the message that tells of it. */
export interface RescueNote {
  by: string
  state: RescueState
  reason: string | null
  ref: string | null
  notice: string
}

/** The rescue that a handoff tells of, or null: anybody may have written the file. */
export function rescueIn({ rescue }: Handoff & { rescue?: unknown }): RescueNote | null {
  if (typeof rescue !== 'object' || rescue === null) return null
  const note = rescue as RescueNote
  return typeof note.by === 'string' && typeof note.notice === 'string' ? note : null
}

/** Whether a handoff is that of a rescue of a session to `to` (null: abandoned) since its last sign: one that was cut off goes on as it. */
export function isRescueOf(handoff: Handoff, session: Session, to: string | null): boolean {
  const at = parseInstant(handoff.at) ?? 0
  const isAbout = handoff.from === session.session_id && (handoff.to ?? null) === to
  return isAbout && rescueIn(handoff) !== null && at >= (lastSign(session) ?? 0)
}
