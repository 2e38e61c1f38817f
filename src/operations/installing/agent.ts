/** Hooks, status line and command of one agent: what is to be written for them, or taken back. */
import path from 'node:path'
import type { Context } from '../../context.ts'
import { handlerFor, isOwnStatusLine, type Programs, shellLine } from '../../protocol/agents/lines.ts'
import {
  foreignCalls,
  newSettings,
  ownCommands,
  settingIn,
  withOurs,
  withoutOurs,
} from '../../protocol/agents/settings.ts'
import type { Agent, Scope } from '../../protocol/agents/table.ts'
import { quote } from '../../protocol/needs.ts'
import { renderSkill } from '../../render.ts'
import { readSpot, type Spot } from '../../store/agents/files.ts'
import { isPassing, onPath, platform, runningPrograms } from '../../store/agents/programs.ts'
import { isRoom } from '../../store/room.ts'
import { planKeepOut } from './keep-out.ts'
import { allSettings, baseOf, readSettings, settingsSpot } from './places.ts'
import { emptyPlan, environmentOf, type Plan, planText, type Way } from './plan.ts'

/** Plan for an agent and scope. Throws `damaged` for settings that can't be edited, `conflict` where git tracks what is private. */
export function planAgent(ctx: Context, agent: Agent, scope: Scope, way: Way): Plan {
  const plan = emptyPlan()
  const spot = settingsSpot(ctx, agent, scope)
  const found = readSettings(spot, agent)
  const programs = scope === 'project' ? null : runningPrograms(environmentOf(ctx).PATH ?? '')
  for (const command of found.text === null ? [] : foreignCalls(found.text, agent))
    plan.notes.push(`a line of yours in ${spot.file} calls coord too, and stays: ${command}`)
  if (way === 'uninstall') {
    planText(plan, spot, found, found.text === null ? null : withoutOurs(found.text, agent))
    if (plan.steps.length === 0) tellOthers(ctx, agent, scope, spot, plan, way)
  } else {
    const wanted = {
      run: handlerFor(agent, programs, platform()),
      status: statusFor(ctx, agent, programs, plan),
    }
    planText(
      plan,
      spot,
      found,
      found.text === null ? newSettings(agent, wanted) : withOurs(found.text, agent, wanted),
    )
    if (found.comments)
      plan.notes.push(`${spot.file} has comments, for which ${agent.title} may pass over the whole file`)
    tellOthers(ctx, agent, scope, spot, plan, way)
    tellNext(ctx, agent, programs, plan)
  }
  const skill = agent.name === 'claude' ? planSkill(ctx, agent, scope, programs, plan, way) : []
  const { base: top } = baseOf(ctx, agent, scope)
  const needs = (other: string) => isInstalledIn(other, agent)
  planKeepOut(ctx, { plan, way, scope, top, files: [spot.file, ...skill], needs })
  return plan
}

/** Whether another worktree has private settings that call coord. */
function isInstalledIn(top: string, agent: Agent): boolean {
  try {
    const file = path.join(top, agent.files.local)
    const { text } = readSettings({ root: top, file, follow: false }, agent)
    return text !== null && ownCommands(text, agent).length > 0
  } catch {
    return false
  }
}

/** Coord's status line, unless somebody else's is there or would be hidden by it. */
function statusFor(ctx: Context, agent: Agent, programs: Programs, plan: Plan): string | null {
  if (agent.name !== 'claude') return null
  const line = platform() === 'win32' ? null : shellLine(programs, 'statusline')
  const theirs = allSettings(ctx, agent).find(({ text }) => {
    const status = settingIn(text, 'statusLine')
    return status !== undefined && !isOwnStatusLine(status)
  })
  if (!theirs) return line
  const ours = programs ? `${quote(programs.node)} ${quote(programs.coord)}` : 'coord'
  plan.notes.push(`your status line in ${theirs.file} stays`)
  plan.hints.push(`a status line with both: in=$(cat); echo "$in" | YOURS; echo "$in" | ${ours} statusline`)
  return null
}

/** Where else coord is installed for this agent: each event would start it twice. */
function tellOthers(ctx: Context, agent: Agent, scope: Scope, spot: Spot, plan: Plan, way: Way): void {
  for (const other of allSettings(ctx, agent)) {
    if (other.scope === scope || other.file === spot.file || ownCommands(other.text, agent).length === 0)
      continue
    const remove = `coord uninstall ${agent.name} --${other.scope}`
    plan.notes.push(
      way === 'install'
        ? `also installed in ${other.file}, so that each event starts coord twice: ${remove}`
        : `it is installed in ${other.file}: ${remove}`,
    )
  }
}

function tellNext(ctx: Context, agent: Agent, programs: Programs, plan: Plan): void {
  for (const file of programs ? Object.values(programs).filter(isPassing) : [])
    plan.notes.push(`${file} goes with the next upgrade, then repeat coord install ${agent.name}`)
  if (ctx.root === null || !isRoom(ctx.root))
    plan.hints.push('hooks act only where a room is, and here is none yet: coord init')
  plan.hints.push(agent.afterwards, mcpHint(agent, coordWords(ctx, programs)))
}

/** How coord is called: by its name where a shell finds this very coord. */
function coordWords(ctx: Context, programs: Programs): string[] {
  if (!programs || onPath(environmentOf(ctx).PATH ?? '')) return ['coord']
  return [programs.node, programs.coord]
}

function mcpHint({ name }: Agent, coord: string[]): string {
  const line = coord.map(quote).join(' ')
  if (name !== 'cursor')
    return `its tools, if you want them: ${name} mcp add coord ${name === 'gemini' ? '' : '-- '}${line} mcp`
  const [command, ...args] = [...coord, 'mcp']
  return `its tools, if you want them, in .cursor/mcp.json: ${JSON.stringify({ mcpServers: { coord: { command, args } } })}`
}

const SKILL = 'skills/session-status/SKILL.md'
const SKILL_MARK = 'coord install keeps this file'

/**
 * The command /session-status; one of somebody else's stays. Returns the files that are ours. A checkout has one for both its scopes: it is as
 * the shared one needs it, and goes with the last of them.
 */
function planSkill(
  ctx: Context,
  agent: Agent,
  scope: Scope,
  programs: Programs,
  plan: Plan,
  way: Way,
): string[] {
  const { root, base, follow } = baseOf(ctx, agent, scope)
  const file = path.join(base, scope === 'user' ? SKILL : `.claude/${SKILL}`)
  const spot = { root, file, follow }
  const found = readSpot(spot)
  const ours = found.text === null || found.text.includes(SKILL_MARK)
  if (!ours && way === 'install') plan.notes.push(`${file} is not coord's, and stays`)
  const others = allSettings(ctx, agent).filter(
    (each) => each.scope !== scope && each.scope !== 'user' && ownCommands(each.text, agent).length > 0,
  )
  const isKept = scope !== 'user' && others.length > 0
  if (!ours || (isKept && way === 'uninstall')) return []
  const isShared = scope === 'project' || (isKept && others.some((each) => each.scope === 'project'))
  const coord = coordWords(ctx, isShared ? null : programs)
  planText(plan, spot, found, way === 'install' ? renderSkill(coord.map(quote).join(' ')) : null)
  return isShared && scope === 'local' ? [] : [path.dirname(file)]
}
