/** `config.json` as a text that people write: read as it stands, replaced whole, with its copy in `.state`. */
import { CoordError, invalid } from '../protocol/errors.ts'
import { indentOf } from '../protocol/settings.ts'
import { replaceFile } from './atomic.ts'
import { readText } from './disk.ts'
import { mirrorConfig } from './layout.ts'
import { inRoom, place, type Room } from './room.ts'

const FILE = 'config.json'
const CONFIG_BYTES = 1024 * 1024

export interface ConfigText {
  text: string
  value: Record<string, unknown>
}

/**
 * The config of a room as it is written; while the file is missing its copy in `.state`, and null without either. Throws
 * `invalid` for what is no JSON object in a regular file.
 */
export function readConfigText(room: Room): (ConfigText & { mirrored: boolean }) | null {
  const own = readText(inRoom(room, FILE), CONFIG_BYTES)
  const reading = 'missing' in own ? readText(inRoom(room, '.state', FILE), CONFIG_BYTES) : own
  if ('missing' in reading) return null
  if ('trouble' in reading) throw broken(room, reading.trouble)
  const { text } = reading
  return { text, value: parse(room, text.replace(/^\ufeff/, '')), mirrored: 'missing' in own }
}

function parse(room: Room, text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw broken(room, `is not JSON (${(error as Error).message})`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw broken(room, 'is not a JSON object')
}

function broken(room: Room, why: string) {
  const file = inRoom(room, FILE)
  return invalid(
    FILE,
    `config.json: ${why}`,
    `Mend ${file}, or begin anew with the defaults: mv ${file} ${file}.broken && coord init`,
  )
}

/** Replace `config.json`, in the form that it had, and its copy. Throws `conflict` while it is missing. */
export function writeConfigText(room: Room, old: ConfigText & { mirrored: boolean }, value: object): void {
  if (old.mirrored) {
    const hint = 'Change it on the branch that has it; coord init makes a new one here.'
    throw new CoordError('conflict', 'config.json is missing here; its copy in .state counts', hint)
  }
  const lines = `${JSON.stringify(value, null, indentOf(old.text))}\n`
  replaceFile(place(room, FILE), old.text.includes('\r\n') ? lines.replaceAll('\n', '\r\n') : lines, true)
  mirrorConfig(room.root)
}
