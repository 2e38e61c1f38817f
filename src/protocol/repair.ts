/**
 * The reading ladder for records that strict JSON refuses: control characters, bad escapes, merge-conflict markers,
 * the seed's fixed line template. It never throws and never writes; what it changed is told, so that faces can name it.
 */
import { conform } from './conform.ts'
import type { Kind, RecordOf } from './records.ts'
import { parseInstant } from './time.ts'

export { conform } from './conform.ts'

export interface Repaired<K extends Kind> {
  record: RecordOf<K>
  how: string
}

type Rung = [how: string, (text: string) => unknown]

const withoutMark = (text: string) => text.replace(/^\uFEFF+/, '')

const RUNGS: Rung[] = [
  ['fields of the wrong type were left out', (text) => JSON.parse(text)],
  ['a byte order mark was skipped', (text) => JSON.parse(withoutMark(text))],
  ['control characters inside texts were escaped', (text) => JSON.parse(escapeControls(withoutMark(text)))],
  ['bad escapes were taken literally', (text) => JSON.parse(fixEscapes(escapeControls(withoutMark(text))))],
]
const TEMPLATE: Rung = ['the template of the seed scripts was read line by line', readTemplate]

/**
 * The record that a damaged text of this kind still tells, or null when it is unreadable. The first rung that makes JSON
 * of the text decides: what is whole JSON but no such record (a registry, a list) is not searched for pieces of one.
 */
export function repairText<K extends Kind>(kind: K, text: string): Repaired<K> | null {
  for (const rung of RUNGS) {
    const value = attempt(rung[1], text)
    if (value !== undefined) return told(kind, value, rung[0])
  }
  if (/^(<{7}|={7}|>{7})/m.test(text)) return mergeSides(kind, text)
  return told(kind, attempt(TEMPLATE[1], text), TEMPLATE[0])
}

function told<K extends Kind>(kind: K, value: unknown, how: string): Repaired<K> | null {
  const conformed = conform(kind, value)
  if (!conformed) return null
  const { record, dropped, times } = conformed
  const parts = [
    ...(dropped.length > 0 ? [`left out: ${dropped.join(', ')}`] : []),
    ...(times.length > 0 ? [`epoch numbers read as times: ${times.join(', ')}`] : []),
  ]
  return { record, how: parts.join('; ') || how }
}

function attempt(read: (text: string) => unknown, text: string): unknown {
  try {
    return read(text)
  } catch {
    return undefined
  }
}

/** Raw control characters that stand inside JSON strings, as their escapes. */
function escapeControls(text: string): string {
  let inside = false
  let result = ''
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!
    if (inside && char === '\\') {
      const next = text[i + 1] ?? ''
      if (next < ' ') result += '\\\\'
      else result += char + text[++i]!
      continue
    }
    if (char === '"') inside = !inside
    const code = char.charCodeAt(0)
    result += inside && code < 0x20 ? `\\u${code.toString(16).padStart(4, '0')}` : char
  }
  return result
}

/** `\!`, `\$` and other escapes that JSON does not know, as a backslash and the character. */
const fixEscapes = (text: string) =>
  text.replace(/\\(u[0-9a-fA-F]{4}|["\\/bfnrt])|\\/g, (all, known) => (known ? all : '\\\\'))

const FIELD = /^(\s*)"([A-Za-z_]+)"\s*:(.*)$/

/**
 * The seed's heredocs: one `"field": value` a line, values pasted unescaped. Unfinished values go on in the next lines;
 * deeper lines of an object or list belong to it, so that a nested `session_id` is never taken for the record's own.
 */
function readTemplate(text: string): unknown {
  const fields: { name: string; raw: string; depth: number; opens: boolean }[] = []
  for (const line of text.split('\n')) {
    const match = FIELD.exec(line)
    const last = fields.at(-1)
    const depth = line.length - line.trimStart().length
    const nested =
      last?.opens && (depth > last.depth || (depth === last.depth && /^[\]}],?\s*$/.test(line.trimStart())))
    if (match && !nested) {
      const raw = match[3]!.trim()
      fields.push({ name: match[2]!, raw, depth, opens: raw.startsWith('{') || raw.startsWith('[') })
    } else if (last && (nested || !/^\s*[{}]\s*$/.test(line))) last.raw += `\n${line}`
  }
  if (fields.length < 2) return undefined
  return Object.fromEntries(fields.map(({ name, raw }) => [name, readValue(raw)]))
}

function readValue(raw: string): unknown {
  let value = withoutEnd(raw.trim(), ',')
  if (!value.startsWith('{')) value = withoutEnd(value, '}')
  const parsed = attempt((text) => JSON.parse(text), value)
  if (parsed !== undefined) return parsed
  return value.startsWith('"') ? withoutEnd(value.slice(1), '"') : value
}

/** A text without a last character and the white space around it; plain steps, since a pattern here would be quadratic. */
const withoutEnd = (text: string, last: string) => (text.endsWith(last) ? text.slice(0, -1).trimEnd() : text)

/** Both sides of a merge conflict; the one with the higher token, else the later time, is taken. */
function mergeSides<K extends Kind>(kind: K, text: string): Repaired<K> | null {
  const sides = [side(text, 'ours'), side(text, 'theirs')].map((half) =>
    /^[<=>]{7}/m.test(half) ? null : repairText(kind, half),
  )
  const [ours, theirs] = sides
  const chosen = ours && theirs ? (isNewer(theirs.record, ours.record) ? theirs : ours) : (ours ?? theirs)
  return chosen ? { record: chosen.record, how: 'merge-conflict markers: the newer side was taken' } : null
}

function side(text: string, which: 'ours' | 'theirs'): string {
  let at: 'both' | 'ours' | 'base' | 'theirs' = 'both'
  const kept: string[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith('<<<<<<<')) at = 'ours'
    else if (line.startsWith('|||||||')) at = 'base'
    else if (line.startsWith('=======')) at = 'theirs'
    else if (line.startsWith('>>>>>>>')) at = 'both'
    else if (at === 'both' || at === which) kept.push(line)
  }
  return kept.join('\n')
}

const TIMES = ['renewed_at', 'last_seen', 'last_heartbeat', 'timestamp', 'claimed_at', 'at', 'started_at']

function isNewer(one: Record<string, unknown>, other: Record<string, unknown>): boolean {
  const tokens = tokenOf(one) - tokenOf(other)
  return tokens > 0 || (tokens === 0 && latest(one) > latest(other))
}

const tokenOf = (record: Record<string, unknown>) => (typeof record.token === 'number' ? record.token : 0)
const latest = (record: Record<string, unknown>) =>
  Math.max(...TIMES.map((field) => parseInstant(record[field]) ?? 0))
