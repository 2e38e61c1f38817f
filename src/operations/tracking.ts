/** Letting git track messages, handoffs and the session log, or not: the one act of `init --track` and of `config set git.track`. */
import type { Context } from '../context.ts'
import { invalid } from '../protocol/errors.ts'
import { findCommitted, ignoredBy, pathInTree } from '../store/git-index.ts'
import { keepAllMail } from '../store/messages.ts'
import { openRoom, type Room } from '../store/room.ts'
import { setTracking } from '../store/tracking.ts'
import { attempt } from './act.ts'
import { whileSetting, writeSetting } from './setting.ts'

/** The room's path from the top of its working tree. Throws `invalid`, naming the argument, where git can't track it. */
export function pathToTrack(ctx: Context, root: string, argument: string, hint: string): string {
  const inside = pathInTree(ctx.repository, root)
  if (inside !== null) return inside
  const why = ctx.repository
    ? `${root} lies in no working tree of this repository`
    : `${root} is in no git repository`
  throw invalid(argument, `${why}, so git can't track it`, hint)
}

/**
 * Bring the files that tell git what to track in line with the choice, which is recorded last. `asked` null: the choice that the config
 * tells. Returns it with the files changed.
 */
export function applyTracking(ctx: Context, room: Room, asked: boolean | null) {
  const kept = { track: false, changed: [] as string[] }
  if (asked === null && !room.config.git.track) return kept
  return whileSetting(room, () => {
    const track = asked ?? openRoom(room.root, ctx.lazy).config.git.track
    if (asked === null && !track) return kept
    const setFiles = () => setTracking(room.root, track, ctx.texts().template)
    const { changed = [], already } = writeSetting(room, 'git.track', track, setFiles)
    return { track, changed: already ? changed : [...changed, 'config.json'] }
  })
}

/** Keep copies of the mail of a tracked room from now on. A failure is a warning. */
export function keepMail(ctx: Context, root: string): void {
  attempt(ctx, () => keepAllMail(openRoom(root, ctx.lazy), ctx.now().wall))
}

/** Name runtime files that were committed by hand, and a rule that keeps tracked records out after all. */
export function warnOfGit(ctx: Context, inTree: string, track: boolean): void {
  const at = { top: ctx.repository!.main!, common: ctx.repository!.common, env: ctx.gitEnvironment() }
  const committed = findCommitted(at, inTree, track)
  if (committed)
    ctx.warnings.push(
      `git tracks ${committed.what}; to take them out (the files stay):\n  ${committed.command}`,
    )
  const rule = track ? ignoredBy(at, `${inTree}/${PROBE}`) : null
  if (rule !== null) ctx.warnings.push(`git ignores ${inTree}/messages all the same, by ${rule}`)
}

/** A message as it could be named. */
const PROBE = 'messages/broadcast/2000-01-01_00-00-00-000-session-aaaa.json'
