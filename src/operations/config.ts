import type { Context } from '../context.ts'
import { invalid } from '../protocol/errors.ts'
import { nearest } from '../protocol/names.ts'
import { quote } from '../protocol/needs.ts'
import { checkKey, isGroupName, listSettings, readValue, type Setting, shown } from '../protocol/settings.ts'
import { readConfigText } from '../store/config.ts'
import { pathInTree } from '../store/git-index.ts'
import type { Room } from '../store/room.ts'
import { legacyLink } from '../store/status-forms.ts'
import { setTracking } from '../store/tracking.ts'
import { defineOperation } from './operation.ts'
import { type ConfigChange, whileSetting, writeSetting } from './setting.ts'
import { keepMail, pathToTrack, warnOfGit } from './tracking.ts'

/** `coord config`: what the settings are, and changing one. Throws `invalid` for a key, a value or a file that can't be. */
export const config = defineOperation({
  name: 'config',
  summary: 'Read the settings of the room, or change one.',
  writes: true,
  input: {
    action: { kind: 'text', help: 'get or set', required: true },
    key: { kind: 'text', help: 'e.g. claims.defaultFor; get takes a group too, and lists all without it' },
    value: { kind: 'text', help: 'for set: 90s, true, 65536, a text, null' },
  },
  run(ctx, { action, key, value }): Partial<ConfigChange> & { settings?: Setting[] } {
    if (action === 'set') return change(ctx, key, value)
    if (action !== 'get') throw unknownAction(action)
    if (value !== undefined)
      throw invalid('value', 'get takes no value', `coord config set ${key} ${quote(value)}`)
    const isOne = key !== undefined && !isGroupName(key)
    if (isOne) checkKey(key)
    const settings = listSettings(readConfigText(ctx.room())?.value ?? {})
    if (isOne) return { setting: oneOf(settings, key) }
    return { settings: settings.filter((each) => key === undefined || each.key.startsWith(`${key}.`)) }
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
  throw invalid('config.json', message, `coord config set ${key} ${quote(shown(setting.default))}`)
}

function change(ctx: Context, key: string | undefined, text: string | undefined): ConfigChange {
  const usage = 'coord config set KEY VALUE, e.g. coord config set claims.defaultFor 2h'
  if (key === undefined) throw invalid('key', 'KEY is missing', usage)
  if (text === undefined) throw invalid('value', 'VALUE is missing', usage)
  const value = readValue(key, text)
  const room = ctx.room()
  if (key === 'compat.legacyStatusLink') checkLink(ctx, room, value)
  if (key === 'git.track') return changeTracking(ctx, room, value as boolean)
  return whileSetting(room, () => writeSetting(room, key, value))
}

/** Throws `invalid` for a link that the hooks would never write. */
function checkLink(ctx: Context, room: Room, value: unknown): void {
  if (typeof value !== 'string') return
  const compat = { ...room.config.compat, legacyStatusLink: value }
  const asked = { ...room, config: { ...room.config, compat } }
  if (legacyLink(asked, ctx.gitEnvironment().HOME) !== null) return
  throw invalid(
    'value',
    `no link is ever written at ${value}`,
    'It is a .json in a directory that is there: of the repository (not in COORDINATION/ or .git/), or ~/.claude/status.json. null turns it off.',
  )
}

/** As `init --track` and `--no-track`: without the files that tell git, the setting would say what is not so. */
function changeTracking(ctx: Context, room: Room, track: boolean): ConfigChange {
  const inTree = track
    ? pathToTrack(ctx, room.root, 'value', 'Everything but commit works without git.')
    : pathInTree(ctx.repository, room.root)
  const done = whileSetting(room, () => {
    const changed = () => (inTree === null ? [] : setTracking(room.root, track, ctx.texts().template))
    return writeSetting(room, 'git.track', track, changed)
  })
  keepMail(ctx, room.root)
  if (inTree !== null) warnOfGit(ctx, inTree, track)
  return done
}
