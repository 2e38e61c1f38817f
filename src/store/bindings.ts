/**
 * Which processes, agents and terminals belong to which session: small files below `.state/`, written by `start`, looked up
 * by every command that is not told its session. Process ids count only together with start time, boot and pid namespace.
 */
import { encodeName, isSessionId } from '../protocol/names.ts'
import { replaceFile } from './atomic.ts'
import { listNames, readIfThere, removeQuietly } from './disk.ts'
import { sha256 } from './entropy.ts'
import { bootId, isAlive, isShell, type Process, pidNamespace, readProcess } from './processes.ts'
import { inRoom, place, type Room, removeIn } from './room.ts'

/** How a session was started: its ancestors (nearest first), the machine's ids, its terminal, and whether an agent did it. */
export interface Binding {
  session: string
  chain: { pid: number; started: string }[]
  boot_id: string | null
  pid_ns: string | null
  terminal: string | null
  under: 'agent' | 'person'
  /** The process that starts it, until all that `start` writes is there; not noted for agents with an id of their own, by which they are known. */
  starting?: { pid: number; started: string }
}

type Link = Binding['chain'][number]

const BYTES = 64 * 1024
const bindingFile = (session: string) => `.state/bindings/${session}.json`
const agentFile = (agent: string) => `.state/agents/${encodeName(agent, sha256)}`
const terminalFile = (terminal: string) => `.state/terminals/${encodeName(terminal, sha256)}`

/** Where the sessions of one process are listed; the name holds all that tells the process from every other. */
function processDirectory(
  link: { pid: number; started: string },
  boot: string | null,
  namespace: string | null,
): string {
  return `.state/processes/${placeOf(boot, namespace)}-${link.pid}-${link.started}`
}

/** The boot and namespace within which a pid and its start time mean one process, as names of files tell them. */
export function placeOf(boot: string | null, namespace: string | null): string {
  return `${boot?.slice(0, 8) ?? ''}-${/\d+/.exec(namespace ?? '')?.[0] ?? ''}`
}

/** Bind a session to the processes and the terminal it was started from. */
export function bind(room: Room, binding: Binding): void {
  noteBinding(room, binding)
  for (const link of binding.chain) {
    replaceFile(
      place(room, processDirectory(link, binding.boot_id, binding.pid_ns), binding.session),
      binding.under,
    )
  }
  if (binding.terminal) replaceFile(place(room, terminalFile(binding.terminal)), binding.session)
}

/**
 * Write down how a session is started, before anything leads to it: by this alone a start that was cut off is known again
 * (`isStartedHere`). Where an older binding leads and this one does not goes first, so that no way is ever left without a binding.
 */
export function noteBinding(room: Room, binding: Binding): void {
  const text = `${JSON.stringify(binding)}\n`
  const old = readBinding(room, binding.session)
  if (old && `${JSON.stringify(old)}\n` === text) return
  if (old) removeWays(room, old, binding)
  replaceFile(place(room, bindingFile(binding.session)), text)
}

/** Undo `bind`: the session is no longer found by process or terminal. */
export function unbind(room: Room, session: string): void {
  const binding = readBinding(room, session)
  if (!binding) return
  removeWays(room, binding)
  removeQuietly(inRoom(room, bindingFile(session)))
}

/** Remove the ways that lead to a session by a binding, but for those that another binding of it has too. */
function removeWays(room: Room, binding: Binding, kept?: Binding): void {
  const { session, terminal } = binding
  const directoriesOf = ({ chain, boot_id, pid_ns }: Binding) =>
    chain.map((link) => processDirectory(link, boot_id, pid_ns))
  const stay = new Set(kept ? directoriesOf(kept) : [])
  for (const directory of directoriesOf(binding)) if (!stay.has(directory)) removeIn(room, directory, session)
  if (terminal && terminal !== kept?.terminal && sessionOfTerminal(room, terminal) === session)
    removeQuietly(inRoom(room, terminalFile(terminal)))
}

/** How a session was started, or null. */
export function readBinding(room: Room, session: string): Binding | null {
  const text = readSmall(room, bindingFile(session))
  try {
    const binding = text === null ? null : (JSON.parse(text) as Binding)
    return isBinding(binding) ? binding : null
  } catch {
    return null
  }
}

/** Machine files are guarded like records: anybody may have written them. */
function isBinding(value: Binding | null): value is Binding {
  const isLink = (link: Binding['chain'][number] | null) =>
    typeof link?.pid === 'number' && typeof link.started === 'string'
  return Array.isArray(value?.chain) && value.chain.every(isLink) && isSessionId(value.session)
}

/**
 * The sessions bound to each process of a chain (this one, its ancestors), nearest first: only those started under the same kind (agent or person), since an
 * agent in a person's shell is not that person. A session of which a nearer process still runs, which is not among our
 * ancestors, is somebody else's (another terminal of one editor, another agent there). An agent may have several shells
 * and starters at once: these prove nothing.
 */
export function boundTo(
  room: Room,
  chain: Link[],
  boot: string | null,
  namespace: string | null,
  under: 'agent' | 'person' | 'nobody',
): string[][] {
  const own = new Set(chain.map(({ pid, started }) => `${pid} ${started}`))
  return chain.map((process) => {
    const directory = processDirectory(process, boot, namespace)
    const bound = listNames(inRoom(room, directory)).filter(
      (id) => isSessionId(id) && readSmall(room, `${directory}/${id}`) === under,
    )
    return bound.filter((id) => !isElsewhere(room, id, process, own, under))
  })
}

function isElsewhere(
  room: Room,
  session: string,
  meeting: Link,
  own: Set<string>,
  under: 'agent' | 'person' | 'nobody',
): boolean {
  const chain = readBinding(room, session)?.chain ?? []
  const at = chain.findIndex(({ pid, started }) => pid === meeting.pid && started === meeting.started)
  const nearer = chain.slice(0, Math.max(at, 0))
  const others = nearer.filter(
    ({ pid, started }) => !own.has(`${pid} ${started}`) && isAlive(pid, started) === 'alive',
  )
  return under === 'person' ? others.length > 0 : others.some(({ pid }) => !isHelper(readProcess(pid)))
}

const STARTER = /^(np[mx]\b|env|timeout|nohup|sudo|uvx?$)/

/** Whether a process is gone, or only starts others: a shell, `npx`, `env`. */
export const isHelper = (process: Process | null) =>
  !process || isShell(process) || STARTER.test(process.name)

/** The session last started in a terminal, or null. Terminals are reused: see isShellAlive. */
export function sessionOfTerminal(room: Room, terminal: string): string | null {
  return sessionIn(room, terminalFile(terminal))
}

/** Whether a process of the session's chain still runs. */
export function isShellAlive(room: Room, session: string): boolean {
  return (
    readBinding(room, session)?.chain.some(({ pid, started }) => isAlive(pid, started) === 'alive') ?? false
  )
}

/**
 * Whether the process that a session was started from is seen to run, though its file may be lost: a person's own shell; of an
 * agent, whose shells end at once, the nearest that runs still, unless it is the shell of the person behind it.
 */
export function isBoundAlive(room: Room, session: string): boolean {
  const binding = readBinding(room, session)
  if (binding?.boot_id !== bootId() || binding.pid_ns !== pidNamespace()) return false
  const isUp = ({ pid, started }: Binding['chain'][number]) => isAlive(pid, started) === 'alive'
  if (binding.under === 'person') return binding.chain.slice(0, 1).some(isUp)
  const nearest = binding.chain.find(isUp)
  return nearest !== undefined && !isHelper(readProcess(nearest.pid))
}

/**
 * Whether a session was started from here, by its binding alone, though no way may lead to it yet: the nearest process of its
 * start that still runs is an ancestor of ours, and is the very one it was started from, else the agent (not a shell, in which
 * others may live), or a person's shell (not an editor, which has others).
 */
export function isStartedHere(
  room: Room,
  session: string,
  chain: Process[],
  under: 'agent' | 'person' | 'nobody',
): boolean {
  const binding = readBinding(room, session)
  if (binding?.boot_id !== bootId() || binding.pid_ns !== pidNamespace() || binding.under !== under)
    return false
  const nearest = binding.chain.find(({ pid, started }) => isAlive(pid, started) === 'alive')
  const own = chain.find(({ pid, started }) => pid === nearest?.pid && started === nearest.started)
  if (!own) return false
  return nearest === binding.chain[0] || (under === 'agent' ? !isHelper(own) : isShell(own))
}

/** Whether the start of a session was cut off: the process that began it is gone, and left its mark. Of another machine or boot nothing is known. */
export function isCutOff(room: Room, session: string): boolean {
  const { starting, boot_id, pid_ns } = readBinding(room, session) ?? {}
  if (!starting || boot_id !== bootId() || pid_ns !== pidNamespace()) return false
  // One that ended after the first look may have come to its end.
  return isAlive(starting.pid, starting.started) === 'dead' && !!readBinding(room, session)?.starting
}

/** Remember which session an agent's own session id (`vendor:id`) means. */
export function bindAgent(room: Room, agent: string, session: string): void {
  replaceFile(place(room, agentFile(agent)), session)
}

/** The session registered for an agent's own session id, or null. */
export function sessionOfAgent(room: Room, agent: string): string | null {
  return sessionIn(room, agentFile(agent))
}

function sessionIn(room: Room, file: string): string | null {
  const id = readSmall(room, file)
  return id !== null && isSessionId(id) ? id : null
}

function readSmall(room: Room, file: string): string | null {
  const reading = readIfThere(inRoom(room, file), BYTES)
  return 'text' in reading ? reading.text.trim() || null : null
}
