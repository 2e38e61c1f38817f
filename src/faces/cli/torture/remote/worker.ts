/** The processes of a tortured clone: a session that claims and writes, and the rounds with the remote beside it. */
import type { Asked } from '../../../../protocol/torture/acts.ts'
import { type Chance, chanceFrom } from '../../../../protocol/torture/plan.ts'
import { nextAbroad, skewOf, thinking, untilNextRound } from '../../../../protocol/torture/remote/plan.ts'
import { pause } from '../../../../store/pid-lock.ts'
import type { Host } from '../../execute.ts'
import { actHere, answerTo, clock } from '../acting.ts'
import { numbering, openHistory, remember, type Task } from '../worker.ts'
import { contextOfClone } from './clones.ts'

/** Who is away may be written to. */
const moreOf = ({ op }: Asked) => (op === 'send' ? { 'to-unknown': true } : {})

/** A session that acts again and again. */
export function workAbroad(host: Host, task: Task, goesOn: () => boolean): void {
  const chance = chanceFrom(task.seed)
  const held = new Map<string, number>()
  const act = actor(host, task, chance)
  while (goesOn()) {
    const { op } = act((ask) => ask(nextAbroad(chance, held, task.others)), held)
    pause(thinking(chance, op))
  }
}

/** Rounds with the remote, and looks at what the room shows then. */
export function syncAbroad(host: Host, task: Task, goesOn: () => boolean): void {
  const chance = chanceFrom(task.seed)
  const act = actor(host, task, chance)
  while (goesOn()) {
    act((ask) => ask({ op: 'sync' }))
    act((ask) => ask({ op: 'look' }))
    pause(untilNextRound(chance))
  }
}

type Ask = ReturnType<typeof numbering>

function actor(host: Host, task: Task, chance: Chance) {
  // Rounds that heartbeats start would have the true clock, and nobody to end them.
  process.argv[1] = ''
  const write = openHistory(task)
  const asking = numbering(task.lane, process.pid)
  const { offset_ms } = task.clone!
  let offset = offset_ms
  return (choose: (ask: Ask) => Asked, held = new Map<string, number>()): Asked => {
    if (task.steps && chance() < 0.03) offset = skewOf(chance)
    const asked = choose(asking)
    const session = task.lane.endsWith('-sync') ? null : task.lane
    write(asked)
    const ctx = contextOfClone(host, task.arena, task.lane, session, { offset_ms: offset })
    const answer = answerTo(asked, actHere(ctx, asked, moreOf(asked)), clock())
    write(answer)
    remember(held, asked, answer)
    return asked
  }
}
