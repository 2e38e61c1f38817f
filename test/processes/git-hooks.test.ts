/** The hooks that `install git` writes, at real commits of real git. */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  copyOf,
  done,
  emptyDirectory,
  everything,
  minutesLater,
  once,
  PINNED,
  repository,
} from '../cli/rooms.ts'
import { coord } from '../helpers/cli.ts'
import { inside } from '../helpers/inside.ts'

const SLOW = 60_000

const withoutHooks = once(async () => {
  const dir = repository()
  for (const name of ['a.ts', 'b.ts', 'src/c.ts', 'src/d.ts']) {
    fs.mkdirSync(path.dirname(path.join(dir, name)), { recursive: true })
    fs.writeFileSync(path.join(dir, name), `${name}\n`)
  }
  for (const id of ['one', 'two']) await done({ cwd: dir }, 'start', '--id', id)
  const me = ['-c', 'user.name=a', '-c', 'user.email=a@b']
  for (const args of [
    ['add', '.'],
    [...me, 'commit', '-qm', 'first'],
  ])
    expect(spawnSync('git', args, { cwd: dir }).status).toBe(0)
  return dir
})

const withHooks = once(async () => {
  const dir = copyOf(await withoutHooks())
  await done({ cwd: dir, session: 'one' }, 'install', 'git')
  return dir
})

/** A repository with a first commit, a room with the sessions `one` and `two`, and coord's hooks in it. Made once, then copied. */
async function place({ hooks = true } = {}) {
  const dir = copyOf(await (hooks ? withHooks() : withoutHooks()))
  const home = emptyDirectory()
  const env = {
    ...{ PATH: process.env.PATH!, HOME: home, GIT_EDITOR: 'true', AI_AGENT: 'test' },
    ...{ GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' },
    ...PINNED,
  }
  /** Git as a session (null: nobody known). */
  const as = (session: string | null, args: string[], more: Record<string, string> = {}, cwd = dir) => {
    const all = { ...env, ...(session ? { COORD_SESSION: session } : {}), ...more }
    const { status, stdout, stderr } = spawnSync('git', args, { cwd, env: all, encoding: 'utf8' })
    return { status, out: stdout.trim(), err: stderr }
  }
  const git = (...args: string[]) => {
    const { status, out, err } = as(null, args)
    expect(status, `git ${args.join(' ')}: ${err}`).toBe(0)
    return out
  }
  const write = (name: string, text = `${name}\n`, top = dir) => {
    fs.mkdirSync(path.dirname(path.join(top, name)), { recursive: true })
    fs.writeFileSync(path.join(top, name), text)
  }
  /** Coord as a session, within this process; the hooks run the built one. */
  const run = async (session: string, ...args: string[]) => {
    const answer = inside({ cwd: dir, session, env: { ...PINNED, HOME: home } }, ...args)
    expect(answer.code, `coord ${args.join(' ')}: ${answer.err}`).toBe(0)
    return answer
  }
  git('update-index', '-q', '--refresh')
  /** Commit all as a session. */
  const commit = (session: string | null, more: Record<string, string> = {}, ...args: string[]) => {
    git('add', '-A')
    return as(session, ['commit', '-qm', 'x', ...args], more)
  }
  const trailers = (rev = 'HEAD') =>
    git('log', '-1', '--format=%(trailers:only,unfold)', rev).split('\n').filter(Boolean)
  const message = () => git('log', '-1', '--format=%B')
  const room = () => everything(path.join(dir, 'COORDINATION'))
  return {
    dir,
    home,
    env,
    as,
    git,
    write,
    run,
    commit,
    trailers,
    message,
    room,
    head: () => git('rev-parse', 'HEAD'),
  }
}

describe('pre-commit', () => {
  test(
    'refuses what another holds, and says who, until when, why and what to do; it writes nothing',
    async () => {
      const { run, write, commit, head, room, git } = await place()
      await run('two', 'claim', 'file', 'a.ts', '--phase', 'BUILD', '--note', 'new layout')
      write('a.ts', 'changed\n')
      write('b.ts', 'changed\n')
      const before = [head(), room()]
      const refused = commit('one')
      expect({ ...refused, err: refused.err.replace(/seen \d+s ago/, 'seen 0s ago') }).toEqual({
        status: 1,
        out: '',
        err: [
          'coord: not committed: a staged path is held by another session',
          '  a.ts is held by two (idle, seen 0s ago) until 14:00Z, in 4h: BUILD – new layout',
          '  Leave it out: git restore --staged -- a.ts; wait: coord wait file a.ts; or ask: coord send two "…"',
          '  All the same: git commit --no-verify, or COORD_BYPASS=1 git commit …, which tells the holders.',
          '',
        ].join('\n'),
      })
      expect([head(), room()]).toEqual(before)
      git('restore', '--staged', '--', 'a.ts')
      expect(git('diff', '--cached', '--name-only')).toBe('b.ts')
    },
    SLOW,
  )

  const HELD: [what: string, claim: string[], change: (git: (...args: string[]) => string) => void][] = [
    ['a deleted file', ['a.ts'], (git) => git('rm', '-q', 'a.ts')],
    ['a renamed file, by its old name', ['a.ts'], (git) => git('mv', 'a.ts', 'z.ts')],
    ['a renamed file, by its new name', ['z.ts'], (git) => git('mv', 'a.ts', 'z.ts')],
    ['a file below a glob', ['src/**'], (git) => git('rm', '-q', 'src/c.ts')],
    ['a file of a directory', ['src'], (git) => git('mv', 'a.ts', 'src/e.ts')],
    ['another spelling', ['A.TS'], (git) => git('rm', '-q', 'a.ts')],
    ['a mode that changed', ['a.ts'], (git) => git('update-index', '--chmod=+x', 'a.ts')],
    [
      'whatever the user configures of lists',
      ['src/d.ts'],
      (git) => {
        for (const [key, value] of [
          ['diff.relative', 'true'],
          ['diff.renames', 'copies'],
          ['diff.ignoreSubmodules', 'all'],
          ['core.fsmonitor', 'touch fsmonitor-ran; false'],
          ['core.quotePath', 'true'],
        ])
          git('config', key!, value!)
        git('mv', 'src/d.ts', 'src/ü "e".ts')
      },
    ],
  ]
  test.each(HELD)(
    'refuses %s',
    async (_what, names, change) => {
      const { run, git, as, dir } = await place()
      await run('two', 'claim', 'file', ...names)
      change(git)
      const { status, err } = as('one', ['commit', '-qm', 'x'], {}, path.join(dir, 'src'))
      expect([status, err]).toEqual([1, expect.stringContaining('is held by two')])
      expect(as('two', ['commit', '-qm', 'x'])).toMatchObject({ status: 0, err: '' })
    },
    SLOW,
  )

  test(
    'looks at what is committed: with -a and with paths, another index than usual',
    async () => {
      const { run, write, as } = await place()
      await run('two', 'claim', 'file', 'a.ts')
      write('a.ts', 'changed\n')
      write('b.ts', 'changed\n')
      expect(as('one', ['commit', '-qam', 'x']).status).toBe(1)
      expect(as('one', ['commit', '-qm', 'x', 'a.ts']).status).toBe(1)
      expect(as('one', ['add', 'a.ts']).status).toBe(0)
      expect(as('one', ['commit', '-qm', 'x', 'b.ts'])).toMatchObject({ status: 0, err: '' })
    },
    SLOW,
  )

  test(
    'holds in linked worktrees, for what is claimed in the main one',
    async () => {
      const { run, dir, git, as, write } = await place()
      await run('two', 'claim', 'file', 'src/c.ts')
      const linked = path.join(emptyDirectory(), 'linked')
      git('worktree', 'add', '-q', '-b', 'feature', linked)
      write('src/c.ts', 'changed\n', linked)
      as('one', ['add', '.'], {}, linked)
      expect(as('one', ['commit', '-qm', 'x'], {}, linked)).toMatchObject({
        status: 1,
        err: expect.stringContaining('src/c.ts is held by two'),
      })
      expect(as('two', ['commit', '-qm', 'x'], {}, path.join(linked, 'src'))).toMatchObject({
        status: 0,
        err: '',
      })
      expect(as('two', ['log', '-1', '--format=%(trailers:only)'], {}, linked).out).toMatch(
        /^Coord-Session: two\nCoord-Claim: file\/src\/c\.ts#\d+$/,
      )
      expect(fs.existsSync(path.join(dir, 'src/c.ts'))).toBe(true)
    },
    SLOW,
  )

  test(
    'without a session takes all that is held for held by others, and says so',
    async () => {
      const { run, write, commit } = await place()
      await run('one', 'claim', 'file', 'a.ts')
      write('b.ts', 'changed\n')
      expect(commit(null)).toMatchObject({ status: 0, err: '' })
      write('a.ts', 'changed\n')
      const { status, err } = commit(null)
      expect(status).toBe(1)
      expect(err).toContain('It is not known which session commits here (coord whoami --why)')
      expect(commit('one')).toMatchObject({ status: 0, err: '' })
    },
    SLOW,
  )

  test.each([
    ['has ended', ['end'], {}],
    ['has released it', ['release'], {}],
    ['let its lease run out', ['heartbeat', 'x'], minutesLater(300)],
  ])(
    'lets through what somebody held who %s',
    async (_what, act, later) => {
      const { run, write, commit } = await place()
      await run('two', 'claim', 'file', 'a.ts')
      await run('two', ...act)
      write('a.ts', 'changed\n')
      expect(commit('one', later)).toMatchObject({ status: 0, err: '' })
    },
    SLOW,
  )

  test(
    'is bypassed with COORD_BYPASS=1, which tells the holders, and with --no-verify, which tells nobody',
    async () => {
      const { run, write, commit, dir } = await place()
      await run('two', 'claim', 'file', 'a.ts', 'b.ts')
      const mail = async () =>
        (await coord({ cwd: dir, session: 'two', env: PINNED }, 'inbox', '--json')).json.messages
      write('a.ts', 'changed\n')
      write('b.ts', 'changed\n')
      const { status, err } = commit('one', { COORD_BYPASS: '1' })
      expect([status, err.split('\n')[0]]).toEqual([
        0,
        'coord: COORD_BYPASS: committed all the same; the holders are told',
      ])
      expect(await mail()).toMatchObject([
        {
          from: 'one',
          type: 'claim_bypassed',
          subject: 'a.ts and 1 more, which you hold: committed by one all the same (COORD_BYPASS)',
          details: { resource_type: 'file', resource_name: 'a.ts', paths: ['a.ts', 'b.ts'] },
        },
      ])
      write('a.ts', 'again\n')
      expect(commit('one', { COORD_BYPASS: '0' }).status).toBe(1)
      expect(commit('nobody', { COORD_BYPASS: '1', AI_AGENT: '' }).status).toBe(0)
      write('a.ts', 'and again\n')
      expect(commit(null, { COORD_BYPASS: '1' }).status).toBe(0)
      expect(
        (await mail()).map(({ from, subject }: any) => [from, /by (.*) all/.exec(subject)?.[1]]),
      ).toEqual([
        ['human', 'a person'],
        ['unknown', 'an unknown agent'],
      ])
      write('a.ts', 'once more\n')
      expect(commit('one', {}, '--no-verify')).toMatchObject({ status: 0, err: '' })
      expect(await mail()).toEqual([])
    },
    SLOW,
  )

  test(
    'says nothing where there is no room',
    async () => {
      const { dir, write, commit, git } = await place()
      fs.rmSync(path.join(dir, 'COORDINATION'), { recursive: true })
      git('rm', '-rq', '--cached', 'COORDINATION')
      write('a.ts', 'changed\n')
      expect(commit('one')).toEqual({ status: 0, out: '', err: '' })
      expect(fs.existsSync(path.join(dir, 'COORDINATION'))).toBe(false)
    },
    SLOW,
  )

  test(
    'lets a merge bring in what others hold, but not what is decided there by hand',
    async () => {
      const { run, write, commit, git, as, trailers } = await place()
      git('checkout', '-qb', 'theirs')
      write('a.ts', 'theirs\n')
      write('b.ts', 'theirs\n')
      expect(commit('two').status).toBe(0)
      git('checkout', '-q', 'main')
      write('b.ts', 'ours\n')
      expect(commit('one').status).toBe(0)
      await run('two', 'claim', 'file', 'a.ts', 'b.ts')
      expect(as('one', ['merge', '-q', 'theirs']).status).toBe(1)
      git('checkout', '-q', '--theirs', 'b.ts')
      git('add', '.')
      write('b.ts', 'by hand\n')
      git('add', '.')
      const { status, err } = as('one', ['commit', '-q', '--no-edit'])
      expect([status, err]).toEqual([
        1,
        expect.stringMatching(/a staged path is held[\s\S]*\n {2}b\.ts is held by two/),
      ])
      write('b.ts', 'theirs\n')
      git('add', '.')
      expect(as('one', ['commit', '-q', '--no-edit'])).toMatchObject({ status: 0, err: '' })
      expect(trailers()).toEqual([])
    },
    SLOW,
  )

  test(
    'leaves a rebase alone: neither refused nor signed; a commit made by hand meanwhile is warned of',
    async () => {
      const { run, write, commit, git, as, trailers } = await place()
      git('checkout', '-qb', 'feature')
      write('a.ts', 'feature\n')
      expect(commit('two').status).toBe(0)
      write('b.ts', 'feature\n')
      expect(commit(null).status).toBe(0)
      git('checkout', '-q', 'main')
      write('src/c.ts', 'main\n')
      expect(commit(null).status).toBe(0)
      git('checkout', '-q', 'feature')
      await run('two', 'claim', 'file', 'a.ts', 'b.ts')
      expect(as('one', ['rebase', '-q', 'main'])).toMatchObject({ status: 0 })
      expect([trailers('HEAD'), trailers('HEAD~1')]).toEqual([[], ['Coord-Session: two']])
      expect(
        as('one', ['rebase', '-q', '-i', 'HEAD~1'], { GIT_SEQUENCE_EDITOR: "sed -i 's/^pick/edit/'" }).status,
      ).toBe(0)
      write('b.ts', 'edited\n')
      const { status, err } = as('one', ['commit', '-qa', '--amend', '--no-edit'])
      expect([status, err]).toEqual([0, expect.stringContaining('not refused, as a rebase goes on')])
      expect(as('one', ['rebase', '--continue']).status).toBe(0)
      expect(trailers()).toEqual([])
    },
    SLOW,
  )
})

describe('beside other hooks', () => {
  const REFUSING = '#!/bin/sh\necho mine >> "$HOME/calls"\nexit 1\n'

  test(
    'one that was there runs too, and may refuse what coord lets through',
    async () => {
      const { dir, home, run, write, commit } = await place({ hooks: false })
      fs.writeFileSync(path.join(dir, '.git/hooks/pre-commit'), REFUSING, { mode: 0o755 })
      await run('one', 'install', 'git')
      write('b.ts', 'changed\n')
      expect(commit('one').status).toBe(1)
      expect(fs.readFileSync(path.join(home, 'calls'), 'utf8')).toBe('mine\n')
      await run('two', 'claim', 'file', 'b.ts')
      expect(commit('one').err).toContain('b.ts is held by two')
      expect(fs.readFileSync(path.join(home, 'calls'), 'utf8')).toBe('mine\n')
    },
    SLOW,
  )

  test(
    "in husky's directory, with coord from PATH",
    async () => {
      const { dir, home, git, run, write, commit, trailers } = await place({ hooks: false })
      const bin = path.join(import.meta.dirname, '../../bin/coord.cjs')
      fs.writeFileSync(path.join(home, 'coord'), `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`, {
        mode: 0o755,
      })
      for (const name of ['pre-commit', 'prepare-commit-msg', 'commit-msg'])
        write(
          `.husky/_/${name}`,
          `#!/usr/bin/env sh\n[ ! -f .husky/${name} ] || exec sh -e .husky/${name} "$@"\n`,
        )
      write('.husky/pre-commit', 'echo husky >> "$HOME/calls"\n')
      for (const name of fs.readdirSync(path.join(dir, '.husky/_')))
        fs.chmodSync(path.join(dir, '.husky/_', name), 0o755)
      git('config', 'core.hooksPath', '.husky/_')
      await run('one', 'install', 'git', '--project')
      const found = { PATH: `${home}:${process.env.PATH}` }
      expect(commit('one', found)).toMatchObject({ status: 0, err: '' })
      expect(trailers()).toEqual(['Coord-Session: one'])
      await run('two', 'claim', 'file', 'a.ts')
      write('a.ts', 'changed\n')
      expect(commit('one', found).err).toContain('a.ts is held by two')
      expect(fs.readFileSync(path.join(home, 'calls'), 'utf8')).toBe('husky\n')
    },
    SLOW,
  )
})

describe('the trailers', () => {
  const CLAIM = /^Coord-Claim: file\/(\S+)#\d+$/
  const claimed = (all: string[]) => all.flatMap((line) => CLAIM.exec(line)?.[1] ?? [])

  test(
    'name the session, and each claim of its that covers what is committed',
    async () => {
      const { run, write, commit, trailers, message } = await place()
      await run('one', 'claim', 'file', 'a.ts', 'src/**')
      await run('one', 'claim', 'file', 'b.ts')
      await run('one', 'claim', 'droplet', 'church')
      write('a.ts', 'changed\n')
      write('src/c.ts', 'changed\n')
      expect(commit('one')).toMatchObject({ status: 0, err: '' })
      expect(trailers()[0]).toBe('Coord-Session: one')
      expect(claimed(trailers())).toEqual(['a.ts', 'src/**'])
      expect(message()).toMatch(/^x\n\nCoord-Session: one\n/)
      write('new.ts')
      expect(commit(null)).toMatchObject({ status: 0, err: '' })
      expect(trailers()).toEqual([])
    },
    SLOW,
  )

  test(
    'are not repeated on amend, and take the token of now',
    async () => {
      const { run, write, commit, trailers, as } = await place()
      await run('one', 'claim', 'file', 'a.ts')
      write('a.ts', 'changed\n')
      commit('one')
      const first = trailers()
      expect(
        as('one', ['commit', '-q', '--amend', '-m', 'y\n\nReviewed-by: me\n', '-m', first.join('\n')]).status,
      ).toBe(0)
      expect(as('one', ['commit', '-q', '--amend', '--no-edit']).status).toBe(0)
      expect(trailers()).toEqual(first)
      await run('one', 'release', 'file', 'a.ts')
      await run('one', 'claim', 'file', 'a.ts', 'b.ts')
      write('a.ts', 'again\n')
      write('b.ts', 'again\n')
      expect(as('one', ['commit', '-qa', '--amend', '--no-edit']).status).toBe(0)
      const tokens = trailers().map((line) => Number(line.split('#')[1]))
      expect(claimed(trailers())).toEqual(['a.ts', 'b.ts'])
      expect(tokens[1]).toBeGreaterThan(Number(first[1]!.split('#')[1]))
      expect(as('two', ['commit', '-q', '--amend', '--no-edit']).status).toBe(0)
      expect(trailers().filter((line) => line.startsWith('Coord-Session'))).toEqual([
        'Coord-Session: one',
        'Coord-Session: two',
      ])
    },
    SLOW,
  )

  test(
    'stand before comments and scissors, which stay as they were',
    async () => {
      const { write, as, git, home, message } = await place()
      const editor = `cp "$1" ${home}/edited #`
      write('a.ts', 'changed\n')
      git('add', '.')
      git('config', 'core.commentChar', ';')
      expect(
        as('one', ['commit', '-qvem', 'Subject\n\nBody\n---\nnot a divider'], {
          GIT_EDITOR: `sh -c '${editor}' --`,
        }).status,
      ).toBe(0)
      const edited = fs.readFileSync(path.join(home, 'edited'), 'utf8')
      expect(edited).toMatch(
        /^Subject\n\nBody\n---\nnot a divider\n\nCoord-Session: one\n+; Please enter[\s\S]*>8[\s\S]*\+changed/,
      )
      expect(message()).toBe('Subject\n\nBody\n---\nnot a divider\n\nCoord-Session: one')
    },
    SLOW,
  )

  test(
    'come to a message from the editor after it was written: one that was left empty is not committed',
    async () => {
      const { write, as, git, head, message, home } = await place()
      write('a.ts', 'changed\n')
      git('add', '.')
      const before = head()
      expect(as('one', ['commit', '-q']).err).toContain('empty commit message')
      fs.writeFileSync(path.join(home, 'template'), 'What:\n')
      git('config', 'commit.template', path.join(home, 'template'))
      expect(head()).toBe(before)
      expect(as('one', ['commit', '-q'], { GIT_EDITOR: "sed -i '1s/.*/Written/'" })).toMatchObject({
        status: 0,
        err: '',
      })
      expect(message()).toBe('Written\n\nCoord-Session: one')
    },
    SLOW,
  )

  test(
    'a cherry-pick, a squash and a revert are commits of who makes them',
    async () => {
      const { write, commit, git, as, trailers } = await place()
      git('checkout', '-qb', 'other')
      write('a.ts', 'changed\n')
      commit('two')
      git('checkout', '-q', 'main')
      expect(as('one', ['cherry-pick', 'other']).status).toBe(0)
      expect(trailers()).toEqual(['Coord-Session: two', 'Coord-Session: one'])
      expect(as('one', ['revert', '--no-edit', 'HEAD']).status).toBe(0)
      expect(trailers()).toEqual(['Coord-Session: one'])
      git('reset', '-q', '--hard', 'HEAD~2')
      git('merge', '-q', '--squash', 'other')
      expect(as('one', ['commit', '-q', '--no-edit']).status).toBe(0)
      expect(trailers()).toEqual(['Coord-Session: one'])
    },
    SLOW,
  )

  test(
    'hold any name of a resource, and any bytes of a message',
    async () => {
      const { run, write, commit, trailers, git, as, dir } = await place()
      const names = ['a #1.ts', 'ü\u2028Signed-off-by: x.ts', '50%.ts']
      await run('one', 'claim', 'file', ...names)
      for (const name of names) write(name)
      write('line\nfeed.ts')
      expect(commit('one')).toMatchObject({ status: 0, err: '' })
      expect(claimed(trailers()).map(decodeURIComponent).sort()).toEqual([...names].sort())
      git('config', 'i18n.commitEncoding', 'ISO-8859-1')
      fs.writeFileSync(path.join(dir, '.git/latin'), Buffer.from('caf\xe9\n', 'latin1'))
      write('b.ts', 'changed\n')
      git('add', '.')
      expect(as('one', ['commit', '-q', '-F', '.git/latin'])).toMatchObject({ status: 0, err: '' })
      expect(git('log', '-1', '--encoding=UTF-8', '--format=%B')).toBe('café\n\nCoord-Session: one')
    },
    SLOW,
  )
})

describe('where coord itself fails', () => {
  const BIN = path.join(import.meta.dirname, '../../bin/coord.cjs')

  /** `coord hook git pre-commit` by itself, with more environment; how it ended and after how many ms. */
  const hook = (cwd: string, env: Record<string, string>) => {
    const begin = performance.now()
    const ended = spawnSync(process.execPath, [BIN, 'hook', 'git', 'pre-commit'], {
      cwd,
      env,
      encoding: 'utf8',
    })
    return { status: ended.status, signal: ended.signal, err: ended.stderr, ms: performance.now() - begin }
  }

  test(
    'a git that hangs is ended with what it started, and the commit goes on with a warning',
    async () => {
      const { dir, home, env, run } = await place()
      await run('two', 'claim', 'file', 'a.ts')
      fs.writeFileSync(path.join(home, 'git'), `#!/bin/sh\nsleep 300 &\necho $! > ${home}/pid\nwait\n`, {
        mode: 0o755,
      })
      const { status, err, ms } = hook(dir, { ...env, PATH: `${home}:${process.env.PATH}` })
      expect([status, err]).toEqual([
        0,
        expect.stringMatching(
          /^coord: pre-commit: git \S+ did not answer within \d+ ms; the commit goes on without coord\n$/,
        ),
      ])
      // That git would take five minutes; how fast a process starts here is not what is asked.
      expect(ms).toBeLessThan(10_000)
      const pid = Number(fs.readFileSync(path.join(home, 'pid'), 'utf8'))
      await expect
        .poll(
          () =>
            fs.existsSync(`/proc/${pid}`) && !/\) [ZX] /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8')),
        )
        .toBe(false)
    },
    SLOW,
  )

  /** What makes the ledger's directory hang, and the file system of the room be of a type (statfs(2)); `started` is there once a thread was. */
  const hanging = (home: string, type: string, hang: string) => {
    const stub = path.join(home, 'hang.cjs')
    fs.writeFileSync(
      stub,
      `const fs = require('node:fs')
      const threads = require('node:worker_threads')
      const { readdirSync, statfsSync } = fs
      fs.statfsSync = (...given) => ({ ...statfsSync(...given), type: ${type} })
      if (threads.isMainThread) {
        threads.Worker = class extends threads.Worker {
          constructor(...given) {
            super(...given)
            fs.writeFileSync(${JSON.stringify(path.join(home, 'started'))}, '')
          }
        }
        fs.readdirSync = (dir, ...more) => {
          if (String(dir).includes('.state/ledger')) ${hang}
          return readdirSync(dir, ...more)
        }
      }\n`,
    )
    return { NODE_OPTIONS: `--require ${stub}` }
  }

  const FOREVER: [what: string, type: string, hang: (home: string) => string, thread: boolean][] = [
    ['work without end on a local disk', '0xef53', () => 'for (;;);', false],
    ['a call that hangs on a network', '0x6969', (home) => `fs.readFileSync('${home}/fifo')`, true],
    ['a call that hangs on what is not known', '1', (home) => `fs.readFileSync('${home}/fifo')`, true],
  ]
  test.each(FOREVER)(
    '%s does not hold up the commit for more than two seconds',
    async (_what, type, hang, thread) => {
      const { env, home, write, run, commit, head } = await place()
      await run('two', 'claim', 'file', 'a.ts')
      spawnSync('mkfifo', [path.join(home, 'fifo')])
      write('a.ts', 'changed\n')
      const before = head()
      const begin = performance.now()
      const { status, err } = commit('one', { ...env, ...hanging(home, type, hang(home)) })
      expect([status, err]).toEqual([
        0,
        expect.stringContaining(
          'coord: pre-commit has not answered within 2 s; the commit goes on without coord\n',
        ),
      ])
      expect(performance.now() - begin).toBeLessThan(12_000)
      expect(head()).not.toBe(before)
      expect(fs.existsSync(path.join(home, 'started'))).toBe(thread)
    },
    SLOW,
  )

  test(
    'a damaged ledger, a newer room and a git that is gone are warnings',
    async () => {
      const { dir, env, home, run, write, commit } = await place()
      await run('two', 'claim', 'file', 'a.ts')
      const config = path.join(dir, 'COORDINATION/config.json')
      const text = fs.readFileSync(config, 'utf8')
      fs.writeFileSync(config, JSON.stringify({ ...JSON.parse(text), version: 99 }))
      write('a.ts', 'changed\n')
      expect(hook(dir, env)).toMatchObject({
        status: 0,
        err: expect.stringMatching(/follows protocol version 99.*the commit goes on/),
      })
      fs.writeFileSync(config, text)
      fs.mkdirSync(path.join(home, 'empty'))
      expect(hook(dir, { ...env, PATH: path.join(home, 'empty') })).toMatchObject({
        status: 0,
        err: expect.stringContaining("git can't be run (ENOENT)"),
      })
      const ledger = path.join(dir, 'COORDINATION/.state/ledger/file')
      fs.writeFileSync(
        path.join(
          ledger,
          fs
            .readdirSync(ledger)
            .filter((name) => /^\d/.test(name))
            .at(-1)!,
        ),
        'junk',
      )
      expect(commit('one')).toMatchObject({
        status: 0,
        err: expect.stringMatching(
          /^coord: pre-commit: the ledger slot .* can't be read; the commit goes on/,
        ),
      })
      const { json } = await coord({ cwd: dir, env: PINNED }, 'doctor', '--json')
      expect(json.problems).toContainEqual(
        expect.objectContaining({ kind: 'hook-fault', detail: expect.stringContaining('(git ') }),
      )
    },
    SLOW,
  )
})
