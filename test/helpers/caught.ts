/** The command line inside this process: the same commands, parser and output as the built one, with what it prints caught. */
import fs from 'node:fs'
import { layOut } from '../../src/faces/cli/columns.ts'
import { commands } from '../../src/faces/cli/commands/index.ts'
import { execute, type Host } from '../../src/faces/cli/execute.ts'
import { parseQuickly } from '../../src/faces/cli/parse.ts'
import { peopleIn } from '../../src/operations/people.ts'
import { lazy } from '../workers/lazy.ts'

export interface Said {
  code: number
  out: string
  err: string
  /** How long it took, and by how much the peak memory of the process grew, in MB. */
  ms: number
  grown_mb: number
}

const real = fs.writeSync.bind(fs) as (...args: unknown[]) => number

/** Write to this process's own standard output, whatever is caught. */
export const say = (line: string) => void real(1, `${line}\n`)

const peak_mb = () => process.resourceUsage().maxRSS / 1024

/** Run coord in a directory. `home` is where the package is. `otherwise` takes what the quick parser does not. */
export function runInside(
  { home, cwd, env }: Pick<Host, 'home' | 'cwd' | 'env'>,
  args: string[],
  otherwise: (host: Host, args: string[]) => number = refuse,
): Said {
  const caught = { 1: '', 2: '' }
  fs.writeSync = ((fd: number, bytes: Uint8Array, at?: number | null, ...rest: unknown[]) => {
    if (fd !== 1 && fd !== 2) return real(fd, bytes, at, ...rest)
    const from = at ?? 0
    caught[fd] += Buffer.from(bytes).subarray(from).toString('utf8')
    return bytes.length - from
  }) as typeof fs.writeSync
  const host: Host = { cwd, env, home, lazy, lists: { layOut, peopleIn } }
  const command = commands.find(({ name }) => name === args[0])
  const parsed = command && parseQuickly(command, args.slice(1))
  const begun = performance.now()
  const before_mb = peak_mb()
  try {
    const code = parsed ? execute(host, command!, parsed) : otherwise(host, args)
    const ms = performance.now() - begun
    return { code, out: caught[1], err: caught[2], ms, grown_mb: peak_mb() - before_mb }
  } finally {
    fs.writeSync = real as typeof fs.writeSync
  }
}

function refuse(_host: Host, args: string[]): number {
  throw new Error(`coord ${args.join(' ')} is no command`)
}
