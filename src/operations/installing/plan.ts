/** What `install` and `uninstall` do, decided whole before anything is written. */
import path from 'node:path'
import type { Context } from '../../context.ts'
import { SCOPES, type Scope } from '../../protocol/agents/table.ts'
import { CoordError, invalid } from '../../protocol/errors.ts'
import { unifiedDiff } from '../../protocol/unified.ts'
import { type Found, moveFile, removeEmpty, type Spot, writeSpot } from '../../store/agents/files.ts'
import { isRoom } from '../../store/room.ts'

/** One file that is written, removed or moved, with the lines that change. */
export interface Change {
  path: string
  act: 'created' | 'changed' | 'removed' | 'moved'
  diff: string[]
  /** Where it was moved. */
  to?: string
}

interface Step extends Change {
  perform(): void
}

/** The steps, and what is to be said: notes of what was met, hints of what comes next. */
export interface Plan {
  steps: Step[]
  notes: string[]
  hints: string[]
}

/** What became of a plan. */
export interface Outcome {
  target: string
  scope: Scope
  dry_run: boolean
  /** Nothing was to be done. */
  already: boolean
  changes: Change[]
  notes: string[]
  hints: string[]
}

export type Way = 'install' | 'uninstall'

/** Nothing yet. */
export const emptyPlan = (): Plan => ({ steps: [], notes: [], hints: [] })

/** Add the writing of a text (null: removing the file) where something was read; nothing where that is there already. */
export function planText(plan: Plan, spot: Spot, found: Found, text: string | null, mode = found.mode): void {
  if (text === found.text && mode === found.mode) return
  plan.steps.push({
    path: spot.file,
    act: text === null ? 'removed' : found.text === null ? 'created' : 'changed',
    diff: unifiedDiff(found.text ?? '', text ?? ''),
    perform: () => writeSpot(spot, found, text, mode),
  })
  if (found.target !== spot.file)
    plan.notes.push(`${spot.file} is a link; what it leads to is written: ${found.target}`)
}

/** Add moving a file as it is. */
export function planMove(plan: Plan, root: string, from: string, to: string): void {
  const perform = () => {
    moveFile(from, to)
    removeEmpty({ root, file: from })
  }
  plan.steps.push({ path: from, act: 'moved', diff: [], to, perform })
}

/** Do all of a plan, or nothing with `dryRun`. */
export function carryOut(plan: Plan, about: { target: string; scope: Scope }, dryRun: boolean): Outcome {
  if (!dryRun) for (const step of plan.steps) step.perform()
  const changes = plan.steps.map(({ perform: _, ...change }) => change)
  const { notes, hints } = plan
  return { ...about, dry_run: dryRun, already: changes.length === 0, changes, notes, hints }
}

/** The one scope that flags name; `local` without one. Throws `invalid` for two. */
export function scopeOf(given: { [S in Scope]?: boolean }): Scope {
  const named = SCOPES.filter((scope) => given[scope])
  if (named.length > 1)
    throw invalid(named[1]!, `--${named[0]} and --${named[1]} contradict each other`, 'Give one of them.')
  return named[0] ?? 'local'
}

/** The top of what is worked in: the working tree, or the directory with the room. Throws `not_initialized` outside of both. */
export function projectOf(ctx: Context): string {
  const { repository, root } = ctx
  if (repository && (repository.main || repository.linked)) return repository.top
  if (!repository && root && isRoom(root)) return path.dirname(root)
  const hint = 'Change to a working tree, or install for all your projects: --user.'
  const where = repository
    ? 'no working tree here, as the repository is bare'
    : 'neither a repository nor a room here'
  throw new CoordError('not_initialized', `there is ${where}`, hint)
}

/** The environment of this user; that for git has it all. */
export const environmentOf = (ctx: Context) => ctx.gitEnvironment()

/** The user's home. Throws `invalid` where the environment does not tell. */
export function homeOf(ctx: Context): string {
  const { HOME, USERPROFILE } = environmentOf(ctx)
  const home = HOME ?? USERPROFILE
  if (!home || !path.isAbsolute(home)) throw invalid('HOME', 'HOME does not name your home', 'Set it.')
  return path.normalize(home)
}
