/** What `install` wrote that is still there, as the commands that take it back. Reads only. */
import type { Context } from '../../context.ts'
import { ownCommands } from '../../protocol/agents/settings.ts'
import { AGENTS } from '../../protocol/agents/table.ts'
import { planGit } from './git.ts'
import { planInstructions } from './instructions.ts'
import { allSettings } from './places.ts'

/** The commands, those for this repository first; not those for the settings of all projects. */
export function commandsToTakeBack(ctx: Context): string[] {
  const agents = AGENTS.flatMap((agent) =>
    allSettings(ctx, agent)
      .filter(({ scope, text }) => scope !== 'user' && ownCommands(text, agent).length > 0)
      .map(({ scope }) => `coord uninstall ${agent.name}${scope === 'local' ? '' : ` --${scope}`}`),
  )
  const others = [planGit, planInstructions].filter((plan) => hasSteps(() => plan(ctx, 'local', 'uninstall')))
  return [...agents, ...others.map((plan) => `coord uninstall ${plan === planGit ? 'git' : 'agents-md'}`)]
}

function hasSteps(plan: () => { steps: unknown[] }): boolean {
  try {
    return plan().steps.length > 0
  } catch {
    return false
  }
}
