/** The block in AGENTS.md, and in a CLAUDE.md that does not import it, which tells agents how to take part. */
import path from 'node:path'
import type { Context } from '../../context.ts'
import type { Scope } from '../../protocol/agents/table.ts'
import { findBlock, type Markers, withBlock, withoutBlock } from '../../protocol/blocks.ts'
import { CoordError, invalid } from '../../protocol/errors.ts'
import { renderInstructions } from '../../render.ts'
import { leadsTo, readSpot } from '../../store/agents/files.ts'
import { emptyPlan, type Plan, planText, projectOf, type Way } from './plan.ts'

/** HTML comments: they do not show, and Claude Code keeps them from the model. */
const MARKERS: Markers = {
  begin: '<!-- coord: begin (coord install agents-md brings this up to date) -->',
  end: '<!-- coord: end -->',
}
const AGENTS_FILE = 'AGENTS.md'
const CLAUDE_FILES = ['CLAUDE.md', '.claude/CLAUDE.md']

/** Plan for the instructions; they are shared, so that `local` and `project` mean the same. Throws `damaged` for torn markers. */
export function planInstructions(ctx: Context, scope: Scope, way: Way): Plan {
  if (scope === 'user')
    throw invalid('user', 'instructions stand in the repository that they are for', `coord ${way} agents-md`)
  const plan = emptyPlan()
  const top = projectOf(ctx)
  const agents = path.join(top, AGENTS_FILE)
  for (const file of [agents, ...CLAUDE_FILES.map((name) => path.join(top, name))])
    planFile(plan, top, file, way, file === agents)
  if (way === 'install' && plan.steps.length > 0) plan.hints.push('look at it, then commit it')
  return plan
}

/** A link among these files is the other file, and needs no block of its own. */
function planFile(plan: Plan, top: string, file: string, way: Way, always: boolean): void {
  const others = [AGENTS_FILE, ...CLAUDE_FILES].map((name) => path.join(top, name))
  const other = others.find((name) => name !== file && leadsTo(file, name))
  if (other) {
    // What the link leads to is CLAUDE.md, which would do without a block only if it imported this one.
    if (always && way === 'install') planBlock(plan, top, other, way)
    return
  }
  planBlock(plan, top, file, way, always)
}

function planBlock(plan: Plan, top: string, file: string, way: Way, always = true): void {
  if (plan.steps.some((step) => step.path === file)) return
  const spot = { root: top, file, follow: false }
  const found = readSpot(spot)
  const block = findBlock(found.text ?? '', MARKERS)
  if (block && 'torn' in block) throw torn(file, block.torn)
  const isLeftOut = !always && !block && (found.text === null || importsAgents(found.text))
  if (way === 'uninstall') planText(plan, spot, found, found.text && withoutBlock(found.text, MARKERS))
  else if (!isLeftOut) planText(plan, spot, found, withBlock(found.text, MARKERS, blockOf()))
}

const blockOf = () => renderInstructions().trimEnd().split('\n')

/** Whether a CLAUDE.md imports AGENTS.md: code.claude.com/docs/en/memory, `@path`. */
const importsAgents = (text: string) => /(^|\s)@(\.{0,2}\/)*AGENTS\.md\b/m.test(text)

function torn(file: string, line: number): CoordError {
  const hint = 'Nothing was written. Take the marker out, then repeat.'
  return new CoordError('damaged', `${file}:${line} has a marker of coord without the other`, hint, {
    path: file,
  })
}
