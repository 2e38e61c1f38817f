/** Which Node and which coord a line should name, so that it still holds after an upgrade of either. */
import fs from 'node:fs'
import path from 'node:path'
import { CoordError } from '../../protocol/errors.ts'
import { codeOf } from '../disk.ts'
import { findInstalled } from '../doctor/installed.ts'

/** Parts of paths that change with a version, a shell or a cache. */
const PASSING =
  /[/\\@-]v?\d+\.\d+(\.\d+)?([/\\_-]|$)|[/\\](Cellar|fnm_multishells|_npx|\.pnpm)[/\\]|^\/nix\/store\//

/** The running Node and coord, by paths that are likely to stay: a link on the search path where the file itself has a version in its path. */
export function runningPrograms(searchPath: string): { node: string; coord: string } {
  const { running } = findInstalled(searchPath)
  if (!running?.version)
    throw new CoordError('conflict', 'coord does not run as a command here', 'Run coord install in a shell.')
  return {
    node: lasting(process.execPath, ['node'], searchPath),
    coord: lasting(running.path, ['coord', 'git-coord'], searchPath),
  }
}

/** Whether a path goes with the next upgrade. */
export const isPassing = (file: string) => PASSING.test(file)

/** The file itself, or a link to it (of one of these names) on the search path, if the file's own path would not last. */
export function lasting(file: string, names: string[], searchPath: string): string {
  if (!isPassing(file)) return file
  const dirs = searchPath.split(path.delimiter).filter((dir) => path.isAbsolute(dir))
  const links = names.flatMap((name) => dirs.map((dir) => path.join(dir, name)))
  return links.find((link) => !isPassing(link) && leadsTo(link, file)) ?? file
}

function leadsTo(link: string, file: string): boolean {
  try {
    return fs.realpathSync(link) === fs.realpathSync(file)
  } catch (error) {
    if (codeOf(error).startsWith('E')) return false
    throw error
  }
}

/** Whether a shell that is asked for `coord` starts the running one. */
export function onPath(searchPath: string): boolean {
  const { running, on_path } = findInstalled(searchPath)
  return running !== null && on_path[0]?.path === running.path
}

/** The platform: `linux`, `darwin`, `win32` … */
export const platform = (): string => process.platform

/** Whether a file is there, links followed. */
export const isThere = (file: string): boolean => fs.existsSync(file)
