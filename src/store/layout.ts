/**
 * Laying out a room: directories, the tracked files, and the exclusions that keep runtime files out of git. Safe to repeat;
 * a file that people may have changed is never overwritten.
 */
import fs from 'node:fs'
import path from 'node:path'
import { DEFAULT_CONFIG, isGroup, parseConfig } from '../protocol/config.ts'
import { addFile, ensureDirectory, replaceFile } from './atomic.ts'
import { BOARD_FILE } from './board.ts'
import { codeOf, readText } from './disk.ts'
import type { Repository } from './git-places.ts'
import { recordText } from './records.ts'
import { ROOM_NAME, RUNTIME_DIRECTORIES } from './room.ts'

/** The texts that a room starts with, from the package's `templates/`. */
export interface Texts {
  readme: string
  gitignore: string
  /** Any other file of `templates/`. */
  template(name: string): string
}

/** What keeps everything in a directory out of git. */
export const NOTHING = '*\n'

/** Lay out a room at `root`; returns the files and directories that were made, as paths in the room. */
export function layOut(root: string, texts: Pick<Texts, 'readme' | 'gitignore'>): string[] {
  const made: string[] = []
  for (const directory of ['', ...RUNTIME_DIRECTORIES]) {
    const target = path.join(root, directory)
    if (!fs.existsSync(target)) made.push(`${directory}/`)
    ensureDirectory(root, target)
  }
  const add = (file: string, text: string) =>
    addFile({ root, file: path.join(root, file) }, text) && made.push(file)
  for (const directory of RUNTIME_DIRECTORIES)
    if (!directory.includes('/')) add(`${directory}/.gitignore`, NOTHING)
  add('README.md', texts.readme)
  add('.gitignore', texts.gitignore)
  add('config.json', recordText(DEFAULT_CONFIG))
  mirrorConfig(root)
  return made.filter((name) => name !== '/')
}

/** Whether the room has its runtime directories; a fresh clone has not. */
export function isLaidOut(root: string): boolean {
  return fs.existsSync(path.join(root, 'sessions'))
}

/** Whether a text is what a config.json must be. */
export function isJsonObject(text: string): boolean {
  try {
    return isGroup(parseConfig(text))
  } catch {
    return false
  }
}

/** Keep a copy of `config.json` in `.state`, for the time when a branch without it is checked out. A broken one is not copied over a good one. */
export function mirrorConfig(root: string): void {
  const read = (file: string) => {
    const reading = readText(path.join(root, file), 1 << 20)
    return 'text' in reading ? reading.text : null
  }
  const text = read('config.json')
  if (text !== null && isJsonObject(text) && text !== read('.state/config.json'))
    replaceFile({ root, file: path.join(root, '.state/config.json') }, text)
}

/** The lines that enclose what coord writes to info/exclude. */
export const BEGIN = '# coord: runtime files of COORDINATION/ (begin)'
export const END = '# coord: runtime files of COORDINATION/ (end)'

/**
 * Write the exclusions to `<common dir>/info/exclude` between markers, so that no branch without COORDINATION/ can make
 * `git add -A` commit the room. Returns false where git's directory can't be written; the room's own `.gitignore` remains.
 */
export function excludeFromGit(repository: Repository, root: string): boolean {
  const file = path.join(repository.common, 'info', 'exclude')
  const block = exclusionBlock(repository, root)
  if (fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink()) return false
  try {
    const old = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
    if (old.includes(block)) return true
    const start = old.indexOf(BEGIN)
    const end = old.indexOf(END)
    const rest = start >= 0 && end > start ? old.slice(0, start) + old.slice(end + END.length + 1) : old
    replaceFile(
      { root: repository.common, file },
      `${rest}${rest === '' || rest.endsWith('\n') ? '' : '\n'}${block}`,
    )
    return true
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS', 'unwritable'].includes(codeOf(error))) return false
    throw error
  }
}

/** Whether `<common dir>/info/exclude` holds the exclusions already. */
export function isExcluded(repository: Repository, root: string): boolean {
  const reading = readText(path.join(repository.common, 'info', 'exclude'), 1 << 20)
  return 'text' in reading && reading.text.includes(exclusionBlock(repository, root))
}

const exclusionBlock = (repository: Repository, root: string) =>
  `${[BEGIN, ...exclusions(repository, root), END].join('\n')}\n`

function exclusions(repository: Repository, root: string): string[] {
  const base = repository.main ?? repository.top
  const inside = path.relative(base, root)
  const prefix =
    inside.startsWith('..') || path.isAbsolute(inside) ? ROOM_NAME : inside.split(path.sep).join('/')
  const directories = RUNTIME_DIRECTORIES.filter((name) => !name.includes('/')).map(
    (name) => `/${prefix}/${name}/`,
  )
  const files = [BOARD_FILE, 'index.json', '.current_session', '.tmp-*'].map((name) => `/${prefix}/${name}`)
  return [...directories, ...files]
}

/** In a linked worktree, show the room's board at the usual place: a symlink, or a copy where links fail. */
export function linkBoard(repository: Repository, root: string): void {
  if (!repository.linked) return
  const target = path.join(root, BOARD_FILE)
  const link = path.join(repository.top, ROOM_NAME, BOARD_FILE)
  if (link === target || fs.lstatSync(link, { throwIfNoEntry: false })) return
  fs.mkdirSync(path.dirname(link), { recursive: true })
  try {
    fs.symlinkSync(target, link)
  } catch {
    if (fs.existsSync(target)) fs.copyFileSync(target, link)
  }
}
