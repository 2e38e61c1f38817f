/** The stream of what changes: a WebSocket, or server-sent events where none can be had; taken up again whenever it breaks. */
import type { Said } from './overview.ts'

export interface Listener {
  said(said: Said): void
  /** The stream is up, or it broke. */
  link(live: boolean): void
}

/** A stream that is being opened or open. */
interface Attempt {
  close(): void
}
type Open = (events: { said(text: string): void; broke(): void }) => Attempt

const FIRST_MS = 400
const MOST_MS = 10_000
/** The server says something every 15 s. */
const SILENCE_MS = 40_000

/** How long to wait before the n-th attempt after a break (ms); `random` (0 to 1) keeps many pages from coming at once. */
function patience(n: number, random: number): number {
  return Math.min(MOST_MS, FIRST_MS * 2 ** n) * (0.75 + random / 2)
}

/** Listen until the signal; of two ways the second is tried when the first never said a word. Returns what tries at once. */
export function listen(listener: Listener, ways: Open[], signal: AbortSignal): () => void {
  let [attempt, failed, way] = [null as Attempt | null, 0, 0]
  let timer: ReturnType<typeof setTimeout> | undefined
  let spoke = false
  const broke = () => {
    clearTimeout(timer)
    attempt?.close()
    attempt = null
    listener.link(false)
    if (signal.aborted) return
    if (!spoke && failed > 0) way = (way + 1) % ways.length
    timer = setTimeout(open, patience(failed++, Math.random()))
  }
  const said = (text: string) => {
    clearTimeout(timer)
    timer = setTimeout(broke, SILENCE_MS)
    failed = 0
    if (!spoke) listener.link(true)
    spoke = true
    listener.said(JSON.parse(text) as Said)
  }
  function open() {
    clearTimeout(timer)
    attempt?.close()
    spoke = false
    timer = setTimeout(broke, SILENCE_MS)
    const mine: Attempt = ways[way]!({
      said: (text) => mine === attempt && said(text),
      broke: () => mine === attempt && broke(),
    })
    attempt = mine
  }
  signal.addEventListener('abort', broke)
  open()
  return () => spoke || open()
}

/** A WebSocket to a path of this server; the token goes as a subprotocol, where the server reads it. */
export const socketTo =
  (path: string, token: () => string | null): Open =>
  ({ said, broke }) => {
    const url = new URL(path, location.href)
    url.protocol = url.protocol.replace('http', 'ws')
    const socket = new WebSocket(url, ['coord', ...(token() === null ? [] : [`token.${token()}`])])
    socket.onmessage = ({ data }) => said(String(data))
    socket.onclose = broke
    return { close: () => socket.close() }
  }

/** Server-sent events from a path of this server. */
export const eventsFrom =
  (path: string): Open =>
  ({ said, broke }) => {
    const source = new EventSource(path)
    source.onmessage = ({ data }) => said(String(data))
    source.onerror = broke
    return { close: () => source.close() }
  }
