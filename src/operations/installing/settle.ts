/** What `install TARGET` and `uninstall TARGET` have in common. */
import type { Context } from '../../context.ts'
import { agentNamed, TARGETS } from '../../protocol/agents/table.ts'
import { invalid } from '../../protocol/errors.ts'
import { nearest } from '../../protocol/names.ts'
import { planAgent } from './agent.ts'
import { planGit } from './git.ts'
import { planInstructions } from './instructions.ts'
import { carryOut, type Outcome, scopeOf, type Way } from './plan.ts'

/** The flags that say for whom. */
export const scopeFields = {
  local: { kind: 'flag', help: 'this checkout alone, out of git (default)' },
  project: { kind: 'flag', help: 'a shared file, which finds coord on PATH' },
  user: { kind: 'flag', help: 'all projects of this user' },
} as const

interface Flags {
  local?: boolean
  project?: boolean
  user?: boolean
  'dry-run'?: boolean
}

/** Install or take back one target. Throws `invalid` for one that is not known. */
export function settle(ctx: Context, target: string, flags: Flags, way: Way): Outcome {
  const scope = scopeOf(flags)
  const agent = agentNamed(target)
  if (!agent && !TARGETS.includes(target)) throw unknown(target)
  const plan = agent
    ? planAgent(ctx, agent, scope, way)
    : (target === 'git' ? planGit : planInstructions)(ctx, scope, way)
  return carryOut(plan, { target, scope }, flags['dry-run'] ?? false)
}

function unknown(target: string) {
  const [near] = nearest(target, TARGETS)
  const hint = near ? `Did you mean ${near}?` : `One of ${TARGETS.join(', ')}.`
  return invalid('target', `"${target}" is nothing that coord could be installed for`, hint)
}
