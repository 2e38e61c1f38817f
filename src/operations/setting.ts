/** Changing a setting of the room: the one writer of `config.json`, for `config set` and for `init --track`. */
import { CoordError } from '../protocol/errors.ts'
import { checkAgainstOthers, listSettings, type Setting, withValue, writtenAt } from '../protocol/settings.ts'
import { checkWritable, readConfigText, writeConfigText } from '../store/config.ts'
import { withPidLock } from '../store/pid-lock.ts'
import type { Room } from '../store/room.ts'

const LOCK_MS = 2000

/** What `config set` did. */
export interface ConfigChange {
  setting: Setting
  was: unknown
  already?: true
  /** Of git.track: the files besides config.json that were changed, as paths in the room. */
  changed?: string[]
}

/** Run while nobody else changes the config: whoever writes it reads it in here, so that no change is lost. Throws `busy`. */
export function whileSetting<T>(room: Room, run: () => T): T {
  const done = withPidLock(room, 'config', LOCK_MS, () => ({ result: run() }))
  if (done === null) throw new CoordError('busy', 'somebody else changes the config', 'Try again.')
  return done.result
}

/**
 * Write a value, in the form that the file has; nothing where it stands already. To be called in `whileSetting`. `before` is done first of all
 * that is written; it returns the files that it changed. Throws `invalid` and `conflict` for what can't be.
 */
export function writeSetting(room: Room, key: string, value: unknown, before?: () => string[]): ConfigChange {
  const old = readConfigText(room)
  if (old === null)
    throw new CoordError('conflict', 'the room has no config.json', 'coord init makes one with the defaults.')
  const was = listSettings(old.value).find((each) => each.key === key)!.value
  const already = writtenAt(old.value, key) === value
  const config = withValue(old.value, key, value)
  if (!already) checkAgainstOthers(old.value, config, key, value)
  checkWritable(old)
  const changed = before?.()
  if (!already) writeConfigText(room, old, config)
  const setting = listSettings(config).find((each) => each.key === key)!
  return { setting, was, ...(already ? { already: true as const } : {}), ...(changed ? { changed } : {}) }
}
