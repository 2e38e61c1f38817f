/** Where an agent's settings lie, scope by scope, and what they say. */
import path from 'node:path'
import type { Context } from '../../context.ts'
import { parseJson, positionOf } from '../../protocol/agents/json-text.ts'
import { misfitIn } from '../../protocol/agents/settings.ts'
import { type Agent, SCOPES, type Scope } from '../../protocol/agents/table.ts'
import { CoordError } from '../../protocol/errors.ts'
import { type Found, readSpot, type Spot } from '../../store/agents/files.ts'
import { environmentOf, homeOf, projectOf } from './plan.ts'

/** The directory of an agent's settings: `root` stays whatever happens, `base` is where its files lie. */
export interface Base {
  root: string
  base: string
  follow: boolean
}

/** The base for a scope. Throws `not_initialized` where there is no project. */
export function baseOf(ctx: Context, agent: Agent, scope: Scope): Base {
  if (scope !== 'user') {
    const top = (agent.mainWorktree && ctx.repository?.main) || projectOf(ctx)
    return { root: top, base: top, follow: false }
  }
  const { variable, directory } = agent.user
  const named = variable ? environmentOf(ctx)[variable] : undefined
  if (named) return { root: path.resolve(named), base: path.resolve(named), follow: true }
  const home = homeOf(ctx)
  return { root: home, base: path.join(home, directory), follow: true }
}

/** The settings of an agent for a scope. */
export function settingsSpot(ctx: Context, agent: Agent, scope: Scope): Spot {
  const { root, base, follow } = baseOf(ctx, agent, scope)
  const inside = scope === 'user' ? agent.user.file : agent.files[scope]
  return { root, file: path.join(base, inside), follow }
}

/** Settings as they are. Throws `damaged`, with file and position, for what can't be edited. */
export function readSettings(spot: Spot, agent: Agent): Found & { comments: boolean } {
  const found = readSpot(spot)
  if (found.text === null) return { ...found, comments: false }
  const parsed = parseJson(found.text)
  if ('trouble' in parsed) throw malformed(spot.file, parsed.trouble, parsed)
  const odd = misfitIn(found.text)
  if (odd) throw malformed(spot.file, odd.misfit, positionOf(found.text, odd.offset))
  return { ...found, comments: parsed.comments && !agent.comments }
}

function malformed(
  file: string,
  why: string,
  { line, column }: { line: number; column: number },
): CoordError {
  return new CoordError(
    'damaged',
    `${file}:${line}:${column} ${why}`,
    'Nothing was written. Mend it, then repeat.',
    {
      path: file,
      line,
      column,
    },
  )
}

/** Settings that are there and can't be taken for settings, with where and why; of all scopes. */
export function malformedSettings(ctx: Context, agent: Agent): { file: string; why: string }[] {
  const found = SCOPES.flatMap((scope) => {
    try {
      readSettings(settingsSpot(ctx, agent, scope), agent)
      return []
    } catch (error) {
      const { path: file, line } = (error as CoordError).details ?? {}
      if (typeof file !== 'string' || line === undefined) return []
      return [{ file, why: (error as Error).message.slice(`${file}:`.length) }]
    }
  })
  return found.filter(({ file }, at) => found.findIndex((other) => other.file === file) === at)
}

/** The settings of all scopes that can be read, each file once. */
export function allSettings(ctx: Context, agent: Agent): { scope: Scope; file: string; text: string }[] {
  const seen = new Set<string>()
  return SCOPES.flatMap((scope) => {
    try {
      const spot = settingsSpot(ctx, agent, scope)
      const { text } = readSettings(spot, agent)
      if (text === null || seen.has(spot.file)) return []
      seen.add(spot.file)
      return [{ scope, file: spot.file, text }]
    } catch {
      return []
    }
  })
}
