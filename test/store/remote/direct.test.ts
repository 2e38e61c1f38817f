/** Pushes to a remote on this disk, with and without `git push`: the same comes of both. */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { pushObjects } from '../../../src/store/remote/direct.ts'
import type { Far, RefMove } from '../../../src/store/remote/far.ts'
import { openFar } from '../../../src/store/remote/git.ts'
import { addCommit, noObjects } from '../../../src/store/remote/objects.ts'
import { createRemote, ENV, git, type Remote, untouched } from './remotes.ts'

const AT = Date.parse('2026-11-20T10:00:00.000Z')
const REF = 'refs/coord/claims/one/a'
const OTHER = 'refs/coord/claims/one/b'
const ABSENT = '1'.repeat(40)
/** More than a pipe holds, however it is packed. */
const LARGE = createHash('sha512').update('x').digest('hex').repeat(30_000)

/** A clone whose git writes down with what it is started; `bySettings` as `git config` takes them. */
function cloneOf(remote: Remote, ...settings: [string, string][]) {
  const name = `c${fs.readdirSync(remote.dir).length}`
  const clone = remote.clone(name)
  for (const [key, value] of settings) git(clone, 'config', '--add', key, value)
  const bin = path.join(remote.dir, `${name}-bin`)
  const log = `${bin}/log`
  const whole = process.env.PATH!.split(':').find((each) => fs.existsSync(`${each}/git`))
  fs.mkdirSync(bin)
  fs.writeFileSync(`${bin}/git`, `#!/bin/sh\necho "$*" >>'${log}'\nexec ${whole}/git "$@"\n`, { mode: 0o755 })
  const far = openFar(clone, 'origin', { ...ENV, PATH: `${bin}:${process.env.PATH}` }, 20_000)
  const startsOf = (verb: string) => {
    const lines = fs.existsSync(log) ? fs.readFileSync(log, 'utf8').split('\n') : []
    return lines.filter((each) => ` ${each} `.includes(` ${verb} `)).length
  }
  const started = () => ['push', 'receive-pack'].filter((verb) => startsOf(verb) > 0)
  return { clone, far, started, asked: () => startsOf('config -z') }
}

const BY_GIT: [string, string] = ['remote.origin.receivepack', 'git-receive-pack']

/** Push a new commit to some refs, each from a value. */
function push(
  far: Far,
  from: Record<string, string | null>,
  atomic = true,
  pin: string | null = null,
  text = 'x',
) {
  const objects = noObjects(far)
  const moves: RefMove[] = Object.entries(from).map(([ref, was]) => {
    const files = [
      { path: 'slot.json', text: `${ref} ${text}` },
      { path: 'below/it', text: '' },
    ]
    return { ref, was, to: addCommit(objects, files, 'a message', AT) }
  })
  const held = pin === null ? null : { ref: 'refs/coord/layout', oid: pin }
  return { answer: pushObjects(far, objects, moves, atomic, held), to: moves.map(({ to }) => to!) }
}

const refsOf = (bare: string) =>
  git(bare, '-c', 'safe.directory=*', 'for-each-ref', '--format=%(refname) %(objectname)', 'refs/coord')
const hook = (bare: string, name: string, text: string) =>
  fs.writeFileSync(path.join(bare, 'hooks', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })

test('a ref of a remote on this disk is made and moved without git push, whole for git, and the clone stays as it is', () => {
  const remote = createRemote()
  const { clone, far, started } = cloneOf(remote)
  const before = untouched(clone)
  const objects = git(clone, 'count-objects')
  const first = push(far, { [REF]: null })
  expect(first.answer).toEqual({ ok: true, result: null })
  const second = push(far, { [REF]: first.to[0]!, [OTHER]: null }, true, null, LARGE)
  expect(second.answer).toEqual({ ok: true, result: null })
  expect(refsOf(remote.bare)).toBe(`${REF} ${second.to[0]}\n${OTHER} ${second.to[1]}`)
  expect(git(remote.bare, 'cat-file', '-s', `${OTHER}:slot.json`)).toBe(
    String(OTHER.length + 1 + LARGE.length),
  )
  git(remote.bare, 'fsck', '--strict')
  expect(started()).toEqual(['receive-pack'])
  expect([untouched(clone), git(clone, 'count-objects')]).toEqual([before, objects])
})

test('a working tree beside the repository, a file URL and a remote whose refs are packed are remotes of this disk, too', () => {
  const remote = createRemote()
  const seed = path.join(remote.dir, 'seed')
  const beside = cloneOf(remote, ['remote.origin.pushurl', seed])
  expect(push(beside.far, { [REF]: null }).answer.ok).toBe(true)
  expect(push(beside.far, { [REF]: null }).answer).toMatchObject({ trouble: { kind: 'lease' } })
  expect(beside.started()).toEqual(['receive-pack'])
  expect(refsOf(seed)).toContain(REF)
  const byUrl = cloneOf(remote, ['remote.origin.pushurl', `file://${remote.bare}`])
  const layout = push(byUrl.far, { 'refs/coord/layout': null }).to[0]!
  git(remote.bare, 'pack-refs', '--all')
  expect(push(byUrl.far, { [REF]: null }, true, ABSENT).answer).toMatchObject({ trouble: { kind: 'lease' } })
  const one = push(byUrl.far, { [REF]: null }, true, layout)
  expect(one.answer.ok).toBe(true)
  git(remote.bare, 'pack-refs', '--all')
  expect(push(byUrl.far, { [REF]: null }).answer).toMatchObject({ trouble: { kind: 'lease' } })
  expect(push(byUrl.far, { [REF]: one.to[0]! }, true, null, 'on').answer.ok).toBe(true)
  expect(byUrl.started()).toEqual(['receive-pack'])
})

test.each<[string, [string, string][]]>([
  ['a program of its own receives', [BY_GIT]],
  ['another name stands for the start of the path', [['url.file:///.insteadOf', '/']]],
  ['it is a path from here', [['remote.origin.pushurl', '../remote.git']]],
  [
    'it has two URLs',
    [
      ['remote.origin.pushurl', 'REMOTE'],
      ['remote.origin.pushurl', 'REMOTE'],
    ],
  ],
])('git push is asked where %s', (_what, settings) => {
  const remote = createRemote()
  const named = settings.map(([key, value]): [string, string] => [key, value.replace('REMOTE', remote.bare)])
  const { far, started } = cloneOf(remote, ...named)
  expect(push(far, { [REF]: null }).answer).toEqual({ ok: true, result: null })
  expect(started()).toContain('push')
  expect(refsOf(remote.bare)).toContain(REF)
})

test('git push is asked for objects with longer names, and where git is traced', () => {
  const long = cloneOf(createRemote(['--object-format=sha256']))
  expect(push(long.far, { [REF]: null }).answer).toEqual({ ok: true, result: null })
  expect(long.started()).toEqual(['push'])
  const remote = createRemote()
  const traced = cloneOf(remote)
  const trace = path.join(remote.dir, 'trace')
  const far = { ...traced.far, env: { ...traced.far.env, GIT_TRACE: trace } }
  expect(push(far, { [REF]: null }).answer.ok).toBe(true)
  expect(traced.started()).toContain('push')
})

/** A repository whose objects lie where nobody can write, the superuser neither. */
function toReadOnly(bare: string): void {
  git(bare, 'update-ref', '-d', 'refs/heads/main')
  fs.rmSync(`${bare}/objects`, { recursive: true })
  fs.symlinkSync('/proc', `${bare}/objects`)
}

/** What a remote may be like: how it is made so, what is pushed there, and what comes of it. */
interface Case {
  what: string
  kind: string | null
  make: (bare: string) => void
  atomic?: boolean
  from?: Record<string, string | null>
  pin?: string
}

const nothing = () => {}
/** What git push is to find the words for. */
const isNoAnswer = (kind: string | null) => kind === 'unreachable' || kind === 'unsupported'
const ANOTHERS: Case = {
  what: "is another user's",
  kind: 'unreachable',
  make: (bare) => fs.chownSync(bare, 12345, 12345),
}

const CASES: Case[] = [
  { what: 'takes it', kind: null, make: nothing },
  { what: 'takes several', kind: null, make: nothing, from: { [REF]: null, [OTHER]: null } },
  { what: 'has the ref at another value', kind: 'lease', make: nothing, from: { 'refs/heads/main': ABSENT } },
  { what: 'has no such ref', kind: 'lease', make: nothing, from: { [REF]: ABSENT } },
  {
    what: 'has one of several at another value',
    kind: 'lease',
    make: nothing,
    from: { [OTHER]: null, [REF]: ABSENT },
  },
  { what: 'is not the one that was set up', kind: 'lease', make: nothing, pin: ABSENT },
  {
    what: 'does not move several at once',
    kind: 'unsupported',
    make: (bare) => git(bare, 'config', 'receive.advertiseAtomic', 'false'),
    from: { [REF]: null, [OTHER]: null },
  },
  {
    what: 'moves several one by one',
    kind: null,
    make: (bare) => git(bare, 'config', 'receive.advertiseAtomic', 'false'),
    from: { [REF]: null, [OTHER]: null },
    atomic: false,
  },
  {
    what: 'has a hook that refuses',
    kind: 'refused',
    make: (bare) => hook(bare, 'pre-receive', 'echo not today >&2; exit 1'),
  },
  {
    what: 'has a hook that refuses a ref',
    kind: 'refused',
    make: (bare) => hook(bare, 'update', 'echo not this >&2; exit 1'),
  },
  {
    what: 'has a hook that refuses one of several',
    kind: 'refused',
    make: (bare) => hook(bare, 'update', `test "$1" != ${OTHER}`),
    from: { [REF]: null, [OTHER]: null },
  },
  {
    what: 'hides the ref',
    kind: 'refused',
    make: (bare) => git(bare, 'config', 'receive.hideRefs', 'refs/coord'),
  },
  {
    what: 'looks into objects',
    kind: null,
    make: (bare) => git(bare, 'config', 'receive.fsckObjects', 'true'),
  },
  { what: 'takes no objects', kind: 'refused', make: toReadOnly },
  {
    what: 'takes only small packs',
    kind: 'refused',
    make: (bare) => git(bare, 'config', 'receive.maxInputSize', '10'),
  },
  {
    what: 'has the ref locked',
    kind: 'lease',
    make: (bare) => {
      fs.mkdirSync(`${bare}/refs/coord/claims/one`, { recursive: true })
      fs.writeFileSync(`${bare}/${REF}.lock`, '')
    },
  },
  { what: 'is away', kind: 'unreachable', make: (bare) => fs.renameSync(bare, `${bare}.away`) },
  { what: 'is no repository', kind: 'unreachable', make: (bare) => fs.rmSync(`${bare}/HEAD`) },
  {
    what: 'is a file',
    kind: 'unreachable',
    make: (bare) => {
      fs.rmSync(bare, { recursive: true })
      fs.writeFileSync(bare, 'x')
    },
  },
  {
    what: 'is of another hash',
    kind: 'unsupported',
    make: (bare) => {
      fs.rmSync(bare, { recursive: true })
      git('/', 'init', '-q', '--bare', '--object-format=sha256', bare)
    },
  },
  // Only the superuser can give it away.
  ...(process.getuid!() === 0 ? [ANOTHERS] : []),
]

test.each(CASES)(
  'a remote that $what answers the same by both ways: $kind',
  ({ kind, make, atomic, from, pin }) => {
    const ways = [[], [BY_GIT]].map((settings) => {
      const remote = createRemote()
      const { far, started } = cloneOf(remote, ...(settings as [string, string][]))
      make(remote.bare)
      const { answer } = push(far, from ?? { [REF]: null }, atomic, pin ?? null)
      expect(started().includes('push')).toBe(settings.length > 0 || isNoAnswer(kind))
      const said = JSON.parse(JSON.stringify(answer).replaceAll(remote.dir, ''))
      // Who was faster is told by git push, or by the remote in other words.
      if (kind === 'lease') delete said.trouble.detail
      return { said, left: fs.existsSync(`${remote.bare}/HEAD`) ? refsOf(remote.bare) : '' }
    })
    expect(ways[0]).toEqual(ways[1])
    expect(ways[0]!.said).toMatchObject(kind === null ? { ok: true } : { ok: false, trouble: { kind } })
  },
)

test('hooks of the remote see it as git push shows it, and nothing of the clone that pushes', () => {
  const [direct, byGit] = [[], [BY_GIT]].map((settings) => {
    const remote = createRemote()
    const { far } = cloneOf(remote, ...(settings as [string, string][]))
    const seen = path.join(remote.dir, 'seen')
    for (const name of ['pre-receive', 'update', 'post-receive', 'post-update', 'reference-transaction'])
      hook(remote.bare, name, `echo "${name} $*" $(cat) >>'${seen}'; env | grep ^GIT_ | sort >>'${seen}'`)
    const own = {
      GIT_DIR: path.join(far.cwd, '.git'),
      GIT_OBJECT_DIRECTORY: path.join(far.cwd, '.git/objects'),
    }
    expect(push({ ...far, env: { ...far.env, ...own } }, { [REF]: null }).answer.ok).toBe(true)
    const text = fs.readFileSync(seen, 'utf8')
    expect(text).not.toContain(far.cwd)
    return text
      .replaceAll(remote.dir, '')
      .replace(/tmp_objdir-incoming-\w+|^GIT_CONFIG_PARAMETERS=.*\n/gm, '')
  })
  const bare = (text: string) =>
    text.replace(/^GIT_(EXEC_PATH|PREFIX|OPTIONAL_LOCKS|TERMINAL_PROMPT).*\n/gm, '')
  expect(bare(direct!)).toBe(bare(byGit!))
})

test('a remote that does not end is ended with all that it started, and what it did is not known', async () => {
  const remote = createRemote()
  const { far, started } = cloneOf(remote)
  const pids = path.join(remote.dir, 'pids')
  hook(remote.bare, 'pre-receive', `echo $$ $PPID >'${pids}'; sleep 60`)
  const { answer } = push({ ...far, timeout_ms: 1500 }, { [REF]: null })
  expect(answer).toMatchObject({
    trouble: { kind: 'unreachable', detail: expect.stringContaining('1500 ms') },
  })
  expect(started()).toEqual(['receive-pack'])
  const left = fs.readFileSync(pids, 'utf8').trim().split(' ').map(Number)
  await expect.poll(() => left.filter(isThere)).toEqual([])
  const late = push({ ...far, until: performance.now() }, { [REF]: null })
  expect(late.answer).toMatchObject({ trouble: { kind: 'slow' } })
  expect(refsOf(remote.bare)).toBe('')
})

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('the remote looks for garbage after some of many pushes, and never where it does not want to', () => {
  const remote = createRemote()
  const { far } = cloneOf(remote)
  const looks = path.join(remote.dir, 'looks')
  fs.writeFileSync(looks, '')
  // It is always due, and the hook keeps it from being done.
  git(remote.bare, 'config', 'gc.autoPackLimit', '1')
  hook(remote.bare, 'pre-auto-gc', `echo look >>'${looks}'; exit 1`)
  for (const text of ['a', 'b']) {
    expect(push(far, { [`refs/coord/${text}`]: null }, true, null, text).answer.ok).toBe(true)
    git(remote.bare, 'repack', '-q')
  }
  const due: boolean[] = []
  const pushed = (at: number) => {
    fs.writeFileSync(looks, '')
    const { to } = push(far, { [`refs/coord/claims/one/${at}`]: null }, true, null, `${at}`)
    due.push(to[0]!.startsWith('0'))
    return fs.readFileSync(looks, 'utf8')
  }
  while (!due.includes(true) || !due.includes(false))
    expect(pushed(due.length)).toBe(due.at(-1) ? 'look\n' : '')
  git(remote.bare, 'config', 'receive.autogc', 'false')
  due.length = 0
  for (let at = 1000; !due.includes(true); at++) expect(pushed(at)).toBe('')
})

test('where the remote lies is asked once a second, and again where the repository says something else', () => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(1_000_000)
  try {
    const [first, second] = [createRemote(), createRemote()]
    const { clone, far, asked } = cloneOf(first)
    push(far, { [REF]: null })
    push(far, { [OTHER]: null })
    expect(asked()).toBe(1)
    git(clone, 'remote', 'set-url', 'origin', second.bare)
    expect(push(far, { [REF]: null }).answer.ok).toBe(true)
    expect(asked()).toBe(2)
    expect(refsOf(first.bare).split('\n')).toHaveLength(2)
    expect(refsOf(second.bare).split(' ')[0]).toBe(REF)
    clock.mockReturnValue(1_001_000)
    push(far, { [OTHER]: null })
    expect(asked()).toBe(3)
  } finally {
    clock.mockRestore()
  }
})
