/**
 * What a machine publishes, as the files of one tree, and back. Everything that comes in may be hostile: sizes, counts and depths are
 * limited, ids are checked before anything becomes a name, and what can't be read is counted, never thrown.
 *
 * Files, all at the top of the tree: `machine.json`; `sessions.jsonl`; `receipts.jsonl`; `mail-<day>-<n>.jsonl`, `handoffs-<day>-<n>.jsonl`.
 * A day's files are filled in order, so that what was published stays the same bytes and travels once.
 */
import { conform } from '../conform.ts'
import { isTooDeep } from '../depth.ts'
import { byteLength, isSessionId } from '../names.ts'
import type { Kind, Message, Receipt, RecordOf, Session } from '../records.ts'
import { isRecord } from '../shapes.ts'
import { fileTime, parseFileTime } from '../time.ts'
import { isMachine, isRecordId } from './names.ts'

const BUNDLE_VERSION = 1
/** The most that is read of one machine. */
export const LIMITS = {
  files: 500,
  fileBytes: 4 << 20,
  bytes: 32 << 20,
  lineBytes: 256 << 10,
  sessions: 2000,
  messages: 5000,
  receipts: 20_000,
  handoffs: 500,
}
const CHUNK = 512 << 10

/** A receipt with whose it is. */
export type ReaderReceipt = Receipt & { reader: string }

/** A handoff's file: its id and its text. */
export interface HandoffText {
  id: string
  text: string
}

/** The state of one machine as it travels. `seq` only grows, so that an older state is known as such. */
export interface Bundle {
  machine: string
  seq: number
  at: string
  /** What its people call it; null unless they told. */
  name: string | null
  sessions: Session[]
  messages: Message[]
  receipts: ReaderReceipt[]
  handoffs: HandoffText[]
}

/** The names that files of a bundle may have. */
export const isBundleFile = (name: string): boolean =>
  /^(machine\.json|sessions\.jsonl|receipts\.jsonl|(mail|handoffs)-\d{4}-\d\d-\d\d-\d{1,4}\.jsonl)$/.test(
    name,
  )

/** The files of a bundle by name. */
export function toFiles(bundle: Bundle): Map<string, string> {
  const { machine, seq, at, name } = bundle
  const head = { version: BUNDLE_VERSION, machine, seq, at, ...(name === null ? {} : { name }) }
  return new Map([
    ['machine.json', `${JSON.stringify(head)}\n`],
    ['sessions.jsonl', lines(bundle.sessions)],
    ['receipts.jsonl', lines(bundle.receipts)],
    ...byDay('mail', bundle.messages, ({ id }) => id ?? ''),
    ...byDay('handoffs', bundle.handoffs, ({ id }) => id),
  ])
}

const lines = (records: object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('')

/** Records in files of a day each, by the time in their ids, in files of half a MiB. */
function byDay<T extends object>(
  stem: string,
  records: T[],
  idOf: (record: T) => string,
): [string, string][] {
  const files = new Map<string, string>()
  const parts = new Map<string, number>()
  for (const record of [...records].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1))) {
    const day = dayOf(idOf(record))
    const line = `${JSON.stringify(record)}\n`
    const part = parts.get(day) ?? 1
    const file = `${stem}-${day}-${part}.jsonl`
    const text = (files.get(file) ?? '') + line
    files.set(file, text)
    if (text.length > CHUNK) parts.set(day, part + 1)
  }
  return [...files]
}

const dayOf = (id: string) => fileTime(parseFileTime(`${id}.json`)?.time ?? 0).slice(0, 10)

/** What was read of a machine: its bundle, and how many records or files of it were left out, being none or too many. */
export interface ReadBundle {
  bundle: Bundle
  skipped: number
}

/** The bundle in some files. `trouble` where it is none: no head, another machine's, of a newer version. */
export function readBundle(
  files: ReadonlyMap<string, string>,
  machine: string,
): ReadBundle | { trouble: string } {
  const head = parse(files.get('machine.json') ?? '') as Record<string, unknown> | undefined
  if (!head) return { trouble: 'has no readable machine.json' }
  if (typeof head.version === 'number' && head.version > BUNDLE_VERSION)
    return { trouble: `is of version ${head.version}; this coord knows ${BUNDLE_VERSION}` }
  const { seq } = head
  if (head.machine !== machine || !isMachine(machine)) return { trouble: 'tells of another machine' }
  if (!Number.isSafeInteger(seq) || (seq as number) < 0) return { trouble: 'has no number' }
  const tally = { skipped: 0 }
  const textsOf = (stem: string) =>
    [...files]
      .filter(([name]) => name.startsWith(stem))
      .sort()
      .reverse()
      .map(([, text]) => text)
  const sessions = take(textsOf('sessions.'), LIMITS.sessions, tally, sessionOf)
  const messages = take(textsOf('mail-'), LIMITS.messages, tally, messageOf)
  const receipts = take(textsOf('receipts.'), LIMITS.receipts, tally, receiptOf)
  const handoffs = take(textsOf('handoffs-'), LIMITS.handoffs, tally, handoffOf)
  const bundle = {
    ...{ machine, seq: seq as number, at: textIn(head.at, 40) ?? '', name: textIn(head.name, 64) },
    ...{ sessions: distinct(sessions), messages, receipts, handoffs },
  }
  return { bundle, skipped: tally.skipped }
}

const textIn = (value: unknown, length: number) =>
  typeof value === 'string' && value.length > 0 ? value.slice(0, length) : null

function parse(line: string): unknown {
  if (byteLength(line) > LIMITS.lineBytes || isTooDeep(line)) return undefined
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The records in texts of lines, at most so many; others are counted. */
function take<T>(
  texts: string[],
  most: number,
  tally: { skipped: number },
  read: (value: unknown) => T | null,
): T[] {
  const found: T[] = []
  for (const text of texts)
    for (const line of text.split('\n')) {
      if (line === '') continue
      const record = found.length < most ? read(parse(line)) : null
      if (record === null) tally.skipped++
      else found.push(record)
    }
  return found
}

function recordOf<K extends Kind>(kind: K, value: unknown): RecordOf<K> | null {
  if (value === undefined) return null
  return isRecord(kind, value) ? value : (conform(kind, value)?.record ?? null)
}

function sessionOf(value: unknown): Session | null {
  const session = recordOf('session', value)
  return session && isSessionId(session.session_id) ? withoutProcesses(session) : null
}

/** What a record says of processes means something only where they run: nobody here is to look for them. */
const PROCESS = ['pid', 'pid_started', 'boot_id', 'pid_ns', 'machine_id', 'machine', 'machine_name']

function withoutProcesses<T extends object>(record: T): T {
  const left = Object.entries(record).filter(([name]) => !PROCESS.includes(name))
  const shown = left.map(([name, value]) => [
    name,
    name === 'waiting_for' && value ? withoutProcesses(value) : value,
  ])
  return Object.fromEntries(shown) as T
}

function distinct(sessions: Session[]): Session[] {
  return [...new Map(sessions.map((session) => [session.session_id, session])).values()]
}

function messageOf(value: unknown): Message | null {
  const message = recordOf('message', value)
  if (!message || !isRecordId(message.id) || message.channel) return null
  if (message.from !== 'human' && !isSessionId(message.from)) return null
  return message.to === 'broadcast' || message.to === 'human' || isSessionId(message.to) ? message : null
}

function receiptOf(value: unknown): ReaderReceipt | null {
  const receipt = recordOf('receipt', value) as ReaderReceipt | null
  if (!receipt || !isRecordId(receipt.message) || typeof receipt.reader !== 'string') return null
  return receipt.reader === 'human' || isSessionId(receipt.reader) ? receipt : null
}

function handoffOf(value: unknown): HandoffText | null {
  const { id, text } = (value ?? {}) as Partial<HandoffText>
  return isRecordId(id) && typeof text === 'string' ? { id, text } : null
}
