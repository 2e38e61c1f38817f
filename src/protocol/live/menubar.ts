/** The menu bar of the seed MON-001, as text that xbar, SwiftBar and Argos show. */
import { visible } from '../escape.ts'
import { percentOf } from '../heartbeats.ts'
import type { Need } from '../needs.ts'
import { formatRelative, parseInstant } from '../time.ts'
import { LIVENESS_SYMBOLS, MESSAGE_SYMBOLS, needMark, STATE_SYMBOLS } from '../words.ts'
import { progressShown } from './estimate.ts'
import type { LiveSession } from './sessions.ts'

/** Between the facts. These programs take all after a `|` for parameters and have no way to quote one (SwiftBar issue 420, xbar issue 461). */
const BAR = '│'

/** What the title is made of. */
export type Titled = Pick<LiveSession, 'label' | 'target' | 'context_pct' | 'agents'>

/**
 * One line: the task of the only session, or how many there are; how full the two fullest contexts are; how many agents are at work;
 * `✓`, or how many questions wait for the person and how many other things need somebody. `bar` stands between them.
 */
export function titleOf(sessions: Titled[], needs: Pick<Need, 'kind'>[], bar = BAR): string {
  const [only] = sessions
  const first = sessions.length === 1 ? clean(only!.target ?? only!.label) : `${sessions.length}s`
  const fullest = sessions
    .flatMap(({ context_pct }) => context_pct ?? [])
    .sort((a, b) => b - a)
    .slice(0, 2)
    .reverse()
  const agents = sessions.reduce((sum, session) => sum + session.agents, 0)
  const context =
    fullest.length === 0 ? [] : [`Ctx:${fullest.map((share) => `${Math.round(share)}%`).join('/')}`]
  return [`☁️ ${first}`, ...context, `${agents}a`, ...neededIn(needs)].join(` ${bar} `)
}

function neededIn(needs: Pick<Need, 'kind'>[]): string[] {
  const questions = needs.filter(({ kind }) => kind === 'question').length
  const others = needs.length - questions
  if (needs.length === 0) return ['✓']
  return [
    ...(questions > 0 ? [`${MESSAGE_SYMBOLS.answer[0]} ${questions}`] : []),
    ...(others > 0 ? [`! ${others}`] : []),
  ]
}

/** Foreign text in one line that these programs do not take for parameters or separators. */
const clean = (text: string) => visible(text).replaceAll('|', BAR).replace(/^-+/, '–')

/** A line of the menu and, below it, those of its own menu; `command` is what a click runs, by its words. */
export interface Entry {
  text: string
  command?: string[]
  href?: string
  below?: Entry[]
}

/** The menu: what needs somebody, then each session with its details. */
export function menuOf(sessions: LiveSession[], needs: Need[], now: number): Entry[][] {
  const needed = needs.map(({ kind, text, act }) => ({
    text: `${needMark(kind).symbol} ${text}`,
    ...(act ? { below: [{ text: act }] } : {}),
  }))
  return [needed, sessions.map((session) => entryOf(session, now))].filter((group) => group.length > 0)
}

function entryOf(session: LiveSession, now: number): Entry {
  const { label, status, liveness, target, context_pct, agents, timestamp, message, claims } = session
  const symbol = STATE_SYMBOLS[status as keyof typeof STATE_SYMBOLS]?.[0] ?? '–'
  const progress = progressShown(session)
  const task = [target ?? '', progress === null ? '' : `${percentOf(progress)}%`].filter(Boolean).join(' ')
  const at = parseInstant(timestamp)
  const facts = [
    ...(task ? [`${target ? 'Task' : 'Progress'}: ${task}`] : []),
    ...(message ? [`Says: ${message}`] : []),
    `Context: ${context_pct === null ? 'not told' : `${Math.round(context_pct)}%`}`,
    `Agents: ${agents}`,
    ...claims.map(({ resource_type, resource_name }) => `Holds: ${resource_type}/${resource_name}`),
    `Last sign: ${at === null ? 'never' : formatRelative(Math.min(at, now), now)}`,
  ]
  return {
    text: `${symbol} ${LIVENESS_SYMBOLS[liveness.level][0]} ${label}  ${target ?? ''}`.trimEnd(),
    below: [
      ...facts.map((text) => ({ text })),
      { text: 'Show all of it', command: ['status', session.session_id] },
      { text: 'Show its history', command: ['history', session.session_id] },
    ],
  }
}

/** An entry and what is below it as lines; `run` is what starts coord, by its words. */
export function linesOf(entry: Entry, run: string[], depth = 0): string[] {
  const words = entry.command && [...run, ...entry.command]
  const parameters = [
    ...(words
      ? [
          `shell=${quoted(words[0]!)}`,
          ...words.slice(1).map((word, at) => `param${at + 1}=${quoted(word)}`),
          'terminal=true',
        ]
      : []),
    ...(entry.href ? [`href=${quoted(entry.href)}`] : []),
  ]
  const text = `${'--'.repeat(depth)}${clean(entry.text)}${parameters.length > 0 ? ` | ${parameters.join(' ')}` : ''}`
  return [text, ...(entry.below ?? []).flatMap((below) => linesOf(below, run, depth + 1))]
}

const quoted = (word: string) => `"${visible(word).replaceAll('"', '').replaceAll('|', BAR)}"`

/** The same title for tmux, whose formats begin with `#` (tmux(1), FORMATS). */
export function tmuxTitle(sessions: Titled[], needs: Pick<Need, 'kind'>[]): string {
  return titleOf(sessions, needs).replaceAll('#', '##')
}

/** The only session that a legacy `status.json` (MON-001, version 1.0.0) tells of; null where it is none. */
export function legacySession(value: unknown): Titled | null {
  if (typeof value !== 'object' || value === null) return null
  const { task, context, agents } = value as Record<string, Record<string, unknown> | undefined>
  const number = (of: unknown) => (typeof of === 'number' && Number.isFinite(of) ? of : null)
  if (typeof task?.name !== 'string') return null
  return {
    label: task.name,
    target: task.name,
    context_pct: number(context?.percentage),
    agents: number(agents?.active) ?? 0,
  }
}
