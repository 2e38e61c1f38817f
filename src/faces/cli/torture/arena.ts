/** Where torture happens: a room of its own on the disk to be tried, with the histories beside it; gone afterwards. */
import fs from 'node:fs'
import path from 'node:path'
import { type Context, createContext } from '../../../context.ts'
import { init } from '../../../operations/init.ts'
import { begin } from '../../../operations/start.ts'
import { CoordError, invalid } from '../../../protocol/errors.ts'
import { loadTexts } from '../../../store/texts.ts'
import type { Globals } from '../command.ts'
import { contextOf, type Host } from '../execute.ts'

const PREFIX = 'coord-torture-'

/** Make an empty directory: in `given`, else on the disk of the room, outside of the room and of what git shows. */
export function makeArena(host: Host, globals: Globals, given: string | undefined): string {
  const candidates = given === undefined ? placesBeside(host, globals) : [path.resolve(host.cwd, given)]
  let why = ''
  for (const place of candidates) {
    try {
      return fs.mkdtempSync(path.join(fs.realpathSync(place), PREFIX))
    } catch (error) {
      why = ` (${(error as NodeJS.ErrnoException).code})`
    }
  }
  if (given !== undefined)
    throw invalid('in', `nothing can be written in ${given}${why}`, 'Name a directory that you may write to.')
  throw new CoordError(
    'unwritable',
    `no place beside the room can be written${why}`,
    'coord torture --in PATH',
  )
}

/** Directories of the room's file system: git's own, where no file is shown as new, then the one around the room. Without a room: the working directory. */
function placesBeside(host: Host, globals: Globals): string[] {
  const { root, repository } = contextOf(host, globals)
  const room = root !== null && fs.existsSync(root) ? root : null
  const disk = fs.statSync(room ?? host.cwd).dev
  const places = [...(repository ? [repository.common] : []), room === null ? host.cwd : path.dirname(room)]
  return places.filter((place) => fs.statSync(place, { throwIfNoEntry: false })?.dev === disk)
}

export const roomIn = (arena: string) => path.join(arena, 'COORDINATION')
/** Named after a process before it is stopped, so that it can be woken when its parent is gone. */
export const stoppedMark = (arena: string, pid: number) => path.join(arena, `stopped-${pid}`)

/** The process that such a name is about, or null. */
export function stoppedIn(name: string): number | null {
  const pid = /^stopped-(\d+)$/.exec(name)?.[1]
  return pid === undefined ? null : Number(pid)
}

export const historyOf = (arena: string, name: string) => path.join(arena, `history-${name}`)

/** The context of a tortured session. Nothing of the surroundings reaches it, and no repository; its wall clock is off by `offset_ms`. */
export function contextIn(host: Host, arena: string, session: string | null, offset_ms = 0): Context {
  const ctx = createContext({
    cwd: arena,
    env: {},
    dir: roomIn(arena),
    session,
    lazy: host.lazy,
    texts: () => loadTexts(host.home),
  })
  const now = () => {
    const { wall, boot } = ctx.now()
    return { wall: wall + offset_ms, boot }
  }
  return { ...ctx, now, repository: null }
}

/** Lay out the room and register the sessions, as this process's own: it outlives them, so that no holder is taken for dead. */
export function furnish(host: Host, arena: string, sessions: string[]): void {
  init.run(contextIn(host, arena, null), {})
  // Without a boot clock only wall time judges leases, and the margin between clocks would outlast every term.
  if (!contextIn(host, arena, null).now().boot)
    fs.writeFileSync(
      path.join(roomIn(arena), 'config.json'),
      '{"version":1,"claims":{"skewMargin":"50ms"}}\n',
    )
  for (const id of sessions) begin(contextIn(host, arena, null), { id }, 'process')
}

/** Remove it with all that is in it. */
export function clear(arena: string): void {
  fs.rmSync(arena, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
}

/** The histories as far as they are written. */
export function readHistories(arena: string): string[] {
  const names = fs.readdirSync(arena).filter((name) => name.startsWith('history-'))
  return names.map((name) => fs.readFileSync(path.join(arena, name), 'utf8'))
}
