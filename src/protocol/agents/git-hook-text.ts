/** Texts of git hooks that call coord: a block below the first line of a shell script, so that an `exit` further down does not skip it. */
import { blockLines, findBlock, type Markers } from '../blocks.ts'
import { GIT_HOOKS, gitLines, type Programs } from './lines.ts'

export const HOOK_MARKERS: Markers = {
  begin: '# coord: begin (coord uninstall git takes this out)',
  end: '# coord: end',
}
const SHEBANG = '#!/bin/sh'
const OTHER_MARK = '# The hook that was here before:'

/** Where a hook that is no shell script goes: under its own name, as some look at that. */
export const asideOf = (hook: string) => `before-coord/${hook}`

/** The lines that call coord from a hook. */
export function linesOf(hook: string, programs: Programs): string[] {
  return gitLines(programs, GIT_HOOKS.find(({ name }) => name === hook)!)
}

/** A hook of ours alone, told from others by its empty line; with `aside`, one that then becomes what was there before. `bare`: husky's, without a first line. */
export function newHook(
  hook: string,
  programs: Programs,
  form: { aside?: boolean; bare?: boolean } = {},
): string {
  const block = [HOOK_MARKERS.begin, ...linesOf(hook, programs), HOOK_MARKERS.end]
  const before = `"$(dirname "$0")/${asideOf(hook)}"`
  const rest = form.aside ? [OTHER_MARK, `[ ! -x ${before} ] || exec ${before} "$@"`] : []
  return `${[...(form.bare ? [] : [SHEBANG]), '', ...block, ...rest].join('\n')}\n`
}

/** A shell hook with our block in it, up to date. */
export function withHook(text: string, hook: string, programs: Programs): string {
  const block = [HOOK_MARKERS.begin, ...linesOf(hook, programs), HOOK_MARKERS.end]
  const found = findBlock(text, HOOK_MARKERS)
  if (found && !('torn' in found)) return text.slice(0, found.from) + block.join('\n') + text.slice(found.to)
  if (!text.startsWith('#!')) return `${block.join('\n')}\n${text}`
  const first = text.indexOf('\n')
  if (first < 0) return `${text}\n${block.join('\n')}`
  return `${text.slice(0, first + 1)}${block.join('\n')}\n${text.slice(first + 1)}`
}

/** A shell hook without our block; null where it was ours alone. */
export function withoutHook(text: string): string | null {
  const found = findBlock(text, HOOK_MARKERS)
  if (!found || 'torn' in found) return text
  const [before, after] = [text.slice(0, found.from), text.slice(found.to)]
  if (
    (before === '\n' || before === `${SHEBANG}\n\n`) &&
    (after === '\n' || after.startsWith(`\n${OTHER_MARK}`))
  )
    return null
  if (after === '') return before.replace(/\n$/, '')
  return before + after.replace(/^\n/, '')
}

/** Whether a hook has our block. */
export const callsCoord = (text: string) => blockLines(text, HOOK_MARKERS) !== null
