/** A tortured process: acts again and again, and writes before and after each act what it asks and what it was told. */
import fs from 'node:fs'
import path from 'node:path'
import type { Asked } from '../../../protocol/torture/acts.ts'
import { type Chance, chanceFrom, nextAct, nextPause, type Planned } from '../../../protocol/torture/plan.ts'
import { pause } from '../../../store/pid-lock.ts'
import type { Host } from '../execute.ts'
import { actHere, answerTo, clock } from './acting.ts'
import { clear, contextIn, historyOf, roomIn, stoppedIn } from './arena.ts'
import { syncAbroad, workAbroad } from './remote/worker.ts'

/** What a process is started with. */
export interface Task {
  arena: string
  /** The process that started it. When it is gone, so is the reason to go on. */
  parent: number
  lane: string
  others: string[]
  seed: number
  /** When to end, by `clock`. */
  until: number
  /** At most so many acts, of which a share are messages and heartbeats; spread over the time. */
  most: number
  /** Whether its wall clock may be set: where leases are judged by the boot clock. */
  steps: boolean
  /** In one of several clones: how far its machine's clock is off (ms). */
  clone?: { offset_ms: number }
}

/** By how much a wall clock is off at most; what a board shows of messages is an hour. */
const OFFSET_MS = 55 * 60_000

/** Run a task until its time is over, or its parent is gone. */
export function runTask(host: Host, task: Task): void {
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
  const goesOn = () => clock() < task.until && process.ppid === task.parent
  const isOrphan = () => process.ppid !== task.parent
  try {
    if (goesOn()) workOf(task)(host, task, goesOn)
  } catch (error) {
    // Without its parent, the room may have been removed under it.
    if (!isOrphan()) throw error
  }
  if (isOrphan()) tidyAfter(task.arena)
  process.exitCode = 0
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.removeAllListeners(signal)
}

const workOf = ({ lane, clone }: Task) => {
  if (clone) return lane.endsWith('-sync') ? syncAbroad : workAbroad
  return lane === 'reader' ? look : work
}

/** Writes entries of a history, each with one call, which a kill can't cut. */
export function openHistory(task: Task): (entry: object) => void {
  const fd = fs.openSync(historyOf(task.arena, `${task.lane}-${process.pid}`), 'a')
  return (entry) => void fs.writeSync(fd, `${JSON.stringify(entry)}\n`)
}

/** Number the acts of a process. */
export function numbering(lane: string, of: string | number): (planned: Planned) => Asked {
  let serial = 0
  return (planned) => {
    const id = `${lane}-${of}-${++serial}`
    return { ...planned, id, lane, at: clock(), ...(planned.op === 'send' ? { key: id } : {}) }
  }
}

/** What a session believes to hold after an answer. */
export function remember(
  held: Map<string, number>,
  asked: Asked,
  { ok, token }: { ok: boolean; token?: number },
): void {
  if (asked.resource === undefined) return
  if (asked.op === 'release' || (asked.op === 'renew' && !ok)) held.delete(asked.resource)
  else if (ok && token !== undefined) held.set(asked.resource, token)
}

function work(host: Host, task: Task, goesOn: () => boolean): void {
  const write = openHistory(task)
  const chance = chanceFrom(task.seed)
  const ask = numbering(task.lane, process.pid)
  const held = new Map<string, number>()
  const begun = clock()
  let offset = 0
  for (let acts = 0; goesOn(); acts++) {
    if (task.steps && chance() < 0.02) offset = Math.round((chance() * 2 - 1) * OFFSET_MS)
    const ctx = contextIn(host, task.arena, task.lane, offset)
    const asked = ask(nextAct(chance, held, task.others))
    write(asked)
    const answer = answerTo(asked, actHere(ctx, asked), clock())
    write(answer)
    remember(held, asked, answer)
    rest(chance, acts, task, begun)
  }
}

/** Think; and where acts would become too many for the time, slow down. */
function rest(chance: Chance, acts: number, { most, until }: Task, begun: number): void {
  const due = begun + (acts / most) * (until - begun)
  pause(Math.max(nextPause(chance), Math.min(1000, due - clock())))
}

const LOOK_MS = 40
const STEP_MS = 100
/** A command that had just been started makes the room anew; on a busy machine that is seconds later. */
const QUIET_MS = 3000
const BOUND_MS = 15_000

/** Read what others write: the claims as coord tells them, and every record as a program would. */
function look(host: Host, task: Task, goesOn: () => boolean): void {
  const write = openHistory(task)
  const ask = numbering(task.lane, process.pid)
  while (goesOn()) {
    const asked = { ...ask({ op: 'claim' }), op: 'look' }
    write(asked)
    write(answerTo(asked, actHere(contextIn(host, task.arena, null), asked), clock()))
    const torn = findTorn(roomIn(task.arena), goesOn)
    if (torn) {
      const seen = { ...ask({ op: 'claim' }), op: 'read' }
      write(seen)
      write({ id: seen.id, done: clock(), ok: true, torn })
    }
    pause(LOOK_MS)
  }
}

const RECORDS = ['claims', 'sessions', 'messages/direct', 'messages/broadcast', '.']
/** The last of a directory, by name: the newest, where there are many. */
const MANY = 40

function findTorn(room: string, goesOn: () => boolean): { path: string; text: string } | null {
  const directories = RECORDS.flatMap((name) =>
    name === 'messages/direct' ? namesIn(path.join(room, name)).map((box) => `${name}/${box}`) : [name],
  )
  for (const directory of directories)
    for (const name of namesIn(path.join(room, directory)).slice(-MANY)) {
      const file = path.join(directory, name)
      if (!goesOn()) return null
      if (!/\.(json|claim)$/.test(name)) continue
      const text = textOf(path.join(room, file))
      if (text !== null && !isWhole(text)) return { path: file, text: text.slice(0, 80) }
    }
  return null
}

function namesIn(dir: string): string[] {
  try {
    return fs.readdirSync(dir).filter((name) => !name.startsWith('.'))
  } catch {
    return []
  }
}

function textOf(file: string): string | null {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

function isWhole(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object'
  } catch {
    return false
  }
}

/** The parent was killed: wake who was stopped, so that all see it and end, the last leaving nothing behind. The reader is never stopped. */
function tidyAfter(arena: string): void {
  const until = clock() + BOUND_MS
  for (let quiet = 0; quiet < QUIET_MS && clock() < until; quiet += STEP_MS) {
    for (const name of namesIn(arena)) wake(stoppedIn(name))
    if (!isCleared(arena)) quiet = 0
    pause(STEP_MS)
  }
}

/** Also false where others wrote into it meanwhile. */
function isCleared(arena: string): boolean {
  if (!fs.existsSync(arena)) return true
  try {
    clear(arena)
  } catch {
    // They end as well; then it can be removed.
  }
  return false
}

function wake(pid: number | null): void {
  try {
    if (pid !== null) process.kill(pid, 'SIGCONT')
  } catch {
    // It has ended.
  }
}
