/** Who listens to the streams. Whoever reads too slowly is told nothing until all was read, and then the whole: what waits for one is bounded. */
import { monotonic } from '../../store/pid-lock.ts'

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

/** A message for all. */
export function messageOf(content: object): Message {
  let frame: Buffer | undefined
  let event: Buffer | undefined
  return {
    frame: () => (frame ??= Buffer.from(JSON.stringify(content))),
    event: () => (event ??= Buffer.from(`data: ${JSON.stringify(content)}\n\n`)),
  }
}

const MOST = 400
const PENDING_BYTES = 4 << 20
/** Who has not read anything for so long is let go. */
const PATIENCE_MS = 60_000

/** An audience; `onEmpty` is called when the last has left. */
export function createAudience(onEmpty: () => void) {
  const behind = new Map<Client, number | null>()
  let dropped = 0
  const leave = (client: Client) => {
    if (behind.delete(client) && behind.size === 0) onEmpty()
  }
  const drop = (client: Client) => {
    dropped++
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
  return {
    leave,
    send,
    counts: () => ({ clients: behind.size, dropped }),
    /** False where there are too many. */
    enter: (client: Client) => behind.size < MOST && behind.set(client, null).size > 0,
    /** Tell all who are not behind; whoever has too much to read is, from now on. */
    tell(message: Message) {
      for (const [client, since] of behind) {
        if (since === null && client.pending() <= PENDING_BYTES) send(client, message)
        else behind.set(client, since ?? monotonic())
      }
    },
    /** Tell those who have read all what is current; let go who has not for long. */
    catchUp(current: () => Message) {
      for (const [client, since] of behind) {
        if (since === null) continue
        if (client.pending() === 0) {
          behind.set(client, null)
          send(client, current())
        } else if (monotonic() - since > PATIENCE_MS) drop(client)
      }
    },
    /** Send everybody away. */
    dismiss() {
      for (const client of [...behind.keys()]) {
        leave(client)
        client.close()
      }
    },
  }
}
