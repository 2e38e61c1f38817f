import type { Context } from '../context.ts'
import { CoordError } from '../protocol/errors.ts'
import { legacySession, menuOf, titleOf } from '../protocol/live/menubar.ts'
import { parseInstant } from '../protocol/time.ts'
import { readIfThere } from '../store/disk.ts'
import { defineOperation } from './operation.ts'
import { overviewOf } from './overview.ts'

/**
 * `coord menubar`: a title and a menu for a menu bar (MON-001); reads only. Where there is no room, the title is that of the user's
 * legacy `~/.claude/status.json`, if there is one, else an empty one.
 */
export const menubar = defineOperation({
  name: 'menubar',
  summary: 'The room as text for a menu bar (xbar, SwiftBar, Argos).',
  writes: false,
  input: {},
  run(ctx) {
    const seen = lookIn(ctx)
    if (seen === null) {
      const legacy = legacyOf(ctx)
      return { title: titleOf(legacy ? [legacy] : [], []), menu: [], root: null }
    }
    const { sessions, needs, now } = seen
    const { root } = ctx.room()
    const menu = menuOf(sessions, needs, parseInstant(now)!)
    return { title: titleOf(sessions, needs), menu, root }
  },
})

function lookIn(ctx: Context) {
  try {
    return overviewOf(ctx)
  } catch (error) {
    if (error instanceof CoordError && error.code === 'not_initialized') return null
    throw error
  }
}

function legacyOf(ctx: Context) {
  const home = ctx.gitEnvironment().HOME
  const reading = home ? readIfThere(`${home}/.claude/status.json`, 1 << 20) : { missing: true as const }
  if (!('text' in reading)) return null
  try {
    return legacySession(JSON.parse(reading.text))
  } catch {
    return null
  }
}
