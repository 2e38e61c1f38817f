/** Which `coord` a shell would start, and which one is running. */
import fs from 'node:fs'
import path from 'node:path'
import type { Finding } from '../../protocol/faults.ts'
import { readText } from '../disk.ts'

/** The running coord, and those on PATH in order, each by the file behind its links. */
export interface Installed {
  running: Program | null
  on_path: Program[]
}

interface Program {
  path: string
  /** The version of its package, null where it is not git-coord. */
  version: string | null
}

/** Look along a search path. */
export function findInstalled(searchPath: string): Installed {
  const dirs = [...new Set(searchPath.split(path.delimiter).filter((dir) => path.isAbsolute(dir)))]
  const found = dirs.flatMap((dir) =>
    isExecutable(path.join(dir, 'coord')) ? (programAt(path.join(dir, 'coord')) ?? []) : [],
  )
  return { running: programAt(process.argv[1] ?? ''), on_path: found }
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK)
    return true
  } catch {
    return false
  }
}

function programAt(file: string): Program | null {
  try {
    if (!fs.statSync(file).isFile()) return null
    const real = fs.realpathSync(file)
    return { path: real, version: versionOf(path.dirname(path.dirname(real))) }
  } catch {
    return null
  }
}

function versionOf(home: string): string | null {
  const reading = readText(path.join(home, 'package.json'), 1 << 20)
  try {
    const { name, version } = JSON.parse('text' in reading ? reading.text : '{}') as Record<string, unknown>
    return name === 'git-coord' && typeof version === 'string' ? version : null
  } catch {
    return null
  }
}

/** A `coord` that shells start instead of this one: another program, or another copy of git-coord. */
export function findOtherCoord({ running, on_path }: Installed): Finding[] {
  const [first] = on_path
  if (!first || !running || first.path === running.path) return []
  const named = ({ path, version }: Program) =>
    `${path} (${version ? `version ${version}` : 'not git-coord'})`
  const detail = `shells start ${named(first)}, this is ${named(running)}`
  const fix = first.version && running.version ? 'npm install -g git-coord@latest' : null
  return [{ path: first.path, kind: 'other-coord', detail, fix }]
}
