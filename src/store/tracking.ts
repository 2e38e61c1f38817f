/**
 * `init --track`: messages, handoffs and the session log beside the code. The room's own `.gitignore` lets them through again; it
 * wins over `info/exclude`, so that the exclusions there can stay and go on guarding the branches that do not track.
 */
import path from 'node:path'
import { CoordError } from '../protocol/errors.ts'
import { replaceFile } from './atomic.ts'
import { readText } from './disk.ts'
import { NOTHING, type Texts } from './layout.ts'
import { RUNTIME_DIRECTORIES } from './room.ts'

/** The directories that `--track` lets git see. */
export const TRACKED_DIRECTORIES = ['messages', 'handoffs', 'session-log']
const ATTRIBUTES = '.gitattributes'
const BYTES = 1 << 20

/** A runtime path of the room (relative to it) that belongs into no commit, given whether the room is tracked. */
export function isRuntimePath(file: string, tracked: boolean): boolean {
  const [top = ''] = file.split('/')
  if (TRACKED_DIRECTORIES.includes(top)) return !tracked
  return (
    RUNTIME_DIRECTORIES.includes(top) || ['STATUS_BOARD.md', 'index.json', '.current_session'].includes(top)
  )
}

/** Let git see the records, or keep them out again; what people changed in these files stays. Returns the files changed. */
export function setTracking(root: string, tracked: boolean, template: Texts['template']): string[] {
  const inner = TRACKED_DIRECTORIES.filter((name) => writeInner(root, name, tracked, template))
  const changed = inner.map((name) => `${name}/.gitignore`)
  if (editLines(root, '.gitignore', (lines) => withRules(lines, tracked))) changed.push('.gitignore')
  if (tracked && addAttributes(root, template)) changed.push(ATTRIBUTES)
  return changed
}

/** Write `.gitattributes`, or add what is missing in the room's; true when it changed. */
export function addAttributes(root: string, template: Texts['template']): boolean {
  const wanted = linesOf(template('room-gitattributes'))
  return editLines(root, ATTRIBUTES, (lines) => [...lines, ...wanted.filter((line) => !lines.includes(line))])
}

/** The `.gitignore` of one tracked directory; one that is neither of ours is somebody's own. */
function writeInner(root: string, name: string, tracked: boolean, template: Texts['template']): boolean {
  const open = template(name === 'messages' ? 'tracked-messages-gitignore' : 'tracked-gitignore')
  const wanted = tracked ? open : NOTHING
  const file = path.join(root, name, '.gitignore')
  const old = textOf(file)
  if (old === wanted || (old !== null && old !== open && old !== NOTHING)) return false
  replaceFile({ root, file }, wanted)
  return true
}

/** The lines of the room's `.gitignore`: `/messages/` keeps out, `!/messages/` lets in, whatever `info/exclude` says. */
function withRules(lines: string[], tracked: boolean): string[] {
  const rules = TRACKED_DIRECTORIES.map((name) => `/${name}/`)
  const wanted = tracked ? rules.map((rule) => `!${rule}`) : rules
  const others = tracked ? rules : rules.map((rule) => `!${rule}`)
  const edited = lines.map((line) => wanted[others.indexOf(line)] ?? line)
  const missing = wanted.filter((rule) => !edited.includes(rule))
  return [...edited.filter((line, at) => !wanted.includes(line) || edited.indexOf(line) === at), ...missing]
}

function editLines(root: string, name: string, edit: (lines: string[]) => string[]): boolean {
  const file = path.join(root, name)
  const lines = linesOf(textOf(file) ?? '')
  const edited = edit(lines)
  if (edited.join('\n') === lines.join('\n')) return false
  replaceFile({ root, file }, `${edited.join('\n')}\n`)
  return true
}

const linesOf = (text: string) => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))

/** The text of a file of ours, line ends as git may have converted them; null where there is none. Throws `damaged` for other things. */
function textOf(file: string): string | null {
  const reading = readText(file, BYTES)
  if ('text' in reading) return reading.text.replaceAll('\r\n', '\n')
  if ('missing' in reading) return null
  throw new CoordError('damaged', `${file} ${reading.trouble}`, 'Move it away, then repeat the command.', {
    path: file,
  })
}
