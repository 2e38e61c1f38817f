/** The end of a torture between clones, when all is calm. */
import fs from 'node:fs'
import type { Context } from '../../../../context.ts'
import type { Answered, Asked } from '../../../../protocol/torture/acts.ts'
import { SHARED } from '../../../../protocol/torture/remote/plan.ts'
import type { Host } from '../../execute.ts'
import { actHere, answerTo, clock } from '../acting.ts'
import { historyOf } from '../arena.ts'
import { numbering } from '../worker.ts'
import { ageLocks, type Clocks, contextOfClone } from './clones.ts'

/** Clocks were ahead by up to an hour, so that leases last longer for others; and what they are seen as is watched for a minute at most. */
const LATER_MS = 2 * 3_600_000
const ROUNDS = 2
const TRIES = 3

/**
 * A message from each clone, rounds of each, what each shows and reads, and hours later a claim of each resource. What
 * fails already ends it, as every try would take as long again.
 */
export function actInCalm(host: Host, arena: string, machines: string[]): void {
  const act = actorIn(host, arena)
  for (const machine of machines) ageLocks(arena, machine, LATER_MS)
  for (const machine of machines) act({ op: 'send', to: 'broadcast' }, machine)
  const rounds = Array.from({ length: ROUNDS }, () => machines).flat()
  if (!rounds.every((machine) => act({ op: 'last sync' }, `${machine}-sync`, { tries: TRIES }))) return
  for (const machine of machines) {
    act({ op: 'last look' }, `${machine}-sync`)
    act({ op: 'inbox' }, machine)
    act({ op: 'list' }, machine)
  }
  const later = { clocks: { later_ms: LATER_MS } }
  SHARED.every((resource) => act({ op: 'last claim', resource, term_ms: 60_000 }, 'm1-last', later))
}

/** Acts in this process and writes them down; of several tries the last. Whether it was done, and the remote took it. */
function actorIn(host: Host, arena: string) {
  const asking = numbering('last', 'end')
  return (
    { op, ...about }: Pick<Asked, 'op' | 'resource' | 'term_ms' | 'to'>,
    lane: string,
    { tries = 1, clocks = {} }: { tries?: number; clocks?: Clocks } = {},
  ): boolean => {
    const asked = { ...asking({ op: op === 'send' ? op : 'look', ...about }), op, lane }
    const ctx = () => contextOfClone(host, arena, lane, lane.endsWith('-sync') ? null : lane, clocks)
    let answer = answerIn(ctx(), asked)
    for (let tried = 1; !answer.ok && tried < tries; tried++) answer = answerIn(ctx(), asked)
    fs.appendFileSync(historyOf(arena, 'end'), `${JSON.stringify(asked)}\n${JSON.stringify(answer)}\n`)
    return answer.ok && !answer.provisional
  }
}

/** With the reason where the remote did not take it. */
function answerIn(ctx: Context, asked: Asked): Answered {
  const answer = answerTo(asked, actHere(ctx, asked), clock())
  return answer.provisional ? { ...answer, error: ctx.warnings.at(-1) ?? '' } : answer
}
