import path from 'node:path'
import type { Context } from '../context.ts'
import { CoordError, invalid } from '../protocol/errors.ts'
import { quote } from '../protocol/needs.ts'
import { ignoredBy, indexedFiles } from '../store/git-index.ts'
import { layOut, mirrorConfig } from '../store/layout.ts'
import { keepAllMail } from '../store/messages.ts'
import { isRoom, openRoom, ROOM_NAME, type Room } from '../store/room.ts'
import { type Scripts, writeScripts } from '../store/scripts.ts'
import { addAttributes, isRuntimePath, recordTracking, setTracking } from '../store/tracking.ts'
import { attempt, refresh } from './act.ts'
import { makeRoom } from './make-room.ts'
import { defineOperation, type InputOf } from './operation.ts'

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
    const inGit = given.track || given['no-track'] ? trackedAs(ctx, root, given) : pathInGit(ctx, root)
    const existed = isRoom(root)
    const made = existed ? layOut(root, ctx.texts()) : makeRoom(ctx, root)
    if (existed) makeRoom(ctx, root)
    const room = openUnbroken(ctx, root)
    const track = given.track ? true : given['no-track'] ? false : room.config.git.track
    const changed = applyTracking(ctx, root, track, track || Boolean(given['no-track']))
    const scripts = given.scripts ? addScripts(ctx, root, given.force ?? false) : null
    if (scripts && addAttributes(root, ctx.texts().template)) changed.push('.gitattributes')
    attempt(ctx, () => keepAllMail(openRoom(root, ctx.lazy), ctx.now().wall))
    if (inGit !== null) warnOfGit(ctx, inGit, track)
    refresh(ctx, room)
    return { room: root, created: !existed, made, changed, track, ...(scripts ? { scripts } : {}) }
  },
})

function checkFlags(given: Input): void {
  if (given.track && given['no-track'])
    throw invalid('track', '--track and --no-track contradict each other', 'Give one of them.')
  if (given.force && !given.scripts)
    throw invalid('force', '--force is for --scripts alone', 'coord init --scripts --force')
}

/** Where the room lies in the main working tree, as git writes paths; null where git can't track it. */
function pathInGit(ctx: Context, root: string): string | null {
  const top = ctx.repository?.main
  const inside = top ? path.relative(top, root) : ''
  return inside === '' || inside.startsWith('..') || path.isAbsolute(inside)
    ? null
    : inside.split(path.sep).join('/')
}

function trackedAs(ctx: Context, root: string, given: Input): string {
  const inside = pathInGit(ctx, root)
  if (inside !== null) return inside
  const why = ctx.repository
    ? `${root} lies in no working tree of this repository`
    : `${root} is in no git repository`
  const flag = given.track ? 'track' : 'no-track'
  throw invalid(
    flag,
    `${why}, so git can't track it`,
    'Leave the flag out; everything but commit works without git.',
  )
}

function openUnbroken(ctx: Context, root: string): Room {
  const room = openRoom(root, ctx.lazy)
  const broken = room.problems.filter((problem) => problem.kind === 'config')
  if (broken.length === 0) return room
  const message = `config.json: ${broken.map((problem) => problem.detail).join('; ')}`
  throw new CoordError('invalid', message, `Mend ${root}/config.json; every key is optional.`, {
    argument: 'config.json',
  })
}

/** Bring the files that tell git what to track in line with the choice, which is recorded last. */
function applyTracking(ctx: Context, root: string, track: boolean, asked: boolean): string[] {
  if (!asked) return []
  const changed = setTracking(root, track, ctx.texts().template)
  if (recordTracking(root, track)) changed.push('config.json')
  mirrorConfig(root)
  return changed
}

function addScripts(ctx: Context, root: string, force: boolean): Scripts {
  const scripts = writeScripts(root, ctx.texts().template, force)
  if (scripts.kept.length > 0)
    ctx.warnings.push(
      `${scripts.kept.join(', ')}: not as coord writes them, so they are left alone; coord init --scripts --force replaces them and keeps yours as NAME.orig`,
    )
  return scripts
}

/** Name runtime files that were committed by hand, and a rule that keeps tracked records out after all. */
function warnOfGit(ctx: Context, inGit: string, track: boolean): void {
  const at = { top: ctx.repository!.main!, common: ctx.repository!.common, env: ctx.gitEnvironment() }
  const runtime = indexedFiles(at, inGit).filter((file) => isRuntimePath(file, track))
  if (runtime.length > 0) {
    const tops = [...new Set(runtime.map((file) => quote(`${inGit}/${file.split('/')[0]}`)))].sort()
    ctx.warnings.push(
      `git tracks ${runtime.length} runtime file${runtime.length === 1 ? '' : 's'} of the room; take ${runtime.length === 1 ? 'it' : 'them'} out (the files stay): git rm -r -q --cached ${tops.join(' ')}`,
    )
  }
  const rule = track ? ignoredBy(at, `${inGit}/${PROBE}`) : null
  if (rule !== null) ctx.warnings.push(`git ignores ${inGit}/messages all the same, by ${rule}`)
}

/** A message as it could be named. */
const PROBE = 'messages/broadcast/2000-01-01_00-00-00-000-session-aaaa.json'
