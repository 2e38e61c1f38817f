/** Which directory is the room, and where in it everything lies (docs/protocol.md, "The room"). */
import fs from 'node:fs'
import path from 'node:path'
import { type Config, PROTOCOL_VERSION, parseConfig, readConfig } from '../protocol/config.ts'
import { CoordError } from '../protocol/errors.ts'
import { domainOf, encodeName } from '../protocol/names.ts'
import type { Problem } from '../protocol/picture.ts'
import {
  codeOf,
  entriesIn,
  lookAt,
  namesIn,
  ownDirectories,
  type Reading,
  readText,
  removeQuietly,
} from './disk.ts'
import { sha256 } from './entropy.ts'
import { findRepository, type Repository, withSeparator } from './git-places.ts'

/** Parts of coord that cost too much to load on every start; a face hands them in. */
export interface Lazy {
  repair(): typeof import('../protocol/repair.ts')
  lock(): typeof import('./lock.ts')
  upkeep(): typeof import('./tidy/upkeep.ts')
  templates(): typeof import('../templates.ts')
  past(): typeof import('./past.ts')
  ledgers(): typeof import('./doctor/ledger.ts')
  paths(): typeof import('./paths.ts')
  words(): typeof import('../protocol/refused.ts')
  /** Told before many files are read at once, in a process that may end soon. */
  manyFiles?: () => void
}

export interface Room {
  /** The COORDINATION directory. */
  root: string
  config: Config
  /** What was wrong with the config, and the records repaired or unreadable so far in this process. */
  problems: Problem[]
  /** The session and claim files that this process changed since the last refresh of the board. */
  changed: Set<string>
  lazy: Lazy
}

export const ROOM_NAME = 'COORDINATION'
const CONFIG_BYTES = 1024 * 1024

/** The runtime directories; each holds its own `.gitignore` with `*`. */
export const RUNTIME_DIRECTORIES = [
  ...['sessions', 'heartbeats', 'claims', 'messages', 'messages/broadcast', 'messages/direct', 'receipts'],
  ...['handoffs', 'status', 'alerts', 'archive', 'session-log', '.state'],
]

/** Where a room is, or would be made: `explicit` is `--dir` or `COORD_DIR`. Null root: outside git and no room upwards. */
export function locateRoom(
  cwd: string,
  explicit: string | null,
): { root: string | null; repository: Repository | null } {
  const repository = findRepository(cwd)
  if (explicit !== null) return { root: path.resolve(cwd, explicit), repository }
  if (repository?.linked || (repository && repository.main === null)) {
    return { root: path.join(repository.main ?? repository.common, ROOM_NAME), repository }
  }
  for (let dir = cwd; ; dir = path.dirname(dir)) {
    const candidate =
      path.basename(dir) === ROOM_NAME && isRoom(dir) ? dir : `${withSeparator(dir)}${ROOM_NAME}`
    if (isRoom(candidate)) return { root: candidate, repository }
    if (dir === repository?.top || path.dirname(dir) === dir) break
  }
  return { root: repository ? path.join(repository.top, ROOM_NAME) : null, repository }
}

/** Whether a directory is a room: one of `config.json`, `sessions/`, `claims/` is in it. */
export function isRoom(dir: string): boolean {
  return ['config.json', 'sessions', 'claims'].some((name) => fs.existsSync(`${dir}/${name}`))
}

/** Open an existing room: read its config. Throws `not_initialized` where there is none. */
export function openRoom(root: string | null, lazy: Lazy): Room {
  const reading = root === null ? null : readText(`${root}/config.json`, CONFIG_BYTES)
  if (root === null || !reading || ('missing' in reading && !isRoom(root))) {
    const where = root === null ? 'here, and this is no git repository' : `at ${root}`
    const hint =
      root === null ? 'coord init makes one in this directory.' : 'coord start (or coord init) makes one.'
    throw new CoordError('not_initialized', `there is no COORDINATION/ room ${where}`, hint)
  }
  const { config, problems } = loadConfig(root, reading)
  return { root, config, problems, changed: new Set(), lazy }
}

function loadConfig(root: string, reading: Reading): { config: Config; problems: Problem[] } {
  if ('missing' in reading) return fromMirror(root)
  const problem = (detail: string): Problem => ({ path: 'config.json', kind: 'config', detail })
  if (!('text' in reading))
    return { config: readConfig(undefined).config, problems: [problem(reading.trouble)] }
  try {
    const { config, version, problems } = readConfig(parseConfig(reading.text))
    refuseNewer(root, version)
    return { config, problems: problems.map(problem) }
  } catch (error) {
    if (error instanceof CoordError) throw error
    return { config: readConfig(undefined).config, problems: [problem('is not JSON; defaults are used')] }
  }
}

/** While `config.json` is missing (another branch is checked out), the mirror in `.state` counts. */
function fromMirror(root: string): { config: Config; problems: Problem[] } {
  const reading = readText(`${root}/.state/config.json`, CONFIG_BYTES)
  if (!('text' in reading)) return { config: readConfig(undefined).config, problems: [] }
  const detail = 'is missing; its copy in .state is used'
  try {
    const { config, version } = readConfig(parseConfig(reading.text))
    refuseNewer(root, version)
    return { config, problems: [{ path: 'config.json', kind: 'config', detail }] }
  } catch (error) {
    if (error instanceof CoordError) throw error
    return { config: readConfig(undefined).config, problems: [] }
  }
}

function refuseNewer(root: string, version: number): void {
  if (version <= PROTOCOL_VERSION || Number.isNaN(version)) return
  const message = `${root} follows protocol version ${version}; this coord knows ${PROTOCOL_VERSION}`
  throw new CoordError('newer_room', message, 'Update coord: npm install -g git-coord@latest.', { version })
}

/** A path inside the room, as records name it. */
export function inRoom(room: Room, ...parts: string[]): string {
  return `${room.root}/${parts.length === 1 ? parts[0] : parts.join('/')}`
}

/** The name of the directory that a room lies in: that of its repository, which is the project of those who name none. */
export const repositoryOf = ({ root }: Room): string => root.split('/').at(-2) ?? ''

/** A place to write, as disk.ts wants it. */
export function place(room: Room, ...parts: string[]): { root: string; file: string } {
  return { root: room.root, file: inRoom(room, ...parts) }
}

/** The file name of a claim: `<type>-<encoded name>.claim`. */
export function claimFileName(type: string, name: string): string {
  return `${type}-${encodeName(name, sha256)}.claim`
}

/** The ledger domain of a resource. */
export function domain(type: string, name: string): string {
  return domainOf(type, name, sha256)
}

/** Whether a directory of the room is one, and not reached through a symlink; a thing in its place is named. */
export function isOwnDirectory(room: Room, directory: string): boolean {
  if (directory === '.' || directory === '') return true
  const path = `${room.root}/${directory}`
  if (ownDirectories.has(path)) return true
  const above = directory.includes('/') ? directory.slice(0, directory.lastIndexOf('/')) : ''
  if (!isOwnDirectory(room, above)) return false
  const stat = lookAt(path)
  if (stat?.isDirectory()) ownDirectories.add(path)
  else if (stat)
    namedOnce(room, {
      path: directory,
      kind: 'not-a-directory',
      detail: 'is no directory, and is not followed',
    })
  return stat?.isDirectory() ?? false
}

/** Remove a file of the room whose absence nobody relies on; never through a symlinked directory. */
export function removeIn(room: Room, directory: string, name: string): void {
  if (isOwnDirectory(room, directory)) removeQuietly(inRoom(room, directory, name))
}

/** The names in a directory of the room; none where it is absent or not the room's own. */
export function listIn(room: Room, directory: string): string[] {
  if (!isOwnDirectory(room, directory)) return []
  const names = namesIn(inRoom(room, directory))
  if (names.length === 0 && !isListable(room, directory))
    namedOnce(room, { path: directory, kind: 'unreadable', detail: "can't be listed" })
  return names
}

/**
 * As listIn, for a directory of directories that will be listed too: their kind comes with their names, so that none need be
 * asked for it. A thousand questions cost 8 ms, this list less than one.
 */
export function listDirectoriesIn(room: Room, directory: string): string[] {
  if (!isOwnDirectory(room, directory)) return []
  const path = inRoom(room, directory)
  const names: string[] = []
  for (const entry of entriesIn(path)) {
    if (entry.isDirectory()) ownDirectories.add(`${path}/${entry.name}`)
    names.push(entry.name)
  }
  return names.length > 0 ? names : listIn(room, directory)
}

function isListable(room: Room, directory: string): boolean {
  try {
    fs.accessSync(inRoom(room, directory), fs.constants.R_OK)
    return true
  } catch (error) {
    return codeOf(error) === 'ENOENT'
  }
}

function namedOnce(room: Room, problem: Problem): void {
  if (!room.problems.some(({ path, kind }) => path === problem.path && kind === problem.kind))
    room.problems.push(problem)
}
