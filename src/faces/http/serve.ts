/** What `coord serve` runs, and what other programs mount (the bundle dist/serve.cjs). */
import type { Served } from '../../operations/mcp.ts'
import type { Listening, Mount, Serve } from '../../operations/serve.ts'
import { CoordError, invalid } from '../../protocol/errors.ts'
import { formatInstant } from '../../protocol/time.ts'
import { withPidLock } from '../../store/pid-lock.ts'
import { isRoom, openRoom, type Room } from '../../store/room.ts'
import { loadServing, removeServing, tellsOfServer, writeServing } from '../../store/serving.ts'
import { contextFor } from './calls.ts'
import { createHub } from './hub.ts'
import { tokenFor } from './serve-token.ts'
import { closeServer, type Handler, handlerOf, listen, portOf } from './server.ts'

/** The package's version, put in by the build. */
declare const VERSION: string

/** Serve until the signal comes. Throws `conflict` where the room is served already or the port is taken, `invalid` for a token that is none. */
export async function serve({
  port,
  isPrivate,
  token: own,
  isNewToken,
  web,
  onListening,
  ...served
}: Serve): Promise<void> {
  if (port !== undefined && port > 65_535)
    throw invalid('port', `there is no port ${port}`, 'Ports end at 65535.')
  const ctx = contextFor(served)
  const room = ctx.room()
  refuseSecond(room)
  const token = tokenFor(ctx, own, isNewToken)
  const handler = mount(served, { token, isPrivate, web })
  const server = await listen(handler, port)
  const url = `http://127.0.0.1:${portOf(server)}`
  const told = { port: portOf(server), url, token, started_at: formatInstant(ctx.now().wall) }
  let keeper: NodeJS.Timeout | undefined
  try {
    tellOnce(room, told)
    keeper = setInterval(() => keepTold(room, told), KEEP_MS)
    onListening(told)
    await ended(served.signal)
  } finally {
    clearInterval(keeper)
    handler.close()
    await closeServer(server)
    removeServing(room)
  }
}

/** Of two that start at once one is the second. */
function tellOnce(room: Room, told: Listening): void {
  const isDone = withPidLock(room, 'serve', PATIENCE_MS, () => {
    refuseSecond(room)
    writeServing(room, told)
    return true
  })
  if (isDone === null) throw new CoordError('busy', 'another server of this room is starting', 'Try again.')
}

const PATIENCE_MS = 2000
const KEEP_MS = 2000

/** A room that vanished and came back does not know of this server any more. */
function keepTold(room: Room, told: Listening): void {
  try {
    if (isRoom(room.root) && !tellsOfServer(room)) writeServing(openRoom(room.root, room.lazy), told)
  } catch {
    // In a room that can't be written nobody finds the server by its file.
  }
}

function refuseSecond(room: Room): void {
  const first = loadServing(room)
  if (!first) return
  const { pid, url, started_at } = first
  throw new CoordError(
    'conflict',
    `the room is served already, at ${url} (pid ${pid})`,
    `Open ${url}/#token=${first.token}, or end it: kill ${pid}`,
    { url, pid, started_at },
  )
}

const ended = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve())
  })

/** The handler for the room that `served` makes contexts of. */
export function mount(served: Served, { token, isPrivate, web, hosts = [], base = '' }: Mount): Handler {
  const contextOf = () => contextFor(served)
  const hub = createHub(() => contextOf().room().root, contextOf)
  const names = hosts.map((host) => host.toLowerCase())
  return handlerOf({ served, rules: { token, isPrivate, hosts: names }, hub, web, version: VERSION }, base)
}
