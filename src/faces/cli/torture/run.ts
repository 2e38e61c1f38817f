/** One torture from start to verdict: real processes, stopped, killed and with clocks that are set; then their history is judged. */
import fs from 'node:fs'
import { readHistory } from '../../../protocol/torture/acts.ts'
import { findViolation } from '../../../protocol/torture/check.ts'
import { countTakeovers, type Speed, speedOf } from '../../../protocol/torture/measure.ts'
import { type Chance, chanceFrom, LONGEST_TERM_MS, RESOURCES } from '../../../protocol/torture/plan.ts'
import { tellStory, type Violation } from '../../../protocol/torture/violation.ts'
import type { Host } from '../execute.ts'
import { actHere, answerTo, clock } from './acting.ts'
import { contextIn, furnish, historyOf, readHistories } from './arena.ts'
import { environmentOf, runCommands } from './commands.ts'
import { gather, type Troop } from './nemesis.ts'
import type { Weather } from './remote/weather.ts'
import { numbering, type Task } from './worker.ts'

/** How `full.ts` is asked to be a tortured process. */
export const WORKER = '--torture-worker'

export interface Plan {
  /** An empty directory; it is the caller's to remove. */
  arena: string
  seconds: number
  processes: number
  seed: number
  onLook(elapsed_ms: number): void
}

export interface Report {
  seconds: number
  /** The directory whose disk was tried. */
  place: string
  processes: number
  acts: number
  acts_per_second: number
  takeovers: number
  kills: number
  stops: number
  clocks_set: boolean
  speed: Record<string, Speed>
  violation: (Violation & { story: string[] }) | null
  /** What only clones with a remote between them meet. */
  remote?: Weather
}

/** Bounds memory and the time of the judgement, however long it goes on. */
const MOST_ACTS = 200_000
const COMMANDS = ['command-1', 'command-2']
const KINDS = ['claim', 'renew', 'release', 'heartbeat', 'send', 'inbox']
const PATIENCE_MS = 5000

/** Null when the signal came first. Ends early with the first violation. All processes are gone when it returns. */
export async function runTorture(host: Host, plan: Plan, signal: AbortSignal): Promise<Report | null> {
  const { arena, processes } = plan
  const workers = Array.from({ length: processes }, (_, at) => `worker-${at + 1}`)
  const lanes = [...workers, ...COMMANDS]
  furnish(host, arena, [...lanes, 'last'])
  const steps = contextIn(host, arena, null).now().boot !== null
  const troop = gather(host, arena)
  const chance = chanceFrom(plan.seed)
  const start = clock()
  const until = start + plan.seconds * 1000
  const most = Math.floor(MOST_ACTS / lanes.length)
  const taskOf = (lane: string): Task => {
    const others = lanes.filter((other) => other !== lane)
    return {
      arena,
      parent: process.pid,
      lane,
      others,
      seed: Math.floor(chance() * 2 ** 32),
      until,
      most,
      steps,
    }
  }
  const found = await fight(host, troop, { workers, taskOf, chance, start, plan }, signal)
  if (signal.aborted) return null
  const ran = clock() - start
  if (!found) await finish(host, arena, lanes)
  const acts = readHistory(readHistories(arena))
  const violation = found ?? findViolation(acts)
  return {
    seconds: Math.round(ran / 100) / 10,
    place: arena.slice(0, Math.max(1, arena.lastIndexOf('/'))),
    processes,
    acts: acts.length,
    acts_per_second: Math.round((acts.length / ran) * 1000),
    takeovers: countTakeovers(acts),
    kills: troop.kills,
    stops: troop.halts.length,
    clocks_set: steps,
    speed: speedOf(
      acts.filter(({ op }) => KINDS.includes(op)),
      troop.halts,
    ),
    violation: violation && { ...violation, story: tellStory(violation, start) },
  }
}

interface Fight {
  workers: string[]
  taskOf(lane: string): Task
  chance: Chance
  start: number
  plan: Plan
}

/** Let them act while bad things happen to them; look at the history at one second, two, four … */
async function fight(host: Host, troop: Troop, fight: Fight, signal: AbortSignal): Promise<Violation | null> {
  const { workers, taskOf, chance, start, plan } = fight
  const { until } = taskOf('reader')
  let violation: Violation | null = null
  let over = false
  const goesOn = () => !over && clock() < until
  const all = [
    ...workers.map((lane) => keepRunning(host, troop, () => taskOf(lane), goesOn)),
    ...COMMANDS.map((lane) => runCommands(host, troop, taskOf(lane), goesOn)),
    keepRunning(host, troop, () => taskOf('reader'), goesOn, { safe: true }),
  ]
  for (let next = start + 1000; goesOn() && !signal.aborted && !violation; ) {
    await new Promise((go) => setTimeout(go, 50 + chance() * 200))
    troop.strike(chance)
    plan.onLook(clock() - start)
    if (clock() < next) continue
    next += clock() - start
    violation = findViolation(readHistory(readHistories(plan.arena)))
  }
  over = true
  await troop.end(signal.aborted || violation ? 0 : PATIENCE_MS)
  await Promise.all(all)
  return violation
}

/** A lane's process, and the next one when it was killed. */
export async function keepRunning(
  host: Host,
  troop: Troop,
  task: () => Task,
  goesOn: () => boolean,
  options: { safe?: boolean } = {},
): Promise<void> {
  while (goesOn()) {
    const { lane, ...rest } = task()
    await troop.start(lane, [WORKER, JSON.stringify({ lane, ...rest })], environmentOf(host), options)
  }
}

/** When every lease is over: claim all, let each read what is left, and list all messages. */
async function finish(host: Host, arena: string, lanes: string[]): Promise<void> {
  await new Promise((go) => setTimeout(go, LONGEST_TERM_MS * 1.2))
  const asking = numbering('last', 'end')
  const act = (op: string, lane: string, resource?: string) => {
    const asked = { ...asking({ op: 'claim', resource: resource ?? '', term_ms: 60_000 }), op, lane }
    const said = actHere(contextIn(host, arena, lane), asked)
    const entries = [asked, answerTo(asked, said, clock())]
    fs.appendFileSync(historyOf(arena, 'end'), entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
  }
  for (const resource of RESOURCES) act('last claim', 'last', resource)
  for (const lane of lanes) act('inbox', lane)
  act('list', 'last')
}
