/** Clones with a bare remote between them, each with a room of its own that the remote arbitrates: as on several machines, but on one disk. */
import fs from 'node:fs'
import path from 'node:path'
import { type Context, createContext } from '../../../../context.ts'
import { init } from '../../../../operations/init.ts'
import { remote } from '../../../../operations/remote.ts'
import { begin } from '../../../../operations/start.ts'
import { CoordError } from '../../../../protocol/errors.ts'
import { machineOf } from '../../../../protocol/torture/remote/plan.ts'
import { gitOutput, runGit } from '../../../../store/git-run.ts'
import { writeCommit } from '../../../../store/remote/objects.ts'
import { loadTexts } from '../../../../store/texts.ts'
import type { Host } from '../../execute.ts'

const CALL_MS = 60_000

/** The name by which clones know the remote: a link, so that it can be taken away from under nobody who is writing there. */
export const remoteIn = (arena: string) => path.join(arena, 'remote.git')
const cloneIn = (arena: string, machine: string) => path.join(arena, machine)

/** What git needs of the surroundings, and nothing that tells coord who and where it is. */
const NEEDED = /^(PATH|HOME|USERPROFILE|APPDATA|SYSTEMROOT|XDG_CONFIG_HOME|TMPDIR|TEMP)$/i

/** How the clocks of a machine differ from those of this one (ms): the wall clock is off, or all of it happens later. */
export interface Clocks {
  offset_ms?: number
  later_ms?: number
}

/** The context of a process of a clone. Its machine's boot clock is nobody else's, so that leases of other clones are judged as those of other machines. */
export function contextOfClone(
  host: Host,
  arena: string,
  lane: string,
  session: string | null = lane,
  { offset_ms = 0, later_ms = 0 }: Clocks = {},
): Context {
  const machine = machineOf(lane)
  const cwd = cloneIn(arena, machine)
  const env = Object.fromEntries(Object.entries(host.env).filter(([name]) => NEEDED.test(name)))
  const dir = path.join(cwd, 'COORDINATION')
  const ctx = createContext({ cwd, env, dir, session, lazy: host.lazy, texts: () => loadTexts(host.home) })
  const now = () => {
    const { wall, boot } = ctx.now()
    const own = boot && { id: `${boot.id}-${machine}`, ms: boot.ms + later_ms }
    return { wall: wall + offset_ms + later_ms, boot: own }
  }
  return { ...ctx, now }
}

const git = (host: Host, cwd: string, ...args: string[]) =>
  gitOutput(args, { cwd, env: contextOfClone(host, cwd, 'm0').gitEnvironment(), timeout_ms: CALL_MS })
    .toString('utf8')
    .trim()

/** Throws `conflict` where git can't be run. */
export function checkGit(host: Host): void {
  const answer = runGit(['--version'], { cwd: host.cwd, env: host.env, timeout_ms: CALL_MS })
  if ('code' in answer && answer.code === 0) return
  const why = 'trouble' in answer ? answer.trouble : answer.err
  const hint = 'Install git 2.30 or newer, or leave --remote out: a room alone needs no git.'
  throw new CoordError('conflict', `--remote wants git: ${why}`, hint)
}

/** Lay out remote, clones and rooms, with a session of its name in each; `others` are further sessions of the first. */
export function cloneAll(host: Host, arena: string, machines: string[], others: string[]): void {
  const bare = path.join(arena, 'remote-itself.git')
  const here = contextOfClone(host, arena, 'm0')
  git(host, arena, 'init', '-q', '--bare', '--template=', bare)
  const env = here.gitEnvironment()
  const far = { cwd: bare, common: bare, remote: 'none', env, timeout_ms: CALL_MS }
  const first = writeCommit(far, [{ path: 'src/a.ts', text: 'a\n' }], 'First', here.now().wall)
  git(host, bare, 'update-ref', 'refs/heads/main', first)
  git(host, bare, 'symbolic-ref', 'HEAD', 'refs/heads/main')
  fs.symlinkSync(path.basename(bare), remoteIn(arena))
  for (const [index, machine] of machines.entries()) {
    git(
      host,
      arena,
      'clone',
      '-q',
      '--template=',
      '--origin',
      'origin',
      remoteIn(arena),
      cloneIn(arena, machine),
    )
    const ctx = (session: string | null = null) => contextOfClone(host, arena, machine, session)
    init.run(ctx(), {})
    // Terms are too short for the margin between clocks that a room has by default.
    const config = '{"version":1,"claims":{"skewMargin":"50ms"}}\n'
    fs.writeFileSync(path.join(cloneIn(arena, machine), 'COORDINATION/config.json'), config)
    for (const id of [machine, ...(index === 0 ? others : [])]) begin(ctx(), { id }, 'process')
    remote.run(ctx(), { action: 'setup' })
  }
}

/** Branch, index, working tree and the refs of others in a clone: what nothing of coord may touch. */
export function stateOfClone(host: Host, arena: string, machine: string): Record<string, string> {
  const clone = cloneIn(arena, machine)
  return {
    branch: git(host, clone, 'symbolic-ref', 'HEAD'),
    refs: git(host, clone, 'for-each-ref', 'refs/heads', 'refs/remotes', 'refs/tags'),
    index: fs.readFileSync(path.join(clone, '.git/index')).toString('base64'),
    'working tree': git(host, clone, 'status', '--porcelain', '--ignored', '--', '.', ':!COORDINATION'),
    FETCH_HEAD: String(fs.existsSync(path.join(clone, '.git/FETCH_HEAD'))),
  }
}

/** Let the locks that a killed git left in the repository of a clone's room be as old as they would be later (ms): nobody holds them any more. */
export function ageLocks(arena: string, machine: string, later_ms: number): void {
  const then = (Date.now() - later_ms) / 1000
  const top = path.join(cloneIn(arena, machine), 'COORDINATION/.state/remote')
  for (const name of fs.readdirSync(top, { recursive: true, encoding: 'utf8' }))
    if (name.endsWith('.lock')) fs.utimesSync(path.join(top, name), then, then)
}
