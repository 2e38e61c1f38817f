/**
 * One look at the room for all clients of the streams: computed once, compared once, written out once. It runs only while somebody
 * listens. A client that reads too slowly is told nothing until it has caught up, and then the whole picture anew; so what waits for it is bounded.
 */
import type { Context } from '../../context.ts'
import { looks } from '../../operations/looks.ts'
import { type Overview, overviewOf } from '../../operations/overview.ts'
import { overviewChange } from '../../protocol/live/changes.ts'
import { formatInstant } from '../../protocol/time.ts'
import { markOf } from '../../store/mark.ts'
import { monotonic } from '../../store/pid-lock.ts'
import type { TailMemory } from '../../store/tails.ts'

/** Who listens. `pending` are the bytes that wait to be sent. */
export interface Client {
  send(message: Message): void
  pending(): number
  close(): void
}

/** A message in the forms of both streams, each made once, when first asked for. */
export interface Message {
  frame(): Buffer
  event(): Buffer
}

export interface Hub {
  /** False where there are too many. */
  join(client: Client): boolean
  leave(client: Client): void
  /** How many listen, and how often the room was looked at. */
  counts(): { clients: number; looks: number; dropped: number }
  close(): void
}

/** What changes show in `look` itself, so that the looks need not compare them. */
const NOTHING = { result: {} }
/** Ages go on although nothing changes: how often to look in full. */
const AGES_MS = 10_000
const MOST = 400
const PENDING_BYTES = 4 << 20
const PING_MS = 15_000
const RETRY_MS = 1000
/** Who has not read anything for so long is let go. */
const PATIENCE_MS = 60_000

/** The hub of the room at `root`; `contextOf` makes the context of a look. */
export function createHub(root: () => string, contextOf: () => Context): Hub {
  const clients = new Map<Client, { behindSince: number | null }>()
  const memory: TailMemory = new Map()
  const counts = { looks: 0, dropped: 0 }
  let running: AbortController | null = null
  let seen: Overview | null = null
  let whole: Message | null = null

  const current = () => (whole ??= seen ? messageOf({ type: 'overview', overview: seen }) : GONE)
  const drop = (client: Client) => {
    counts.dropped++
    leave(client)
    client.close()
  }
  const send = (client: Client, message: Message) => {
    try {
      client.send(message)
    } catch {
      drop(client)
    }
  }
  const tell = (message: Message) => {
    for (const [client, state] of clients) {
      if (state.behindSince === null && client.pending() <= PENDING_BYTES) send(client, message)
      else state.behindSince ??= monotonic()
    }
  }
  const catchUp = () => {
    for (const [client, state] of clients) {
      if (state.behindSince === null) continue
      if (client.pending() === 0) {
        state.behindSince = null
        send(client, current())
      } else if (monotonic() - state.behindSince > PATIENCE_MS) drop(client)
    }
  }
  const news = (overview: Overview | null) => {
    const before = seen
    const change = before && overview ? overviewChange(before, overview) : null
    if (before && overview && !change) return
    seen = overview
    whole = null
    tell(change ? messageOf({ type: 'change', change }) : current())
  }
  let last: { mark: string | null; at: number } | null = null
  const look = () => {
    catchUp()
    const ctx = contextOf()
    const mark = markOf(ctx.room(), Date.now())
    const isAsItWas = mark !== null && mark === last?.mark && monotonic() - last.at < AGES_MS
    if (!isAsItWas) {
      counts.looks++
      last = { mark, at: monotonic() }
      news(overviewOf(ctx, memory))
    }
    return NOTHING
  }
  const run = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      try {
        for await (const _ of looks(root(), look, signal));
      } catch {
        last = null
        if (!signal.aborted && (seen || whole === null)) news(null)
        await pause(RETRY_MS, signal)
      }
    }
  }
  const start = () => {
    const controller = new AbortController()
    running = controller
    const ping = setInterval(() => {
      tell(messageOf({ type: 'ping', now: formatInstant(Date.now()) }))
      catchUp()
    }, PING_MS)
    controller.signal.addEventListener('abort', () => clearInterval(ping))
    void run(controller.signal)
  }
  const stop = () => {
    running?.abort()
    running = null
    last = null
    seen = null
    whole = null
  }
  const leave = (client: Client) => {
    if (clients.delete(client) && clients.size === 0) stop()
  }
  return {
    join(client) {
      if (clients.size >= MOST) return false
      clients.set(client, { behindSince: null })
      if (running === null) start()
      else if (seen || whole) send(client, current())
      return true
    },
    leave,
    counts: () => ({ clients: clients.size, ...counts }),
    close() {
      for (const client of [...clients.keys()]) {
        clients.delete(client)
        client.close()
      }
      stop()
    },
  }
}

function messageOf(content: object): Message {
  let frame: Buffer | undefined
  let event: Buffer | undefined
  return {
    frame: () => (frame ??= Buffer.from(JSON.stringify(content))),
    event: () => (event ??= Buffer.from(`data: ${JSON.stringify(content)}\n\n`)),
  }
}

const GONE = messageOf({ type: 'gone' })

function pause(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, millis)
    signal.addEventListener('abort', done)
  })
}
