/**
 * `alerts/<id>.json`: what was told, so that nobody tells it again; and, below `.state/alerts/<id>/`, which channels have it. Each is
 * created exclusively: of several who look at once, one opens an alert, and one tells it on each channel.
 */
import type { Alert } from '../protocol/records.ts'
import { formatInstant, parseInstant } from '../protocol/time.ts'
import { addFile, replaceFile } from './atomic.ts'
import { lookAt, readText } from './disk.ts'
import { recordText } from './records.ts'
import { inRoom, listIn, place, type Room } from './room.ts'

/** Where alerts are, as a path in the room. */
export const ALERTS = 'alerts'
const TOLD = '.state/alerts'
const BYTES = 64 * 1024

/** What was read of one file. */
interface Known {
  ino: number
  mtime: number
  alert: Alert | null
}
/** What a reader of alerts remembers between two looks, by file name: a closed one is opened once. */
export type AlertMemory = Map<string, Known>

/** The alert of an id; null where there is none that can be read. */
export const readAlert = (room: Room, id: string): Alert | null => loadAlert(room, `${id}.json`, new Map())

/** The readable alerts. */
export function listAlerts(room: Room, memory: AlertMemory = new Map()): Alert[] {
  const names = listIn(room, ALERTS).filter((name) => name.endsWith('.json') && !name.startsWith('.'))
  const there = new Set(names)
  for (const name of memory.keys()) if (!there.has(name)) memory.delete(name)
  return names.flatMap((name) => loadAlert(room, name, memory) ?? [])
}

function loadAlert(room: Room, name: string, memory: AlertMemory): Alert | null {
  const file = inRoom(room, ALERTS, name)
  const stat = lookAt(file)
  if (!stat) return null
  const known = memory.get(name)
  if (known?.ino === stat.ino && known.mtime === stat.mtimeMs) return known.alert
  const alert = parseAlert(readText(file, BYTES), name.slice(0, -'.json'.length))
  memory.set(name, { ino: stat.ino, mtime: stat.mtimeMs, alert })
  return alert
}

function parseAlert(reading: ReturnType<typeof readText>, id: string): Alert | null {
  try {
    const value: unknown = 'text' in reading ? JSON.parse(reading.text) : null
    return isAlert(value) && value.id === id ? value : null
  } catch {
    return null
  }
}

const TEXTS = ['id', 'kind', 'text', 'at', 'since'] as const
const MAYBE_TEXTS = [
  ...['session_id', 'closed_at', 'priority', 'action', 'project', 'task_id', 'host', 'cwd'],
  ...['resource_type', 'resource_name'],
]

/** Whether a value is an alert: the same verdict as the schema's, which a test holds it to. */
export function isAlert(value: unknown): value is Alert {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const record = value as Record<string, unknown>
  const mayBeText = (name: string) => (record[name] ?? null) === null || typeof record[name] === 'string'
  return (
    TEXTS.every((name) => typeof record[name] === 'string') &&
    ['notice', 'warning', 'critical'].includes(record.severity as string) &&
    MAYBE_TEXTS.every(mayBeText) &&
    isListOfTexts(record.session_ids ?? [])
  )
}

const isListOfTexts = (value: unknown) =>
  Array.isArray(value) && value.every((each) => typeof each === 'string')

/** Write an alert that begins; false when somebody else has. Throws `unwritable`. */
export function openAlert(room: Room, alert: Alert): boolean {
  return addFile(fileOf(room, alert.id), recordText(alert))
}

/** Write what became of an alert. Throws `unwritable`. */
export function changeAlert(room: Room, alert: Alert): void {
  replaceFile(fileOf(room, alert.id), recordText(alert))
}

const fileOf = (room: Room, id: string) => place(room, ALERTS, `${id}.json`)

/** Take it upon oneself to tell an alert on a channel (`exec-1f…`): false when somebody has. Throws `unwritable`. */
export function takeTelling(room: Room, id: string, channel: string, now: number): boolean {
  return addFile(place(room, TOLD, id, channel), `${formatInstant(now)}\n`)
}

/** Whether an alert is past: closed, or not looked after, for longer than `retention` (ms). */
export function isPastAlert({ at, closed_at }: Alert, now: number, retention: number): boolean {
  return now - (parseInstant(closed_at ?? at) ?? now) >= retention
}

/** Where it is noted which channels have an alert, as a path in the room. */
export const toldPath = (id: string) => `${TOLD}/${id}`
