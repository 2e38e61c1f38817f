/** One look at the room for all clients of the streams: computed once, compared once, written out once. It runs only while somebody listens. */
import type { Context } from '../../context.ts'
import { attempt } from '../../operations/act.ts'
import { looks } from '../../operations/looks.ts'
import type { Overview } from '../../operations/overview.ts'
import { createReader } from '../../operations/reader.ts'
import { overviewChange } from '../../protocol/live/changes.ts'
import { formatInstant } from '../../protocol/time.ts'
import { noteConflicts } from '../../store/conflicts.ts'
import { monotonic } from '../../store/pid-lock.ts'
import { type Client, createAudience, type Message, messageOf } from './audience.ts'

export interface Hub {
  /** False where there are too many. */
  join(client: Client): boolean
  leave(client: Client): void
  /** How many listen, how many were let go, and how often the room was read. */
  counts(): { clients: number; dropped: number; looks: number }
  close(): void
}

const PING_MS = 15_000
const RETRY_MS = 1000

/** The hub of the room at `root`; `contextOf` makes the context of a look. */
export function createHub(root: () => string, contextOf: () => Context): Hub {
  let running: AbortController | null = null
  const stop = () => {
    running?.abort()
    running = null
    told.forget()
  }
  const audience = createAudience(stop)
  const told = createTold(audience.tell)
  const reader = createReader(contextOf)
  const note = createNoter(contextOf)
  const look = () => {
    audience.catchUp(told.current)
    note()
    told.news(reader.look())
    return NOTHING
  }
  const start = () => {
    running = new AbortController()
    reader.forget()
    void goOn(root, look, told.gone, running.signal)
    const ping = setInterval(() => {
      audience.tell(messageOf({ type: 'ping', now: formatInstant(Date.now()) }))
      audience.catchUp(told.current)
    }, PING_MS)
    running.signal.addEventListener('abort', () => clearInterval(ping))
  }
  return {
    join(client) {
      if (!audience.enter(client)) return false
      if (running === null) start()
      else if (told.isKnown()) audience.send(client, told.current())
      return true
    },
    leave: audience.leave,
    counts: () => ({ ...audience.counts(), looks: reader.count() }),
    close: () => audience.dismiss(),
  }
}

/** What changes show in `look` itself, so that the looks need not compare them. */
const NOTHING = { result: {} }

/** Look until the signal, also at a room that vanishes and comes back. */
async function goOn(root: () => string, look: () => typeof NOTHING, gone: () => void, signal: AbortSignal) {
  while (!signal.aborted) {
    try {
      for await (const _ of looks(root(), look, signal));
    } catch {
      if (signal.aborted) return
      gone()
      await pause(RETRY_MS, signal)
    }
  }
}

const GONE = messageOf({ type: 'gone' })

/** What the audience was told last, and what is news after it. */
function createTold(tell: (message: Message) => void) {
  let given: Overview | null = null
  let seen: Overview | null = null
  let whole: Message | null = null
  const current = () => (whole ??= seen ? messageOf({ type: 'overview', overview: seen }) : GONE)
  const forget = () => {
    given = null
    seen = null
    whole = null
  }
  return {
    current,
    forget,
    isKnown: () => seen !== null || whole !== null,
    news(overview: Overview) {
      if (overview === given) return
      given = overview
      const change = seen && overviewChange(seen, overview)
      if (seen && !change) return
      seen = overview
      whole = null
      tell(change ? messageOf({ type: 'change', change }) : current())
    },
    /** The room can't be read; said once. */
    gone() {
      if (whole === GONE) return
      forget()
      tell(current())
    },
  }
}

/** How often it is looked for conflicts that nobody met who registered or claimed. */
const CONFLICTS_MS = 60_000

/** Notes conflicts, now and then. */
function createNoter(contextOf: () => Context): () => void {
  let noted: number | null = null
  return () => {
    if (noted !== null && monotonic() - noted < CONFLICTS_MS) return
    noted = monotonic()
    const ctx = contextOf()
    attempt(ctx, () => noteConflicts(ctx.room(), ctx.now()))
  }
}

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
