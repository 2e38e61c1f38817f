/** The composition root: the only reader of the environment, the clock and randomness. Everything below gets them as data. */
import type { Moment } from './protocol/claims.ts'
import { CoordError } from './protocol/errors.ts'
import { randomBytes } from './store/entropy.ts'
import type { Repository } from './store/git-places.ts'
import type { Texts } from './store/layout.ts'
import { hostName } from './store/machine.ts'
import { bootClock } from './store/processes.ts'
import { type Lazy, locateRoom, openRoom, type Room } from './store/room.ts'

/** Where and as whom coord runs. */
interface Surroundings {
  cwd: string
  host(): string
  /** `--session`, `COORD_SESSION` and the agents' own session ids (`vendor:id`) in the environment. */
  flagSession: string | null
  envSession: string | null
  agents: string[]
  /** Whether an agent started this process, by its environment; `nobody` where the process does not tell who acts. */
  under: 'agent' | 'person' | 'nobody'
  agentPid: number | null
  tmux: string | null
  /** The user's shell, as a path. */
  shell: string | null
}

export interface Context {
  at: Surroundings
  /** Where the room is or would be; null outside git without one. */
  root: string | null
  repository: Repository | null
  lazy: Parts
  /** The texts that a new room starts with. */
  texts(): Texts
  now(): Moment
  /** Random text of `length` characters from a-z and 2-7. */
  random(length: number): string
  uuid(): string
  /** The environment for git: without the GIT_* of a hook that may surround us, but with the user's identity, GIT_SSH* and GIT_SSL*. */
  gitEnvironment(): Record<string, string>
  /** The room; opened once. Throws `not_initialized`. */
  room(): Room
  /** What went wrong without stopping the command; faces say it on stderr. */
  warnings: string[]
  /** What the remote may be waited for, in all (ms), where a hook asks; else what the room's setting says. */
  far_ms?: number
  /** What sessions are called, where this command has read them all: words on a page need no second look. */
  labels?: Map<string, string>
  /** Who hears how much of a long task is done, from 0 to 1; may be called often. */
  onProgress?: (share: number) => void
  /** The ids of all messages of the room, likewise. */
  messageIds?: () => string[]
}

/** What costs too much to load on every start, with the parts that need a context. */
export interface Parts extends Lazy {
  finishing(): { finishBegun(ctx: Context, room: Room, now: Moment): unknown }
  /** Moving claims where a remote arbitrates: `transactHere` of operations/leases.ts in its form. */
  remote(): { transactFar: unknown; giveBackKept: unknown }
}

/** What a face knows before the room is open. */
export interface Options {
  cwd: string
  env: Record<string, string | undefined>
  dir: string | null
  session: string | null
  lazy: Parts
  texts(): Texts
}

/** The agents' session ids in the environment, by vendor (sources: docs/protocol.md, "Who am I"). */
const AGENT_IDS: [variable: string, vendor: string][] = [
  ['CLAUDE_CODE_SESSION_ID', 'claude'],
  ['CODEX_THREAD_ID', 'codex'],
  ['GEMINI_SESSION_ID', 'gemini'],
  ['CURSOR_CONVERSATION_ID', 'cursor'],
  ['AMP_CURRENT_THREAD_ID', 'amp'],
]
const AGENT_MARKS = [
  'CLAUDECODE',
  'GEMINI_CLI',
  'CURSOR_AGENT',
  'AI_AGENT',
  'AGENT',
  'OPENCODE',
  'COORD_AGENT_SESSION',
]

/** Build the context of one command. */
export function createContext(options: Options): Context {
  const { env, cwd, lazy, texts } = options
  const located = locateRoom(cwd, options.dir ?? present(env.COORD_DIR))
  let room: Room | undefined
  return {
    at: readSurroundings(options),
    root: located.root,
    repository: located.repository,
    lazy,
    texts,
    now: clockOf(env),
    random: randomOf(env),
    uuid,
    gitEnvironment: () => gitEnvironment(env),
    warnings: [],
    room() {
      room ??= openRoom(located.root, lazy)
      return room
    },
  }
}

const present = (value: string | undefined) => (value === undefined || value === '' ? null : value)

function readSurroundings({ env, cwd, session }: Options): Surroundings {
  const agents = AGENT_IDS.flatMap(([variable, vendor]) =>
    env[variable] ? [`${vendor}:${env[variable]}`] : [],
  )
  const written = present(env.COORD_AGENT_SESSION)
  if (written?.includes(':') && !agents.includes(written)) agents.push(written)
  const marked =
    AGENT_MARKS.some((name) => present(env[name]) !== null) ||
    Object.keys(env).some((name) => name.startsWith('CODEX_'))
  const pane = present(env.TMUX_PANE)
  return {
    cwd,
    host: hostName,
    flagSession: session,
    envSession: present(env.COORD_SESSION),
    agents,
    under: marked || agents.length > 0 ? 'agent' : 'person',
    agentPid: /^\d+$/.test(env.CLAUDE_PID ?? '') ? Number(env.CLAUDE_PID) : null,
    tmux: pane && env.TMUX ? `tmux ${env.TMUX.split(',')[1] ?? ''} ${pane}` : null,
    shell: present(env.SHELL),
  }
}

function gitEnvironment(env: Options['env']): Record<string, string> {
  const kept = Object.entries(env).filter(
    ([name]) => !name.startsWith('GIT_') || /^GIT_(AUT|COMMI|SS[HL])/.test(name),
  )
  return Object.fromEntries(kept.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** The clocks; `COORD_NOW` (ISO 8601) pins both for tests. */
function clockOf(env: Options['env']): () => Moment {
  const pinned = present(env.COORD_NOW)
  if (pinned === null) return () => ({ wall: Date.now(), boot: bootClock() })
  const wall = Date.parse(pinned)
  if (Number.isNaN(wall))
    throw new CoordError('invalid', `COORD_NOW "${pinned}" is not a time`, 'Unset it.', {
      argument: 'COORD_NOW',
    })
  return () => ({ wall, boot: { id: 'pinned', ms: wall } })
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567'

/** Random letters; `COORD_SEED` (a number) makes them a fixed sequence for tests. */
function randomOf(env: Options['env']): (length: number) => string {
  const seed = present(env.COORD_SEED)
  let state = Number(seed) >>> 0
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 24
  }
  return (length) => {
    const bytes = seed === null ? randomBytes(length) : Uint8Array.from({ length }, next)
    return Array.from(bytes, (byte) => LETTERS[byte & 31]).join('')
  }
}

/** A random UUID, version 4 (RFC 9562). */
function uuid(): string {
  const bytes = randomBytes(16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
