/**
 * Records as files: read tolerantly, written strictly. Who may write: a session's file, its receipts and its status belong
 * to that session's processes; messages, heartbeats and handoffs are written once and never changed; claim files are
 * published by whoever moved the ledger. A record that can't be read is named in `room.problems` and left where it is.
 */
import { DEPTH, isTooDeep } from '../protocol/depth.ts'
import { invalid } from '../protocol/errors.ts'
import { byteLength } from '../protocol/names.ts'
import type { Kind, RecordOf } from '../protocol/records.ts'
import { isRecord } from '../protocol/shapes.ts'
import { readText } from './disk.ts'
import { inRoom, isOwnDirectory, type Room } from './room.ts'

/** The most bytes that a record of a kind is read with. */
export const CAPS: Record<Kind, number> = {
  session: 1 << 20,
  heartbeat: 1 << 20,
  status: 1 << 20,
  claim: 64 << 10,
  message: 256 << 10,
  receipt: 1 << 20,
  slot: 1 << 20,
  handoff: 256 << 10,
}

/** A record with the text it was read from. */
export interface Loaded<K extends Kind> {
  record: RecordOf<K>
  text: string
}

/** A record with the name of its file. */
export interface Filed<K extends Kind> {
  record: RecordOf<K>
  name: string
}

/** The same with its text. */
export type Named<K extends Kind> = Loaded<K> & Filed<K>

/**
 * The record in a file, null when it is absent or unreadable (then named in `room.problems`). `listed`: its directory has just been listed,
 * so that it need not be looked at again.
 */
export function loadRecord<K extends Kind>(
  room: Room,
  kind: K,
  file: string,
  listed = false,
): Loaded<K> | null {
  if (!listed && !isOwnDirectory(room, file.slice(0, Math.max(0, file.lastIndexOf('/'))))) return null
  const reading = readText(inRoom(room, file), CAPS[kind])
  if ('missing' in reading) return null
  if ('trouble' in reading) {
    room.problems.push({ path: file, kind: reading.kind, detail: reading.trouble })
    return null
  }
  return parseRecord(room, kind, file, reading.text)
}

/** The record in a text: strict JSON first, then the repair ladder. `file` names it in `room.problems`. */
export function parseRecord<K extends Kind>(
  room: Room,
  kind: K,
  file: string,
  text: string,
): Loaded<K> | null {
  if (isTooDeep(text)) {
    room.problems.push({ path: file, kind: 'unreadable', detail: `is nested more than ${DEPTH} deep` })
    return null
  }
  try {
    const value: unknown = JSON.parse(text)
    if (isRecord(kind, value)) return { record: value, text }
  } catch {
    // The ladder below reads what strict JSON refuses.
  }
  const repaired = room.lazy.repair().repairText(kind, text)
  if (!repaired) {
    room.problems.push({ path: file, kind: 'unreadable', detail: `is no ${kind} record` })
    return null
  }
  room.problems.push({ path: file, kind: 'repaired', detail: repaired.how })
  return { record: repaired.record, text: JSON.stringify(repaired.record) }
}

/** Throws `invalid` for a record that no reader would take, being longer than its kind may be. */
export function checkSize(kind: Kind, record: object): void {
  const bytes = byteLength(recordText(record))
  if (bytes <= CAPS[kind]) return
  throw invalid(
    kind,
    `the ${kind} has ${bytes} bytes as a record, at most ${CAPS[kind]} are read`,
    'Make it shorter; put the long part into a file.',
  )
}

/** The canonical text of a record: two spaces, a final newline. */
export function recordText(record: object): string {
  return `${JSON.stringify(record, null, 2)}\n`
}
