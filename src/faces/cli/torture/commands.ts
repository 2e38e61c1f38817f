/** Some of the tortured are commands, one process each, as scripts run them. */
import fs from 'node:fs'
import type { Asked } from '../../../protocol/torture/acts.ts'
import { chanceFrom, nextAct, nextPause } from '../../../protocol/torture/plan.ts'
import type { Host } from '../execute.ts'
import { answerTo, clock, inputOf } from './acting.ts'
import { historyOf, roomIn } from './arena.ts'
import type { Troop } from './nemesis.ts'
import { numbering, remember, type Task } from './worker.ts'

/** The environment of a tortured process: the user's, but for what tells coord who and where it is. */
export function environmentOf(host: Host): Record<string, string> {
  const kept = Object.entries(host.env).filter(([name]) => !/^(COORD|GIT)_/.test(name))
  return Object.fromEntries(kept.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** Run commands one after the other until the time is over. */
export async function runCommands(
  host: Host,
  troop: Troop,
  task: Task,
  goesOn: () => boolean,
): Promise<void> {
  const env = { ...environmentOf(host), COORD_SESSION: task.lane, COORD_DIR: roomIn(task.arena) }
  const chance = chanceFrom(task.seed)
  const ask = numbering(task.lane, 0)
  const held = new Map<string, number>()
  const file = historyOf(task.arena, task.lane)
  while (goesOn()) {
    const asked = ask(nextAct(chance, held, task.others))
    write(file, asked)
    const out = await troop.start(task.lane, argumentsOf(asked), env)
    const said = out === null ? null : parse(out)
    if (said) {
      const answer = answerTo(asked, said, clock())
      write(file, answer)
      remember(held, asked, answer)
    }
    await new Promise((go) => setTimeout(go, nextPause(chance)))
  }
}

const write = (file: string, entry: object) => fs.appendFileSync(file, `${JSON.stringify(entry)}\n`)
const POSITIONAL = ['type', 'name', 'to', 'subject', 'message', 'action']

function argumentsOf(asked: Asked): string[] {
  const entries = Object.entries(inputOf(asked))
  const flags = entries.filter(([name]) => !POSITIONAL.includes(name))
  return [
    asked.op,
    ...entries.filter(([name]) => POSITIONAL.includes(name)).map(([, value]) => String(value)),
    ...flags.map(([name, value]) => (value === true ? `--${name}` : `--${name}=${value}`)),
    '--json',
  ]
}

/** An answer that is no JSON is a fault of coord. */
function parse(out: string): Parameters<typeof answerTo>[1] {
  try {
    return JSON.parse(out)
  } catch {
    return {
      ok: false,
      error: { code: 'bug', message: `no answer but ${JSON.stringify(out.slice(0, 200))}` },
    }
  }
}
