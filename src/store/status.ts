/**
 * Append-only lines: `status/<id>_status.json`, `receipts/<id>.jsonl` and small machine files. One write per line; a torn
 * last line is closed by the next writer; readers skip and count what they can't read.
 *
 * A status file over 10 MB is set aside by the next writer as `status/<id>_status.<time>-<random>.json`, which history still reads.
 * No lock is needed to lose no line: a rename keeps the file, so what somebody appends through a descriptor opened before goes to
 * the file under its new name; and as the new name is nobody else's, a rename never replaces a file. Of two writers that set aside
 * at once the later finds nothing, or a short new file, which gets a name of its own too. The writer's own line begins the new
 * file, so that the last line of a name is in the file without a time, as scripts expect it.
 */
import fs from 'node:fs'
import { formatStatusLine } from '../protocol/heartbeats.ts'
import { readLines } from '../protocol/lines.ts'
import type { Kind, Receipt, RecordOf, StatusLine } from '../protocol/records.ts'
import { isRecord } from '../protocol/shapes.ts'
import { fileTime } from '../protocol/time.ts'
import { appendLine, replaceFile } from './atomic.ts'
import { readIfThere, readText } from './disk.ts'
import { inRoom, listIn, place, type Room } from './room.ts'

/** At most so much of a lines file is read. */
export const LINES_BYTES = 16 << 20
const SUFFIX = '_status.json'
const ROTATE_BYTES = 10 << 20

/** Append an act to a session's history; a file over 10 MB is set aside first. */
export function appendStatus(room: Room, line: StatusLine): void {
  const at = place(room, `status/${line.session}${SUFFIX}`)
  const text = formatStatusLine(line)
  if (appendLine(at, text, ROTATE_BYTES)) return
  try {
    const mark = `${fileTime(Date.parse(line.timestamp))}-${Math.random().toString(36).slice(2, 10)}`
    fs.renameSync(at.file, at.file.replace(/json$/, `${mark}.json`))
  } catch {
    // Set aside by somebody else, or it can't be: then it grows on.
  }
  appendLine(at, text)
}

/** The names that have a status history, sessions or not. */
export function listStatusNames(room: Room): string[] {
  return listIn(room, 'status').flatMap((name) =>
    name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : [],
  )
}

/** The readable status lines of a name since its file was last set aside, in order; history.ts reads all. */
export function readStatus(room: Room, name: string): StatusLine[] {
  return readJsonLines(room, 'status', `status/${name}${SUFFIX}`)
}

/** Append receipts of a reader. */
export function appendReceipts(room: Room, reader: string, receipts: Receipt[]): void {
  const lines = receipts.map((receipt) => `${JSON.stringify(receipt)}\n`)
  if (lines.length > 0) appendLine(place(room, `receipts/${reader}.jsonl`), lines.join(''))
}

/** A reader's receipts, in order. */
export function readReceipts(room: Room, reader: string): Receipt[] {
  return readJsonLines(room, 'receipt', `receipts/${reader}.jsonl`)
}

/** The receipts of everybody. */
export function readAllReceipts(room: Room): Receipt[] {
  const names = listIn(room, 'receipts').filter((name) => name.endsWith('.jsonl'))
  return names.flatMap((name) => readReceipts(room, name.slice(0, -'.jsonl'.length)))
}

/** The receipts of everybody who has any, by reader. */
export function receiptsByReader(room: Room): Map<string, Receipt[]> {
  const names = listIn(room, 'receipts').filter((name) => name.endsWith('.jsonl'))
  const readers = names.map((name) => name.slice(0, -'.jsonl'.length))
  return new Map(readers.map((reader) => [reader, readReceipts(room, reader)]))
}

/** The records of a kind in a lines file of at most `cap` bytes; what can't be read is counted in `room.problems`. */
export function readJsonLines<K extends Kind>(
  room: Room,
  kind: K,
  file: string,
  cap = LINES_BYTES,
): RecordOf<K>[] {
  const reading = readIfThere(inRoom(room, file), Math.min(cap, LINES_BYTES))
  if ('missing' in reading) return []
  const isLong = 'kind' in reading && reading.kind === 'too-big' && cap > LINES_BYTES
  const long = isLong ? room.lazy.upkeep().readBigLines(inRoom(room, file), cap) : null
  if ('trouble' in reading && long === null) {
    room.problems.push({ path: file, kind: reading.kind, detail: reading.trouble })
    return []
  }
  const { values, skipped } = long ?? readLines('text' in reading ? reading.text : '')
  const records = values.flatMap((value) => {
    if (isRecord(kind, value)) return [value]
    const conformed = room.lazy.repair().conform(kind, value)
    return conformed ? [conformed.record] : []
  })
  const lost = skipped + values.length - records.length
  if (lost > 0)
    room.problems.push({
      path: file,
      kind: 'skipped',
      detail: `${lost} line${lost === 1 ? '' : 's'} can't be read`,
    })
  return records
}

/** Shorten a machine file of JSON Lines to what `keep` wants; only display data may live in such a file. */
export function trimLines(room: Room, file: string, keep: (value: Record<string, unknown>) => boolean): void {
  const reading = readText(inRoom(room, file), LINES_BYTES)
  if ('kind' in reading && reading.kind === 'too-big') replaceFile(place(room, file), '')
  if (!('text' in reading) || reading.text.length < 32 * 1024) return
  const kept = readLines(reading.text).values.filter((value) => keep(value as Record<string, unknown>))
  replaceFile(place(room, file), kept.map((value) => `${JSON.stringify(value)}\n`).join(''))
}
