/** What a session says about its work: actions, states, progress, and the lines and heartbeats made of them. */
import { invalid } from './errors.ts'
import { byteLength } from './names.ts'
import type { Heartbeat, StatusLine, Work } from './records.ts'
import { formatInstant, parseInstant, readDuration } from './time.ts'

export const STATES = ['idle', 'working', 'blocked', 'waiting', 'completed', 'error'] as const
export type State = (typeof STATES)[number]

/** Other words for states. */
const SYNONYMS = new Map<string, State>([
  ['complete', 'completed'],
  ['done', 'completed'],
  ['failed', 'error'],
])

/** The state that an action implies: `building`, `testing` … work; `blocked`, `completed`, `failed` … say it themselves. */
export function stateOf(action: string): State {
  const word = action.trim().toLowerCase()
  return STATES.find((state) => state === word) ?? SYNONYMS.get(word) ?? 'working'
}

/** Throws `invalid` for a state that is none. */
export function checkState(state: string): State {
  if ((STATES as readonly string[]).includes(state)) return state as State
  throw invalid('state', `state "${state}" is not known`, `One of: ${STATES.join(', ')}.`)
}

/**
 * A progress as its share, 0 to 1, or null. `30%` and `30` are per cent; only a value with a point and no sign is a
 * fraction: `0.3` is 30 %, `1.0` is all, `1` is 1 %.
 */
export function readProgress(text: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*(%)?\s*$/.exec(text)
  if (!match) return null
  const number = Number(match[1])
  const share = match[2] || !match[1]!.includes('.') ? number / 100 : number
  return share >= 0 && share <= 1 ? share : null
}

/** The stored form, `30%`. Throws `invalid` outside 0–100 %. */
export function formatProgress(text: string): string {
  const share = readProgress(text)
  if (share === null)
    throw invalid('progress', `progress "${text}" is not between 0 and 100 %`, 'Write 30%, 30 or 0.3.')
  return `${Number((share * 100).toFixed(1))}%`
}

/**
 * The share (0 to 1) that a push names. As in a heartbeat, but for `1`: the helpers of the status guide take 0 to 1, where 1 is all.
 * Throws `invalid`.
 */
export function readPushed(text: string): number {
  if (text.trim() === '1') return 1
  const share = readProgress(text)
  if (share !== null) return share
  throw invalid(
    'progress',
    `progress "${text}" is not between 0 and 100 %`,
    'Write 45%, 45 or 0.45; 1 is all.',
  )
}

/** A share (0 to 1) as per cent with at most so many decimals, never rounded up: 100 is said when all is done. */
export function percentOf(share: number, decimals = 0): number {
  const scale = 10 ** decimals
  return Math.floor(share * 100 * scale + 1e-6) / scale
}

/** The instant of `--eta`: a time, or a duration from now. Throws `invalid`. */
export function readEta(text: string, now: number): string {
  const duration = readDuration(text)
  const time = parseInstant(duration === null ? text : now + duration)
  if (time !== null) return formatInstant(time)
  throw invalid(
    'eta',
    `eta "${text}" is neither a time nor a duration`,
    'Write 2h, 45m or 2026-11-20T14:00:00Z.',
  )
}

/** The metadata of `--meta key=value …`. Throws `invalid` for what is none. */
export function readPairs(texts: string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=')
      if (at < 1) throw invalid('meta', `meta "${text}" is not key=value`, 'e.g. --meta items=15')
      return [text.slice(0, at), text.slice(at + 1)]
    }),
  )
}

/** The fields of a heartbeat that describe the work; they also stand in the session file as `last`. */
export function workOf(beat: Heartbeat): Work {
  const { session_id: _session, metadata: _metadata, ...work } = beat
  return work
}

const LINE_BYTES = 4096

/**
 * A status line of at most 4,096 bytes: metadata goes first (but for the event), then the message is cut, in the end all
 * but the three fields that make it a status line.
 */
export function formatStatusLine(line: StatusLine): string {
  const text = `${JSON.stringify(line)}\n`
  if (text.length * 3 <= LINE_BYTES || byteLength(text) <= LINE_BYTES) return text
  const event = line.metadata?.event
  const bare = { ...line, metadata: { ...(event === undefined ? {} : { event }), truncated: true } }
  let message = line.message ?? ''
  for (;;) {
    const shorter = `${JSON.stringify({ ...bare, message })}\n`
    if (byteLength(shorter) <= LINE_BYTES) return shorter
    if (message === '') break
    message = message.slice(0, Math.floor(message.length * 0.8)).toWellFormed()
  }
  const { timestamp, session, status } = line
  return `${JSON.stringify({ timestamp, session, status, message, metadata: { truncated: true } })}\n`
}
