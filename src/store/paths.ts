/**
 * What a path means as a resource of type `file`: relative to the top of the working tree it lies in, so that it is the same resource in
 * every worktree of the repository. Looks at the disk, writes nothing. A bundle of its own: only globs, directories and paths that are
 * not plainly relative to the top need it, and picomatch is in it.
 */
import fs from 'node:fs'
import path from 'node:path'
import type { Resource } from '../protocol/claims.ts'
import { invalid } from '../protocol/errors.ts'
import { escapeGlob, isGlob, literalOf, splitGlob } from '../protocol/globs.ts'
import { checkName } from '../protocol/names.ts'
import { compileGlob, overlap } from '../protocol/overlap.ts'
import { lookAt } from './disk.ts'
import { findRepository } from './git-places.ts'

export { compileGlob, overlap, overlapped } from '../protocol/overlap.ts'
export { partError, severalNames } from '../protocol/parts.ts'

/** Where paths are given: the top of the working tree, the directory, and the git directory that all worktrees share. */
export interface Place {
  top: string
  cwd: string
  common: string | null
}

const literal = (resource_name: string): Resource => ({ resource_type: 'file', resource_name })
const below = (directory: string) => within(directory, '**')
const within = (directory: string, rest: string) =>
  directory === '' ? rest : `${escapeGlob(directory).replace(/\/$/, '')}/${rest}`

function glob(resource_name: string): Resource {
  compileGlob(resource_name)
  return { resource_type: 'file', resource_name, glob: true }
}

/**
 * The resource that a name means: an existing path is taken as it stands, a directory is all below it, what has wildcards is a glob;
 * `\` takes the next character as it stands. Throws `invalid`.
 */
export function fileResource(at: Place, name: string): Resource {
  const resource = meaningOf(at, name)
  checkName(resource.resource_name)
  return resource
}

function meaningOf(at: Place, name: string): Resource {
  const there = resolveIn(at, name)
  const stat = lookAt(there)
  if (!stat && isGlob(name)) return globOf(at, name)
  const file = stat ? there : resolveIn(at, literalOf(name))
  const directory = stat?.isDirectory() || name.endsWith('/')
  return directory ? glob(below(nameIn(at, file))) : literal(nameIn(at, file))
}

function globOf(at: Place, name: string): Resource {
  const { base, rest } = splitGlob(name)
  if (/(^|\/)\.{1,2}(\/|$)/.test(rest))
    throw invalid('name', `name ${JSON.stringify(name)} has . or .. behind a wildcard`, 'Write it without.')
  const rooted = name.startsWith('/') && base === '' ? '/' : base
  const directory = nameIn(at, resolveIn(at, rooted || '.'))
  return glob(within(directory, rest))
}

/**
 * What a path that a tool would write to means: never a glob, a directory is all below it. Also the place that a link leads to, and what
 * the name means from the top where only that exists.
 */
export function guardedResources(at: Place, name: string): Resource[] {
  const files = [path.resolve(at.cwd, name)]
  if (!lookAt(files[0]!) && lookAt(resolveIn(at, name))) files.push(resolveIn(at, name))
  const places = files.flatMap((file) => [file, realPath(file)])
  const directory = places.some((file) => lookAt(file)?.isDirectory())
  const names = [...new Set(places.map((file) => nameIn(at, file)))]
  return names.map((each) => (directory ? glob(below(each)) : literal(each)))
}

/** Whether a claim is of a path, or of anything in or below it: a path that is not there yet may become a directory. */
export function meetsPath(path: Resource, claim: Resource): boolean {
  return overlap(path.glob ? path : glob(below(path.resource_name)), claim)
}

/** A tree may be of any size, and a hook has no time: so many entries are looked at. */
const LOOKED_AT = 5000

/** The first files of a working tree that any of some globs fits, by name, at most so many; without git's directory, `room` and node_modules. */
export function filesWithin(top: string, globs: string[], most: number, room: string): string[] {
  const found = new Set<string>()
  const patterns = globs.map((resource_name) => ({ resource_type: 'file', resource_name, glob: true }))
  let left = LOOKED_AT
  const walk = (directory: string): void => {
    for (const { name, isDirectory, isFile } of entriesOf(path.join(top, directory))) {
      const each = directory === '' ? name : `${directory}/${name}`
      if (found.size >= most || --left < 0) return
      const isSkipped = name === '.git' || name === 'node_modules' || path.join(top, each) === room
      if (isDirectory && !isSkipped) walk(each)
      else if (isFile && patterns.some((pattern) => overlap(pattern, literal(each)))) found.add(each)
    }
  }
  for (const base of basesOf(globs)) walk(base)
  return [...found]
}

/** The directories that globs begin in, none below another. */
function basesOf(globs: string[]): string[] {
  const bases = [...new Set(globs.map((each) => splitGlob(each).base))]
  const isBelow = (one: string, other: string) =>
    one !== other && (other === '' || one.startsWith(`${other}/`))
  return bases.filter((base) => !bases.some((other) => isBelow(base, other)))
}

function entriesOf(directory: string): { name: string; isDirectory: boolean; isFile: boolean }[] {
  try {
    const entries = fs.readdirSync(directory, { withFileTypes: true })
    return entries
      .map((entry) => ({ name: entry.name, isDirectory: entry.isDirectory(), isFile: entry.isFile() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch {
    return []
  }
}

/**
 * The absolute path that is meant. A plain relative one is meant from the directory or, as lists show it, from the top: whichever is
 * there, else whichever has a directory for it; the directory's first.
 */
function resolveIn({ top, cwd }: Place, name: string): string {
  const here = path.resolve(cwd, name)
  if (cwd === top || path.isAbsolute(name) || /(^|\/)\.{1,2}(\/|$)/.test(name)) return here
  const fromTop = path.resolve(top, name)
  if (!cwd.startsWith(`${top}/`)) return fromTop
  const candidates = [here, fromTop]
  return (
    candidates.find((file) => lookAt(file)) ??
    candidates.find((file) => lookAt(path.dirname(file))?.isDirectory()) ??
    fromTop
  )
}

/** The name of an absolute path: relative to the top of its worktree, if it is one of this repository; else the path itself. */
function nameIn(at: Place, file: string): string {
  const lexical = relativeIn(at, file)
  return lexical ?? relativeIn(at, realPath(file)) ?? file
}

function relativeIn({ top, common }: Place, file: string): string | null {
  const worktree = common === null ? null : worktreeOf(file)
  const from = worktree && worktree.common === common ? worktree.top : top
  if (file === from) return ''
  return file.startsWith(from === '/' ? from : `${from}/`) ? file.slice(from.length + 1) : null
}

/** The repository that a path lies in, below the nearest directory that exists. */
function worktreeOf(file: string) {
  let dir = file
  while (dir !== path.dirname(dir) && !lookAt(dir)?.isDirectory()) dir = path.dirname(dir)
  try {
    return findRepository(dir)
  } catch {
    return null
  }
}

/** As many links in a row as Linux follows. */
const LINKS = 40

/** Where a path leads: all links followed, also one to what is not there yet. */
function realPath(file: string, left = LINKS): string {
  try {
    return fs.realpathSync(file)
  } catch {
    const above = path.dirname(file)
    if (above === file || left === 0) return file
    const link = lookAt(file)?.isSymbolicLink() ? fs.readlinkSync(file) : null
    if (link !== null) return realPath(path.resolve(above, link), left - 1)
    return path.join(realPath(above, left - 1), path.basename(file))
  }
}
