/**
 * The bundle for the hooks of git. Only a refusal has the exit code 1, which stops the commit: where coord itself fails, or has not
 * answered after two seconds, the commit goes on with a warning.
 */
import path from 'node:path'
import { type Context, createContext } from '../../context.ts'
import { guardCommit, signCommit } from '../../operations/commit-hooks.ts'
import { noteHookFault } from '../../operations/hook-accounts.ts'
import { visible } from '../../protocol/escape.ts'
import { doWithin } from '../../store/deadline.ts'
import type { GitCall } from '../../store/git-run.ts'
import { isRoom } from '../../store/room.ts'
import { loadTexts } from '../../store/texts.ts'
import { full, lazy } from './bundles.ts'
import { write } from './output.ts'

/** The package's version, put in by the build. */
declare const VERSION: string

/** From the start of the process (ms): git has to have answered, and all has to be done. */
const GIT_MS = 1500
const DEADLINE_MS = 2000

/** As `main` of main.ts: `hook git NAME …` as git runs it; anything else is for the full bundle. */
export function main(args: string[], home: string): boolean {
  const [, , name, ...rest] = args
  const run = RUN[name ?? '']
  if (!run || rest.includes('--help')) {
    full().run({ cwd: process.cwd(), env: process.env, home, lists: undefined, lazy }, args, VERSION)
    return false
  }
  process.exitCode = settle(name!, home, (ctx) => run(ctx, rest))
  return true
}

/** What each hook does; its exit code. */
const RUN: Record<string, (ctx: Context, args: string[]) => number> = {
  'pre-commit': (ctx) => {
    const bypass = !['', '0'].includes(process.env.COORD_BYPASS ?? '')
    const { refused, lines } = guardCommit(ctx, ctx.room(), { call: callOf(ctx), bypass })
    say(lines)
    return refused ? 1 : 0
  },
  'prepare-commit-msg': (ctx, [file, source = '']) => sign(ctx, file, source, false),
  'commit-msg': (ctx, [file]) => sign(ctx, file, '', true),
}

function sign(ctx: Context, file: string | undefined, source: string, final: boolean): number {
  if (file === undefined) throw new Error('git did not name the file of the message')
  signCommit(ctx, ctx.room(), { file: path.resolve(ctx.at.cwd, file), source, final }, callOf(ctx))
  return 0
}

/** Git is asked where the hook runs, about the index that the surrounding git works with. */
const callOf = ({ at }: Context): GitCall => ({
  cwd: at.cwd,
  env: process.env,
  timeout_ms: GIT_MS - process.uptime() * 1000,
})

/** Run a hook where there is a room; whatever fails is a warning, and noted for doctor. */
function settle(name: string, home: string, run: (ctx: Context) => number): number {
  let ctx: Context | undefined
  try {
    const texts = () => loadTexts(home)
    const cwd = process.cwd()
    ctx = createContext({ cwd, env: process.env, lazy, dir: null, session: null, texts })
    if (ctx.root === null || !isRoom(ctx.root)) return 0
    const late = `coord: ${name} has not answered within ${DEADLINE_MS / 1000} s; ${GOES_ON}\n`
    const { root, warnings } = ctx
    const code = doWithin(DEADLINE_MS - process.uptime() * 1000, root, late, () => run(ctx!))
    if (code === null) write(2, late)
    else say(warnings.map((text) => `coord: ${text}`))
    return code ?? 0
  } catch (error) {
    say([`coord: ${name}: ${String((error as Error)?.message ?? error)}; ${GOES_ON}`])
    noteHookFault(ctx, 'git', name, error)
    return 0
  }
}

const GOES_ON = 'the commit goes on without coord'

function say(lines: string[]): void {
  if (lines.length > 0) write(2, `${lines.map((line) => visible(line)).join('\n')}\n`)
}
