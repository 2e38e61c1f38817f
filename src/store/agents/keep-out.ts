/** What git knows of a file of an agent, and the block of `<common dir>/info/exclude` that keeps the private ones out. */
import path from 'node:path'
import { execaSync } from 'execa'
import type { Markers } from '../../protocol/blocks.ts'
import type { Repository } from '../git-places.ts'
import type { Spot } from './files.ts'

export const EXCLUDE_MARKERS: Markers = {
  begin: "# coord: agents' settings of this checkout (begin)",
  end: "# coord: agents' settings of this checkout (end)",
}

/** Where the exclusions stand. */
export function excludeSpot({ common }: Repository): Spot {
  return { root: common, file: path.join(common, 'info', 'exclude'), follow: false }
}

/** Whether git tracks a file. */
export function isTracked(top: string, file: string, env: Record<string, string>): boolean {
  return asks(top, env, ['ls-files', '--error-unmatch', '--', file])
}

/** Whether git ignores a file already. */
export function isIgnored(top: string, file: string, env: Record<string, string>): boolean {
  return asks(top, env, ['check-ignore', '-q', '--no-index', '--', file])
}

function asks(top: string, env: Record<string, string>, args: string[]): boolean {
  const options = { env, extendEnv: false, reject: false, timeout: 10_000 } as const
  return execaSync('git', ['-C', top, ...args], options).exitCode === 0
}
