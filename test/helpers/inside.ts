/** As cli.ts, within this process: for set-up, and for tables of which a row or another test shows that the built program answers so too. */
import path from 'node:path'
import type { Host } from '../../src/faces/cli/execute.ts'
import { run } from '../../src/faces/cli/full.ts'
import { runInside, type Said } from './caught.ts'
import { type Answer, type Call, cleanEnvironment } from './cli.ts'

const HOME = path.join(import.meta.dirname, '../..')

/** Run `coord` with arguments, in a hundredth of the time of a process. Not for commands that wait or that read standard input. */
export function inside({ cwd, session, env }: Call, ...args: string[]): Answer {
  const host = { home: HOME, cwd, env: cleanEnvironment({ COORD_SESSION: session, ...env }) }
  const { argv } = process
  process.argv = [process.execPath, path.join(HOME, 'bin/coord.cjs'), ...args]
  try {
    return answerOf(runInside(host, args, fully), args)
  } finally {
    process.argv = argv
  }
}

function answerOf({ code, out, err }: Said, args: string[]): Answer {
  const json = args.includes('--json') && out.startsWith('{') ? (JSON.parse(out) as Record<string, any>) : {}
  return { code, out: out.replace(/\n$/, ''), err: err.replace(/\n$/, ''), json }
}

/** What a smaller bundle hands on: errors in usage, help. */
function fully(host: Host, args: string[]): number {
  const before = process.exitCode
  process.exitCode = undefined
  run(host, args, '0.0.0')
  const code = process.exitCode as number | undefined
  process.exitCode = before
  return code ?? 0
}
