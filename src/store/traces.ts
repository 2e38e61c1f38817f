/**
 * What coord wrote into a repository outside of COORDINATION/, taken back: the exclusions in `<common dir>/info/exclude` and the
 * board links in linked worktrees (layout.ts writes both). Only what is provably coord's own goes; the rest is named and stays.
 */
import fs from 'node:fs'
import path from 'node:path'
import { replaceFile } from './atomic.ts'
import { BOARD_FILE } from './board.ts'
import { asCoordError, codeOf, lookAt, readText, removeFile } from './disk.ts'
import type { Repository } from './git-places.ts'
import { BEGIN, END } from './layout.ts'
import { ROOM_NAME } from './room.ts'
import { linkedWorktrees } from './worktrees.ts'

export interface Traces {
  /** What was taken back. */
  removed: { path: string; what: string }[]
  /** What looks like coord's own, but stays, and why. */
  kept: { path: string; why: string }[]
}

const EXCLUDE_BYTES = 1024 * 1024

/** Take everything back; safe to repeat. Throws `unwritable` where git's directory or a worktree can't be written. */
export function removeTraces(repository: Repository, root: string): Traces {
  const traces: Traces = { removed: [], kept: [] }
  removeExclusions(repository, traces)
  for (const top of linkedWorktrees(repository)) removeBoardLink(top, root, traces)
  return traces
}

/** Every block between the markers; other lines stay as they are. */
function removeExclusions(repository: Repository, traces: Traces): void {
  const file = path.join(repository.common, 'info', 'exclude')
  const reading = readText(file, EXCLUDE_BYTES)
  if ('missing' in reading) return
  if ('trouble' in reading) {
    traces.kept.push({ path: file, why: reading.trouble })
    return
  }
  const rest = withoutBlocks(reading.text)
  if (rest !== reading.text) {
    replaceFile({ root: repository.common, file }, rest)
    traces.removed.push({ path: file, what: 'the exclusions' })
  }
  if (rest.includes(BEGIN) || rest.includes(END))
    traces.kept.push({ path: file, why: 'holds one marker line of coord without the other' })
}

function withoutBlocks(text: string): string {
  const start = text.indexOf(BEGIN)
  const end = text.indexOf(END, start)
  const again = text.indexOf(BEGIN, start + 1)
  if (start < 0 || end < 0 || (again >= 0 && again < end)) return text
  const after = text.slice(end + END.length).replace(/^\r?\n/, '')
  return text.slice(0, start) + withoutBlocks(after)
}

function removeBoardLink(top: string, root: string, traces: Traces): void {
  const directory = path.join(top, ROOM_NAME)
  const file = path.join(directory, BOARD_FILE)
  const board = path.join(root, BOARD_FILE)
  if (!lookAt(directory)?.isDirectory() || directory === root) return
  const stat = lookAt(file)
  if (!stat) return
  if (!isOwn(file, stat, board)) {
    traces.kept.push({ path: file, why: "is not a link to this room's board" })
    return
  }
  removeFile(file)
  traces.removed.push({ path: file, what: 'the link to the board' })
  removeEmpty(directory)
}

/** A link to the board; where links fail, an unchanged copy of it. */
function isOwn(file: string, stat: fs.Stats, board: string): boolean {
  if (stat.isSymbolicLink()) return path.resolve(path.dirname(file), fs.readlinkSync(file)) === board
  const [copy, original] = [readText(file, EXCLUDE_BYTES), readText(board, EXCLUDE_BYTES)]
  return 'text' in copy && 'text' in original && copy.text === original.text
}

function removeEmpty(directory: string): void {
  try {
    fs.rmdirSync(directory)
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error))) throw asCoordError(error, directory)
  }
}
