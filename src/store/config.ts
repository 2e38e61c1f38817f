/** `config.json` as a text that people write: read as it stands, replaced whole, with its copy in `.state`. */
import { BOM, parseConfig } from '../protocol/config.ts'
import { CoordError, invalid } from '../protocol/errors.ts'
import { quote } from '../protocol/needs.ts'
import { contradictions, indentOf, listSettings, shown } from '../protocol/settings.ts'
import { replaceFile } from './atomic.ts'
import { lookAt, readText } from './disk.ts'
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
  return { text, value: parse(room, text), mirrored: 'missing' in own }
}

function parse(room: Room, text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = parseConfig(text)
  } catch (error) {
    throw broken(room, `is not JSON (${(error as Error).message})`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw broken(room, 'is not a JSON object')
}

function broken(room: Room, why: string) {
  const command = bringBack(room)
  return invalid(FILE, `config.json ${why}`, `Mend it by hand, or go back to its last good copy: ${command}`)
}

/** The command that takes a broken file out of the way and restores its copy, or the defaults where there is none. */
function bringBack(room: Room): string {
  const file = inRoom(room, FILE)
  return `mv ${quote(file)} ${quote(freeName(`${file}.broken`))} && coord doctor --fix`
}

/** A name that nothing has: the one given, or with `-2`, `-3` …; `mv` would overwrite a file, and move into a directory. */
function freeName(name: string): string {
  for (let copy = 1; ; copy++) {
    const free = copy === 1 ? name : `${name}-${copy}`
    if (!lookAt(free)) return free
  }
}

/** What is wrong with the config of a room, opened just now, each with the command that mends it; null where only people can. That it is missing is told by who looks for files. */
export function configFaults(room: Room): { detail: string; fix: string | null }[] {
  const told = room.problems.filter(
    ({ kind, detail }) => kind === 'config' && !detail.startsWith('is missing'),
  )
  const value = parsed(room)
  if (value === null) return told.map(({ detail }) => ({ detail, fix: bringBack(room) }))
  const bad = listSettings(value).filter(({ trouble }) => trouble !== undefined)
  const commandOf = (detail: string) => {
    const setting = bad.find(({ key }) => detail.startsWith(`"${key}" `))
    return setting ? setCommand(setting.key, setting.default) : null
  }
  return [
    ...told.map(({ detail }) => ({ detail, fix: commandOf(detail) })),
    ...contradictions(value).map(({ detail, key, limit }) => ({ detail, fix: setCommand(key, limit) })),
  ]
}

const setCommand = (key: string, value: unknown) => `coord config set ${key} ${quote(shown(value))}`

function parsed(room: Room): Record<string, unknown> | null {
  try {
    return readConfigText(room)?.value ?? {}
  } catch {
    return null
  }
}

/** Throws `conflict` while the file itself is missing, and only its copy tells the config. */
export function checkWritable({ mirrored }: { mirrored: boolean }): void {
  if (!mirrored) return
  const hint = 'Change it on the branch that has it; coord init makes a new one here.'
  throw new CoordError('conflict', 'config.json is missing here; its copy in .state counts', hint)
}

/** Replace `config.json`, in the form that it had, and its copy. */
export function writeConfigText(room: Room, old: ConfigText, value: object): void {
  const mark = old.text.startsWith(BOM) ? BOM : ''
  const lines = `${mark}${JSON.stringify(value, null, indentOf(old.text))}\n`
  replaceFile(place(room, FILE), old.text.includes('\r\n') ? lines.replaceAll('\n', '\r\n') : lines, true)
  mirrorConfig(room.root)
}
