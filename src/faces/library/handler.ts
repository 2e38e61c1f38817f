/** `createHandler`: what `coord serve` serves, for mounting in another program's server (docs/library.md). */
import { init } from '../../operations/init.ts'
import type { Served } from '../../operations/mcp.ts'
import type { Mount } from '../../operations/serve.ts'
import { invalid } from '../../protocol/errors.ts'
import { contextIn, home, perform, type RoomOptions, surroundingsOf } from './surroundings.ts'

/** Which room, and who is let in. */
export interface HandlerOptions extends RoomOptions {
  /** What callers must show to change something (default: a new one, `handler.token`). */
  token?: string | undefined
  /** Whether reading needs the token too. */
  private?: boolean | undefined
  /** The names that the server is called by, besides this machine's own: `['coord.example.org']`. */
  hosts?: string[] | undefined
  /** The path that it is mounted at, where the server leaves it in what it hands on to `upgrade`: `/coord`. */
  base?: string | undefined
}

/** The API, the streams and the page of a room. */
export interface RoomHandler {
  readonly token: string
  /** Answers a request: for hono's `app.mount`, and whatever else speaks in Request and Response. */
  fetch(request: Request): Promise<Response>
  /** The same for `node:http`, express and others: `http.createServer(handler.listener)`. */
  listener(request: object, response: object): void
  /** Takes WebSockets: `server.on('upgrade', handler.upgrade)`. */
  upgrade(request: object, socket: object, head: object): void
  /** Ends all streams. */
  close(): void
}

declare const require: (id: './serve.cjs') => {
  mount(served: Served, how: Mount): Omit<RoomHandler, 'token'>
}

const LEAST = 16

/** Makes the handler of a room. Throws `not_initialized`, unless the room is to be created; `invalid` for a short token. */
export function createHandler(options: HandlerOptions = {}): RoomHandler {
  const { token: own, hosts, base, private: isPrivate = false } = options
  if (own !== undefined && own.length < LEAST)
    throw invalid('token', `the token is shorter than ${LEAST} characters`, 'Leave it out to get one.')
  const at = surroundingsOf(options)
  if (options.create) perform(at, (ctx) => init.run(ctx, {}))
  const { root, random } = perform(at, (ctx) => ({ root: ctx.room().root, random: ctx.random }))
  const token = own ?? random(TOKEN_LENGTH)
  const served: Served = {
    contextOf: ({ session }) => contextIn({ ...at, dir: root, session: session ?? null }),
    say: at.onWarning,
    signal: new AbortController().signal,
  }
  const web = `${home()}/dist/web`
  return { token, ...require('./serve.cjs').mount(served, { token, isPrivate, web, hosts, base }) }
}

const TOKEN_LENGTH = 40
