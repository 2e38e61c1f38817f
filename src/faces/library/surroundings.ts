/** Where and as whom a room of the library acts, and how one of its operations is run. */
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Context, createContext } from '../../context.ts'
import { invalid } from '../../protocol/errors.ts'
import { asCoordError } from '../../store/disk.ts'
import { loadTexts } from '../../store/texts.ts'
import { lazy } from './lazy.ts'

/** How to open a room; every option may be left out. */
export interface RoomOptions {
  /** The directory to look from (default: the process's own). */
  cwd?: string | undefined
  /** The COORDINATION directory itself, as `--dir`. */
  dir?: string | undefined
  /** Act as this session, by id or name, as `--session`. */
  session?: string | undefined
  /** The environment that tells who acts (default: the process's own). */
  env?: Record<string, string | undefined> | undefined
  /** Lay out the room where there is none, as `coord init`. */
  create?: boolean | undefined
  /** Told of what went wrong without stopping an operation (default: ignored). */
  onWarning?: ((text: string) => void) | undefined
}

/** The options as they hold for every operation. */
interface Surroundings {
  cwd: string
  dir: string | null
  session: string | null
  env: Record<string, string | undefined>
  onWarning(text: string): void
}

/** The same once the room is found. */
export interface Opened extends Surroundings {
  dir: string
}

/** The surroundings that options mean. Throws `invalid` for a directory that is not there. */
export function surroundingsOf(options: RoomOptions): Surroundings {
  const { cwd = process.cwd(), dir, session, env, onWarning } = options
  return {
    cwd: realDirectory(cwd),
    dir: dir ?? null,
    session: session ?? null,
    env: env ?? process.env,
    onWarning: onWarning ?? (() => {}),
  }
}

function realDirectory(cwd: string): string {
  try {
    return fs.realpathSync.native(path.resolve(cwd))
  } catch {
    throw invalid('cwd', `cwd "${cwd}" is not there`, 'Give a directory of the repository.')
  }
}

/** The package's own directory: this runs as dist/library.js. */
export const home = () => path.dirname(path.dirname(fileURLToPath(import.meta.url)))

/** The context of one operation. */
export const contextIn = (at: Surroundings) => createContext({ ...at, lazy, texts: () => loadTexts(home()) })

/** Run one operation: with a context of its own, so that it sees the room as it is now. Every failure of the surroundings is a `CoordError`. */
export function perform<T>(at: Surroundings, run: (ctx: Context) => T): T {
  const ctx = contextIn(at)
  try {
    return run(ctx)
  } catch (error) {
    throw asCoordError(error)
  } finally {
    tell(at, ctx)
  }
}

/** The same for what takes its time. */
export async function performLong<T>(at: Surroundings, run: (ctx: Context) => Promise<T>): Promise<T> {
  const ctx = contextIn(at)
  try {
    return await run(ctx)
  } catch (error) {
    throw asCoordError(error)
  } finally {
    tell(at, ctx)
  }
}

function tell(at: Surroundings, ctx: Context): void {
  for (const text of ctx.warnings) at.onWarning(text)
}
