import type { Context } from '../context.ts'
import { CoordError, invalid } from '../protocol/errors.ts'
import { nearest } from '../protocol/names.ts'
import {
  checkKey,
  listSettings,
  readValue,
  type Setting,
  withValue,
  writtenAt,
} from '../protocol/settings.ts'
import { readConfigText, writeConfigText } from '../store/config.ts'
import { withPidLock } from '../store/pid-lock.ts'
import type { Room } from '../store/room.ts'
import { defineOperation } from './operation.ts'

const LOCK_MS = 2000

/** `coord config`: what the settings are, and changing one. Throws `invalid` for a key, a value or a file that can't be. */
export const config = defineOperation({
  name: 'config',
  summary: 'Read the settings of the room, or change one.',
  writes: true,
  input: {
    action: { kind: 'text', help: 'get or set', required: true },
    key: { kind: 'text', help: 'e.g. claims.defaultFor; get without it lists all' },
    value: { kind: 'text', help: 'for set: 90s, true, 65536, a text, null' },
  },
  run(
    ctx,
    { action, key, value },
  ): { setting?: Setting; settings?: Setting[]; was?: unknown; already?: true } {
    if (action === 'set') return change(ctx, key, value)
    if (action !== 'get') throw unknownAction(action)
    if (value !== undefined) throw invalid('value', 'get takes no value', `coord config set ${key} ${value}`)
    if (key !== undefined) checkKey(key)
    const settings = listSettings(readConfigText(ctx.room())?.value ?? {})
    return key === undefined ? { settings } : { setting: oneOf(settings, key) }
  },
})

function unknownAction(action: string) {
  const [near] = nearest(action, ['get', 'set'])
  const way = near
    ? `Did you mean coord config ${near}?`
    : 'coord config get [KEY], or coord config set KEY VALUE'
  return invalid('action', `there is no coord config ${action}`, way)
}

function oneOf(settings: Setting[], key: string): Setting {
  const setting = settings.find((each) => each.key === key)!
  if (setting.trouble === undefined) return setting
  const message = `config.json: ${key} ${setting.trouble}; ${setting.default} is used`
  throw invalid('config.json', message, `coord config set ${key} ${setting.default}`)
}

function change(ctx: Context, key: string | undefined, text: string | undefined) {
  const usage = 'coord config set KEY VALUE, e.g. coord config set claims.defaultFor 2h'
  if (key === undefined) throw invalid('key', 'KEY is missing', usage)
  if (text === undefined) throw invalid('value', 'VALUE is missing', usage)
  const value = readValue(key, text)
  const room = ctx.room()
  const done = withPidLock(room, 'config', LOCK_MS, () => write(room, key, value))
  if (done === null) throw new CoordError('busy', 'somebody else changes the config', 'Try again.')
  return done
}

function write(room: Room, key: string, value: unknown) {
  const old = readConfigText(room)
  if (old === null)
    throw new CoordError('conflict', 'the room has no config.json', 'coord init makes one with the defaults.')
  const before = listSettings(old.value).find((each) => each.key === key)!
  const already = writtenAt(old.value, key) === value
  const changed = withValue(old.value, key, value)
  if (!already) writeConfigText(room, old, changed)
  const setting = listSettings(changed).find((each) => each.key === key)!
  return { setting, was: before.value, ...(already ? { already: true as const } : {}) }
}
