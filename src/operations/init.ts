import path from 'node:path'
import type { Context } from '../context.ts'
import { CoordError, invalid } from '../protocol/errors.ts'
import { configFaults, readConfigText } from '../store/config.ts'
import { pathInTree } from '../store/git-index.ts'
import { layOut } from '../store/layout.ts'
import { isRoom, openRoom, ROOM_NAME, type Room } from '../store/room.ts'
import { type Scripts, writeScripts } from '../store/scripts.ts'
import { addAttributes } from '../store/tracking.ts'
import { refresh } from './act.ts'
import { makeRoom } from './make-room.ts'
import { defineOperation, type InputOf } from './operation.ts'
import { applyTracking, keepMail, pathToTrack, warnOfGit } from './tracking.ts'

const input = {
  track: { kind: 'flag', help: 'let git track messages, handoffs and the session log beside the code' },
  'no-track': { kind: 'flag', help: 'keep them out of git again' },
  scripts: { kind: 'flag', help: 'write the session-*.sh scripts of the original protocol, calling coord' },
  force: { kind: 'flag', help: 'with --scripts: replace changed ones, which stay as NAME.orig' },
} as const
type Input = InputOf<typeof input>

/** `coord init`: lay out the room; safe to repeat. Throws `invalid` where git can't track the room, and for a broken config. */
export const init = defineOperation({
  name: 'init',
  summary: 'Lay out the room COORDINATION/; safe to repeat.',
  writes: true,
  input,
  run(ctx, given) {
    const root = ctx.root ?? `${ctx.at.cwd}/${ROOM_NAME}`
    checkFlags(given)
    const asked = given.track ? 'track' : given['no-track'] ? 'no-track' : null
    const inGit = asked ? pathToTrack(ctx, root, asked, LEAVE_OUT) : pathInTree(ctx.repository, root)
    const existed = isRoom(root)
    const made = existed ? layOut(root, ctx.texts()) : makeRoom(ctx, root)
    if (existed) makeRoom(ctx, root)
    const room = openUnbroken(ctx, root)
    const { track, changed } = applyTracking(ctx, room, asked && asked === 'track')
    const scripts = given.scripts ? addScripts(ctx, root, given.force ?? false) : null
    if (scripts && addAttributes(root, ctx.texts().template)) changed.push('.gitattributes')
    keepMail(ctx, root)
    if (inGit !== null) warnOfGit(ctx, inGit, track)
    refresh(ctx, room)
    const done = { room: root, created: !existed, made, changed, track, ...(scripts ? { scripts } : {}) }
    return { ...done, path: path.relative(ctx.at.cwd, root) || '.', in_git: inGit !== null }
  },
})

const LEAVE_OUT = 'Leave the flag out; everything but commit works without git.'

function checkFlags(given: Input): void {
  if (given.track && given['no-track'])
    throw invalid('track', '--track and --no-track contradict each other', 'Give one of them.')
  if (given.force && !given.scripts)
    throw invalid('force', '--force is for --scripts alone', 'coord init --scripts --force')
}

/** Throws for a broken file first, then for what is wrong in it. */
function openUnbroken(ctx: Context, root: string): Room {
  const room = openRoom(root, ctx.lazy)
  const [first, ...others] = room.problems.filter(({ kind }) => kind === 'config')
  if (!first) return room
  readConfigText(room)
  const message = `config.json: ${[first, ...others].map(({ detail }) => detail).join('; ')}`
  const fix = configFaults(room).find((fault) => fault.fix !== null)?.fix
  const hint = fix ?? `Mend ${root}/config.json; every key is optional.`
  throw new CoordError('invalid', message, hint, { argument: 'config.json' })
}

function addScripts(ctx: Context, root: string, force: boolean): Scripts {
  const scripts = writeScripts(root, ctx.texts().template, force)
  if (scripts.kept.length > 0)
    ctx.warnings.push(
      `not as coord writes them, and left alone: ${scripts.kept.join(', ')}; coord init --scripts --force replaces them and keeps yours as NAME.orig`,
    )
  return scripts
}
