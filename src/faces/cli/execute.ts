/** Run one command: context, operation, print once. The only catch, and the only place that decides an exit code. */
import fs from 'node:fs'
import type { Parts } from '../../context.ts'
import { type Context, createContext } from '../../context.ts'
import { CoordError, ERRORS, errorBody } from '../../protocol/errors.ts'
import { visible } from '../../protocol/escape.ts'
import { asCoordError } from '../../store/disk.ts'
import { loadTexts } from '../../store/texts.ts'
import { full } from './bundles.ts'
import type { Command, Globals, Io } from './command.ts'
import { isTerminal, readStdin, write } from './output.ts'
import { createPage, type LayOut, type People } from './page.ts'
import type { Parsed } from './parse.ts'

/** The process as the command line sees it. */
export interface Host {
  cwd: string
  env: Record<string, string | undefined>
  lazy: Parts
  /** Columns, and the names of sessions and messages: what the first bundle does without. */
  lists?: { layOut: LayOut; peopleIn(ctx: Context): People } | undefined
  /** Shows how much of a long task is done; the full bundle has it. */
  progress?: (name: string, globals: Globals) => (share: number) => void
  /** The package's own directory. */
  home: string
}

/** What commands may read besides their arguments. */
const io: Io = {
  readStdin,
  readFile(path) {
    try {
      return fs.readFileSync(path, 'utf8')
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable'
      throw new CoordError('invalid', `file ${path} can't be read (${reason})`, 'Check the path.', {
        argument: 'file',
      })
    }
  },
}

/** The context of a command. */
export function contextOf(host: Host, globals: Globals): Context {
  const { cwd, env, lazy, home } = host
  return createContext({
    cwd,
    env,
    lazy,
    dir: globals.dir ?? null,
    session: globals.session ?? null,
    texts: () => loadTexts(home),
  })
}

/** Run a command and print its answer; the exit code. */
export function execute(host: Host, command: Command, { input, globals }: Parsed): number {
  let ctx: Context | undefined
  try {
    const prepared = command.prepare(input, io)
    ctx = contextOf(host, globals)
    if (host.progress) ctx.onProgress = host.progress(command.name, globals)
    const result = command.operation.run(ctx, prepared as never)
    ctx.onProgress?.(1)
    answer(host, command, result, prepared, globals, ctx)
    return 0
  } catch (error) {
    ctx?.onProgress?.(1)
    if (ctx) printNotes(ctx, [], String((error as Error)?.message))
    return fail(error, globals.json ?? false)
  }
}

/** Print a result, as JSON or in words; then the warnings. */
export function answer(
  host: Host,
  command: Command,
  result: object,
  input: Record<string, unknown>,
  globals: Globals,
  ctx: Context,
): void {
  if (globals.json) {
    write(1, `${JSON.stringify({ ok: true, ...result })}\n`)
    printNotes(ctx, [])
    return
  }
  const terminal = isTerminal(1)
  const colour = terminal && !globals['no-color'] && !host.env.NO_COLOR && host.env.TERM !== 'dumb'
  const width = terminal ? Number(host.env.COLUMNS) || process.stdout.columns || null : null
  const { page, out, notes } = createPage({
    now: () => ctx.now().wall,
    quiet: globals.quiet ?? false,
    colour,
    width,
    layOut: host.lists?.layOut,
    people: host.lists?.peopleIn(ctx),
  })
  command.print(result as never, page, input)
  if (out.length > 0) write(1, `${out.join('\n')}\n`)
  printNotes(ctx, notes)
}

/** Warnings, and what is wrong with the config unless the error tells it, on stderr. */
function printNotes(ctx: Context, notes: string[], error = ''): void {
  const config = error.startsWith('config.json') ? [] : configProblems(ctx)
  const said = [...notes, ...ctx.warnings.map((text) => `coord: ${text}`), ...config]
  if (said.length > 0) write(2, `${said.map((text) => visible(text, 'block')).join('\n')}\n`)
}

function configProblems(ctx: Context): string[] {
  try {
    return ctx
      .room()
      .problems.filter(({ kind }) => kind === 'config')
      .map(({ detail }) => `coord: config.json: ${detail}`)
  } catch {
    return []
  }
}

/** Print an error; its exit code from the one table. A bug shows its stack. */
export function fail(thrown: unknown, json: boolean): number {
  const error = asCoordError(thrown)
  const known =
    error instanceof CoordError
      ? error
      : new CoordError(
          'bug',
          `fault of coord itself: ${String((error as Error)?.message ?? error)}`,
          'Please report it with the text on stderr.',
        )
  if (known.code === 'bug') write(2, `${(error as Error)?.stack ?? String(error)}\n`)
  if (json) write(1, `${JSON.stringify(errorBody(known))}\n`)
  else {
    const text = `coord: ${visible(known.message, 'block')}\n${hintLines(known.hint)}`
    write(2, isTerminal(2) ? full().wrapForStderr(text) : text)
  }
  return ERRORS[known.code].exit
}

const hintLines = (hint = '') => visible(hint, 'block').replace(/^(?=.)/gm, '  ') + (hint === '' ? '' : '\n')
