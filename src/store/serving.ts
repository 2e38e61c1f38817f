/** `.state/serve.json`: where the room is served, and `.state/serve-token`: the token for it, which stays; for the owner's eyes alone. */
import fs from 'node:fs'
import { ensureDirectory, temporaryName } from './atomic.ts'
import { asCoordError, lookAt, readText, removeQuietly } from './disk.ts'
import { ownTraces, stateOf } from './processes.ts'
import { inRoom, isOwnDirectory, type Room } from './room.ts'

export interface Serving {
  pid: number
  /** With the pid it names one process of one boot. */
  pid_started: string | null
  boot_id: string | null
  pid_ns: string | null
  port: number
  /** Without the token. */
  url: string
  token: string
  started_at: string
}

const FILE = '.state/serve.json'
const BYTES = 64 * 1024

/** What serves this room, where a process does. Reads only. */
export function loadServing(room: Room): Serving | null {
  const serving = read(room)
  if (!serving) return null
  const { pid, pid_started, boot_id, pid_ns } = serving
  return stateOf(pid, pid_started, boot_id, pid_ns) === 'alive' ? serving : null
}

function read(room: Room): Serving | null {
  if (!isOwnDirectory(room, '.state')) return null
  const reading = readText(inRoom(room, FILE), BYTES)
  if (!('text' in reading)) return null
  try {
    const value = JSON.parse(reading.text) as Partial<Serving>
    const isWhole =
      Number.isInteger(value.pid) && [value.url, value.token].every((text) => typeof text === 'string')
    return isWhole ? (value as Serving) : null
  } catch {
    return null
  }
}

/** Say where this process serves the room. Throws `unwritable`, `disk_full`. */
export function writeServing(room: Room, told: Pick<Serving, 'port' | 'url' | 'token' | 'started_at'>): void {
  writeSecret(room, FILE, JSON.stringify({ ...ownTraces(), ...told }, null, 2))
}

/** A file that is readable by its user alone from the first byte on. */
function writeSecret(room: Room, name: string, text: string): void {
  const directory = inRoom(room, '.state')
  const temporary = `${directory}/${temporaryName()}`
  try {
    ensureDirectory(room.root, directory)
    fs.writeFileSync(temporary, `${text}\n`, { mode: 0o600, flag: 'wx' })
    fs.renameSync(temporary, inRoom(room, name))
  } catch (error) {
    removeQuietly(temporary)
    throw asCoordError(error, inRoom(room, name))
  }
}

const TOKEN_FILE = '.state/serve-token'
const OTHERS = 0o077

/** The token that the room keeps for its servers; null where there is none, or others may have read it. Reads only. */
export function keptToken(room: Room): string | null {
  if (!isOwnDirectory(room, '.state')) return null
  const file = inRoom(room, TOKEN_FILE)
  const stat = lookAt(file)
  if (!stat?.isFile() || (stat.mode & OTHERS) !== 0) return null
  const reading = readText(file, BYTES)
  return 'text' in reading ? reading.text.trim() : null
}

/** Have the room keep a token; returns it. Throws `unwritable`, `disk_full`. */
export function keepToken(room: Room, token: string): string {
  writeSecret(room, TOKEN_FILE, token)
  return token
}

/** Whether the room tells of any server. */
export const tellsOfServer = (room: Room) => lookAt(inRoom(room, FILE)) !== undefined

/** Take it back, if it tells of this process. */
export function removeServing(room: Room): void {
  if (read(room)?.pid === process.pid) removeQuietly(inRoom(room, FILE))
}
