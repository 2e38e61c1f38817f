/**
 * Whether the claims of a room are arbitrated by a remote, and how: `.state/remote.json`, of this clone alone, since `.state/` is never
 * committed. Written by `coord remote`. What can't be read is refused, not overlooked: claims would count that no other clone knows of.
 */
import fs from 'node:fs'
import { CoordError } from '../../protocol/errors.ts'
import { replaceFile } from '../atomic.ts'
import { lookAt, readText } from '../disk.ts'
import { inRoom, place, type Room, removeIn } from '../room.ts'
import type { Far } from './far.ts'
import { openFar } from './git.ts'

/** The choice of a clone, made by `coord remote setup`. */
export interface RemoteSetting {
  version: 1
  /** The name of the remote, e.g. `origin`. */
  remote: string
  /** Where the refs lie: `refs/coord`, or `refs/heads/coord` where the remote wants branches. */
  prefix: string
  /** Whether the remote moves several refs all or none. */
  atomic: boolean
  /** Over how many refs the claims of files are spread: the same for all clones, since it is recorded at the remote. */
  shards: number
  /** What tells its URL from others, which may hold a password. */
  url_hash?: string
  /** The commit there that says so. */
  layout?: string
  /** What this room is called at the remote: letters that tell nothing of the machine. */
  machine: string
  /** The room's directory as the disk knows it: a copy of a clone is another room, and must not speak in this one's name. */
  inode: string
  /** Until when (an instant) what lies in the room is that of the room it was copied from; absent where it is no copy. */
  copied_at?: string
  /** Since when, as an instant. */
  since: string
  /** What one question to the remote may take. */
  timeout_ms: number
}

/** The file whose presence says that there is a remote; leases.ts looks for it. */
const FILE = '.state/remote.json'
const OFF = '.state/remote-off.json'
const BYTES = 16 * 1024

/** The remote of a room, or null where none is set. Throws `damaged`. */
export function loadRemote(room: Room): RemoteSetting | null {
  if (!lookAt(inRoom(room, FILE))) return null
  const setting = read(room, FILE)
  if (setting?.inode === inodeOf(room)) return setting
  if (setting)
    throw new CoordError(
      'conflict',
      'this room is a copy of another, or was moved: its remote knows it by a name that is not its own',
      'coord remote setup gives it one; coord remote off goes on without.',
    )
  const hint = 'coord remote setup writes it anew, coord remote off goes on without.'
  throw new CoordError('damaged', `${FILE} can't be read`, hint, { path: FILE })
}

/** What a room was called when its remote was last set, on or off; null where it never was. */
export function lastMachine(room: Room): string | null {
  const last = lastSetting(room)
  return last?.inode === inodeOf(room) ? last.machine : null
}

/** What was chosen last, on or off, be it by the room that this one is a copy of; null for nothing. */
export const lastSetting = (room: Room): RemoteSetting | null => read(room, FILE) ?? read(room, OFF)

/** What tells a room from its copies. */
export const inodeOf = (room: Room): string => String(fs.statSync(room.root, { bigint: true }).ino)

function read(room: Room, file: string): RemoteSetting | null {
  const reading = readText(inRoom(room, file), BYTES)
  try {
    const value: unknown = 'text' in reading ? JSON.parse(reading.text) : null
    return isSetting(value) ? value : null
  } catch {
    return null
  }
}

function isSetting(value: unknown): value is RemoteSetting {
  const { version, remote, prefix, atomic, shards, layout, machine, inode, since, timeout_ms } = (value ??
    {}) as RemoteSetting
  const plain = version === 1 && typeof remote === 'string' && typeof atomic === 'boolean'
  const counted = Number.isInteger(shards) && shards >= 1 && shards <= 256 && timeout_ms >= 100
  return (
    plain &&
    counted &&
    typeof since === 'string' &&
    typeof inode === 'string' &&
    (layout === undefined || /^[0-9a-f]{40,64}$/.test(layout)) &&
    PREFIXES.includes(prefix) &&
    /^[a-z2-7]{8}$/.test(machine)
  )
}

/** Where refs may lie, the better one first. */
export const PREFIXES = ['refs/coord', 'refs/heads/coord']

/** Set the remote of a room. Throws what the disk refuses. */
export function saveRemote(room: Room, setting: RemoteSetting): void {
  replaceFile(place(room, FILE), `${JSON.stringify(setting, null, 2)}\n`)
}

/** Go on without a remote; what the room was called there is kept, so that its claims are its own when it comes back. */
export function dropRemote(room: Room): void {
  const setting = read(room, FILE)
  if (setting) replaceFile(place(room, OFF), `${JSON.stringify(setting, null, 2)}\n`)
  removeIn(room, '.state', 'remote.json')
}

/** The remote of a room to be asked. `env` is git's. */
export const farOf = (room: Room, setting: RemoteSetting, env: Record<string, string>): Far =>
  openFar(room.root, setting.remote, env, setting.timeout_ms)
