/** One torture of clones with a remote between them, from start to verdict. */
import { readHistory } from '../../../../protocol/torture/acts.ts'
import { countTakeovers, speedOf } from '../../../../protocol/torture/measure.ts'
import { chanceFrom } from '../../../../protocol/torture/plan.ts'
import { findViolationAbroad } from '../../../../protocol/torture/remote/check.ts'
import { machineOf, skewOf } from '../../../../protocol/torture/remote/plan.ts'
import { tellStory, type Violation } from '../../../../protocol/torture/violation.ts'
import type { Host } from '../../execute.ts'
import { clock } from '../acting.ts'
import { readHistories } from '../arena.ts'
import { gather } from '../nemesis.ts'
import { keepRunning, type Plan, type Report } from '../run.ts'
import type { Task } from '../worker.ts'
import { actInCalm } from './calm.ts'
import { checkGit, cloneAll, contextOfClone, stateOfClone } from './clones.ts'
import { brew, gitBelow, type Storm } from './weather.ts'

const KINDS = ['claim', 'renew', 'release', 'heartbeat', 'send', 'inbox', 'sync']
/** Who is in the middle of an act then is killed, as others were before. */
const PATIENCE_MS = 1000
/** As `runTorture`: null when the signal came first, early with the first violation, and no process is left. Throws `conflict` without git. */
export async function runRemoteTorture(host: Host, plan: Plan, signal: AbortSignal): Promise<Report | null> {
  checkGit(host)
  const { arena, processes, seconds } = plan
  const begun = clock()
  const machines = Array.from({ length: processes }, (_, at) => `m${at + 1}`)
  cloneAll(host, arena, machines, ['m1-last'])
  const before = machines.map((machine) => stateOfClone(host, arena, machine))
  const troop = gather(host, arena)
  const storm = brew(troop, arena)
  const start = clock()
  // The end takes about as long as the layout did, so that all of it takes the time that was asked for.
  const until = start + Math.max(seconds * 500, seconds * 1000 - 2 * (start - begun))
  const found = await fight(host, { troop, storm, machines, start, until, plan }, signal)
  if (signal.aborted) return null
  const ran = clock() - start
  if (!found) actInCalm(host, arena, machines)
  const acts = readHistory(readHistories(arena))
  const touched = () => machines.flatMap((machine, at) => touchedIn(host, arena, machine, before[at]!))[0]
  const violation = found ?? findViolationAbroad(acts) ?? touched() ?? null
  const claims = acts.filter(({ op }) => ['claim', 'renew', 'release'].includes(op))
  return {
    seconds: Math.round(ran / 100) / 10,
    place: arena.slice(0, Math.max(1, arena.lastIndexOf('/'))),
    processes,
    acts: acts.length,
    acts_per_second: Math.round((acts.length / ran) * 10_000) / 10,
    takeovers: countTakeovers(acts),
    kills: troop.kills,
    stops: troop.halts.length,
    clocks_set: hasSteps(host, arena),
    speed: speedOf(
      acts.filter(({ op }) => KINDS.includes(op)),
      troop.halts,
    ),
    remote: { ...storm.seen, provisional: claims.filter(({ answer }) => answer?.provisional).length },
    violation: violation && { ...violation, story: tellStory(violation, start) },
  }
}

/** Without a boot clock only wall time judges leases, so it is not set while they run. */
const hasSteps = (host: Host, arena: string) => contextOfClone(host, arena, 'm1').now().boot !== null

interface Fight {
  troop: ReturnType<typeof gather>
  storm: Storm
  machines: string[]
  start: number
  until: number
  plan: Plan
}

/** Let them act while bad things happen to them; look at the history at two seconds, four, eight … */
async function fight(
  host: Host,
  { troop, storm, machines, start, until, plan }: Fight,
  signal: AbortSignal,
): Promise<Violation | null> {
  const { arena } = plan
  const chance = chanceFrom(plan.seed)
  const steps = hasSteps(host, arena)
  const skews = new Map(machines.map((machine, at) => [machine, skewOf(chance, at % 2 === 1)]))
  let over = false
  const goesOn = () => !over && clock() < until
  const taskOf = (lane: string): Task => ({
    ...{ arena, parent: process.pid, lane, until, most: Infinity, steps },
    others: machines.filter((other) => other !== machineOf(lane)),
    seed: Math.floor(chance() * 2 ** 32),
    clone: { offset_ms: skews.get(machineOf(lane))! },
  })
  const lanes = machines.flatMap((machine) => [machine, `${machine}-sync`])
  const all = lanes.map((lane) => keepRunning(host, troop, () => taskOf(lane), goesOn))
  let violation: Violation | null = null
  for (let next = start + 2000; goesOn() && !signal.aborted && !violation; ) {
    await new Promise((go) => setTimeout(go, 30 + chance() * 120))
    if (chance() < 0.3) troop.strike(chance)
    storm.strike(chance)
    plan.onLook(plan.seconds * 1000 - (until - clock()))
    if (clock() < next) continue
    next += clock() - start
    violation = findViolationAbroad(readHistory(readHistories(arena)))
  }
  over = true
  storm.calm()
  await troop.end(signal.aborted || violation ? 0 : PATIENCE_MS, gitBelow)
  await Promise.all(all)
  return violation
}

function touchedIn(host: Host, arena: string, machine: string, before: Record<string, string>): Violation[] {
  const after = stateOfClone(host, arena, machine)
  const what = Object.keys(before).find((name) => before[name] !== after[name])
  return what === undefined
    ? []
    : [{ promise: 'tree_touched', what: `the ${what} of the clone ${machine} was touched`, acts: [] }]
}
