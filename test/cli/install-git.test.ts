/** `install git` and `install agents-md` through real processes: hooks that were there are kept and run, and all is taken back to the byte. */
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { inside } from '../helpers/inside.ts'
import { emptyDirectory, everything, PINNED, repository, said } from './rooms.ts'

const HOOKS = ['pre-commit', 'prepare-commit-msg', 'commit-msg']

/** A repository whose git knows no other settings, and a `coord` on PATH that writes down how it was called. */
function place() {
  const cwd = repository()
  const home = emptyDirectory()
  const env = { ...PINNED, HOME: home, PATH: process.env.PATH! }
  const at = (name: string) => path.join(cwd, name)
  const hook = (name: string, text: string, mode = 0o755) => {
    fs.mkdirSync(path.dirname(at(name)), { recursive: true })
    fs.writeFileSync(at(name), text)
    fs.chmodSync(at(name), mode)
  }
  fs.writeFileSync(
    path.join(home, 'coord'),
    `#!/bin/sh\necho "coord $*" >> ${home}/calls\nexit "$(cat ${home}/exit 2>/dev/null || echo 0)"\n`,
    { mode: 0o755 },
  )
  const gitEnv = {
    ...env,
    PATH: `${home}:${process.env.PATH}`,
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@b',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@b',
  }
  return {
    cwd,
    home,
    at,
    hook,
    read: (name: string) => fs.readFileSync(at(name), 'utf8'),
    run: async (...args: string[]) => inside({ cwd, env }, ...args),
    everything: () => everything(cwd),
    git: (...args: string[]) => execFileSync('git', ['-C', cwd, ...args], { encoding: 'utf8', env: gitEnv }),
    /** Commit, with what hooks wrote to `calls`. */
    commit() {
      fs.rmSync(path.join(home, 'calls'), { force: true })
      const { status, stderr } = spawnSync('git', ['-C', cwd, 'commit', '-q', '--allow-empty', '-m', 'x'], {
        encoding: 'utf8',
        env: gitEnv,
      })
      const calls = fs.existsSync(path.join(home, 'calls'))
        ? fs.readFileSync(path.join(home, 'calls'), 'utf8')
        : ''
      return { status, stderr, calls }
    },
    /** Let the hooks call the coord that writes down, in place of this checkout's. */
    divert(dir = '.git/hooks') {
      for (const name of HOOKS) {
        const file = at(`${dir}/${name}`)
        const text = fs
          .readFileSync(file, 'utf8')
          .replaceAll(/(?<=NODE_EXTRA_CA_CERTS )\S+ \S+/g, `${home}/coord`)
        fs.writeFileSync(file, text)
      }
    },
  }
}

const MESSAGE =
  'coord hook git prepare-commit-msg .git/COMMIT_EDITMSG message\ncoord hook git commit-msg .git/COMMIT_EDITMSG\n'
const CALLS = `coord hook git pre-commit\n${MESSAGE}`

describe('the hooks of a clone', () => {
  test('are made, run at a commit, and taken back', async () => {
    const { run, everything, divert, commit, at } = place()
    const before = everything()
    expect((await run('install', 'git', '--json')).json.changes.map(({ act }: any) => act)).toEqual([
      'created',
      'created',
      'created',
    ])
    expect(fs.statSync(at('.git/hooks/pre-commit')).mode & 0o777).toBe(0o755)
    expect((await run('install', 'git')).out).toBe('git is installed already')
    const installed = everything()
    divert()
    expect(commit()).toEqual({ status: 0, stderr: '', calls: CALLS })
    for (const [name, text] of Object.entries(installed))
      if (name.startsWith('.git/hooks')) fs.writeFileSync(at(name), text)
    await run('uninstall', 'git')
    for (const name of HOOKS) expect(fs.existsSync(at(`.git/hooks/${name}`))).toBe(false)
    expect(Object.keys(everything()).filter((name) => name.startsWith('.git/hooks'))).toEqual(
      Object.keys(before).filter((name) => name.startsWith('.git/hooks')),
    )
    expect((await run('uninstall', 'git')).out).toBe('git is not installed')
  })

  test.each([
    [1, 1, 'a refusal stops the commit'],
    [70, 0, 'a fault of coord does not'],
    [127, 0, 'nor one that is gone'],
  ])('exit %i gives %i: %s', async (exit, status) => {
    const { run, divert, commit, home } = place()
    await run('install', 'git')
    divert()
    fs.writeFileSync(path.join(home, 'exit'), String(exit))
    expect(commit().status).toBe(status)
  })

  test.each([
    ['a shell script', '#!/bin/sh\necho mine >> "$HOME/calls"\n'],
    ['one that ends early', '#!/usr/bin/env bash\nset -e\necho mine >> "$HOME/calls"\nexit 0\n'],
    ['one without a last newline', '#!/bin/sh\necho mine >> "$HOME/calls"'],
  ])('are put into %s, which runs as before', async (_what, text) => {
    const { run, hook, read, divert, commit, everything, at } = place()
    hook('.git/hooks/pre-commit', text)
    const before = everything()
    await run('install', 'git')
    const installed = read('.git/hooks/pre-commit')
    divert()
    expect(commit()).toMatchObject({ status: 0, calls: `coord hook git pre-commit\nmine\n${MESSAGE}` })
    fs.writeFileSync(at('.git/hooks/pre-commit'), installed)
    await run('uninstall', 'git')
    expect(read('.git/hooks/pre-commit')).toBe(text)
    expect(everything()['.git/hooks/pre-commit']).toBe(before['.git/hooks/pre-commit'])
  })

  test('put a script of another language aside under its name, call it, and put it back', async () => {
    const { run, hook, read, divert, commit, at } = place()
    const text =
      '#!/usr/bin/env node\nconst fs = require("node:fs")\nfs.appendFileSync(process.env.HOME + "/calls", require("node:path").basename(__filename) + "\\n")\n'
    hook('.git/hooks/pre-commit', text)
    const { out, err } = await run('install', 'git')
    expect(err).toContain(`it is kept as ${at('.git/hooks/before-coord/pre-commit')}, and called`)
    expect(out).toContain(`moved ${at('.git/hooks/pre-commit')} to `)
    expect((await run('install', 'git')).out).toBe('git is installed already')
    divert()
    expect(commit()).toMatchObject({ status: 0, calls: `coord hook git pre-commit\npre-commit\n${MESSAGE}` })
    await run('uninstall', 'git')
    expect(read('.git/hooks/pre-commit')).toBe(text)
    expect(fs.statSync(at('.git/hooks/pre-commit')).mode & 0o777).toBe(0o755)
    expect(fs.existsSync(at('.git/hooks/before-coord'))).toBe(false)
  })

  test('do not wake one that is switched off, and keep a link a link', async () => {
    const { run, hook, divert, commit, at } = place()
    hook('.git/hooks/pre-commit', '#!/bin/sh\necho off >> "$HOME/calls"\n', 0o644)
    hook('.git/hooks/shared', '#!/bin/sh\necho linked >> "$HOME/calls"\n')
    fs.symlinkSync('shared', at('.git/hooks/prepare-commit-msg'))
    await run('install', 'git')
    divert()
    expect(commit()).toMatchObject({
      status: 0,
      calls: CALLS.replace(/(?=coord hook git commit-msg)/, 'linked\n'),
    })
    await run('uninstall', 'git')
    expect(fs.readlinkSync(at('.git/hooks/prepare-commit-msg'))).toBe('shared')
    expect(fs.statSync(at('.git/hooks/pre-commit')).mode & 0o777).toBe(0o644)
  })
})

describe('core.hooksPath', () => {
  test('in the working tree is shared: only with --project, and with coord from PATH', async () => {
    const { run, hook, git, read, everything, commit, cwd } = place()
    hook('.githooks/pre-commit', '#!/bin/sh\necho mine >> "$HOME/calls"\n')
    git('config', 'core.hooksPath', '.githooks')
    const before = everything()
    const { code, err } = await run('install', 'git')
    expect([code, err]).toEqual([1, expect.stringContaining('coord install git --project')])
    expect(everything()).toEqual(before)
    expect((await run('install', 'git', '--project')).err).toBe(
      `coord: git runs the hooks of ${cwd}/.githooks (core.hooksPath, local)`,
    )
    expect(read('.githooks/pre-commit')).toContain('if command -v coord >/dev/null 2>&1; then')
    expect(commit()).toMatchObject({ status: 0, calls: `coord hook git pre-commit\nmine\n${MESSAGE}` })
    await run('uninstall', 'git', '--project')
    expect(read('.githooks/pre-commit')).toBe('#!/bin/sh\necho mine >> "$HOME/calls"\n')
    expect(fs.existsSync(path.join(cwd, '.githooks/prepare-commit-msg'))).toBe(false)
  })

  test("of husky means husky's own directory", async () => {
    const { run, hook, git, read, at } = place()
    hook('.husky/_/pre-commit', '#!/usr/bin/env sh\n. "$(dirname "$0")/h"\n')
    hook('.husky/pre-commit', 'npm test\n', 0o644)
    git('config', 'core.hooksPath', '.husky/_')
    expect((await run('install', 'git', '--project')).code).toBe(0)
    expect(read('.husky/pre-commit')).toMatch(
      /^# coord: begin .*\nif command -v coord[\s\S]*\n# coord: end\nnpm test\n$/,
    )
    expect(read('.husky/_/pre-commit')).not.toContain('coord')
    await run('uninstall', 'git')
    expect(read('.husky/pre-commit')).toBe('npm test\n')
    expect(fs.existsSync(at('.husky/prepare-commit-msg'))).toBe(false)
  })

  test.each([
    ['.githooks', '.githooks', 'a script'],
    ['.githooks', '.githooks', 'no shell script'],
    ['.github', '.github/hooks', 'a script'],
  ])('through the link %s (hooks in %s, %s) are not written', async (link, dir, what) => {
    const { run, git, at, everything: here } = place()
    const outside = emptyDirectory()
    const text = what === 'a script' ? '#!/bin/sh\necho mine\n' : '#!/usr/bin/env node\n'
    fs.symlinkSync(outside, at(link))
    fs.mkdirSync(at(dir), { recursive: true })
    fs.writeFileSync(at(`${dir}/pre-commit`), text, { mode: 0o755 })
    git('config', 'core.hooksPath', dir)
    const before = [here(), everything(outside)]
    const { code, err } = await run('install', 'git', '--project')
    expect(err).toContain(`coord: ${at(link)} is a symbolic link, which is not followed in a repository`)
    expect(code).toBe(4)
    expect([here(), everything(outside)]).toEqual(before)
  })

  test('elsewhere is left alone, and told what to add', async () => {
    const { run, git, home, everything } = place()
    git('config', '--global', 'core.hooksPath', path.join(home, 'hooks'))
    const before = everything()
    const { code, err } = await run('install', 'git')
    expect(code).toBe(1)
    expect(err).toContain(
      `git runs the hooks of ${home}/hooks alone (core.hooksPath, global), which other repositories share`,
    )
    expect(err).toContain('coord hook git pre-commit "$@"')
    expect(everything()).toEqual(before)
  })
})

test("lefthook's files are left alone, and told what to add", async () => {
  const { run, hook, everything } = place()
  hook('.git/hooks/pre-commit', '#!/bin/sh\ncall_lefthook() { :; }\ncall_lefthook run pre-commit\n')
  const before = everything()
  const { code, err } = await run('install', 'git')
  expect(code).toBe(1)
  expect(err).toContain('run: coord hook git prepare-commit-msg {0}')
  expect(everything()).toEqual(before)
})

test('a file of the pre-commit framework takes the block, and it is said that it may go', async () => {
  const { run, hook } = place()
  hook(
    '.git/hooks/pre-commit',
    '#!/usr/bin/env bash\n# File generated by pre-commit: https://pre-commit.com\n',
  )
  expect((await run('install', 'git')).err).toContain('after pre-commit install repeat coord install git')
})

describe('agents-md', () => {
  const BEGIN = '<!-- coord: begin (coord install agents-md brings this up to date) -->'

  test('makes AGENTS.md of under 60 lines, brings it up to date, and takes it back', async () => {
    const { run, read, everything, at } = place()
    const before = everything()
    await run('install', 'agents-md')
    const text = read('AGENTS.md')
    expect(text.startsWith(BEGIN)).toBe(true)
    expect(text.split('\n').length).toBeLessThan(60)
    expect((await run('install', 'agents-md')).out).toBe('agents-md is installed already')
    fs.writeFileSync(at('AGENTS.md'), text.replace('## Working', '## Old'))
    expect(said(await run('install', 'agents-md'))).toContain('  -## Old')
    expect(read('AGENTS.md')).toBe(text)
    await run('uninstall', 'agents-md')
    expect(everything()).toEqual(before)
  })

  test.each([
    ['imports AGENTS.md', '# Mine\n\n@AGENTS.md\n', false],
    ['imports it from here', 'See @./AGENTS.md for more', false],
    ['does not', '# Mine\nAGENTS.md is not imported\r\n', true],
  ])('a CLAUDE.md that %s: %j', async (_what, text, added) => {
    const { run, read, hook, everything } = place()
    hook('CLAUDE.md', text, 0o644)
    hook('AGENTS.md', 'ours', 0o644)
    const before = everything()
    await run('install', 'agents-md')
    expect(read('AGENTS.md')).toContain(BEGIN)
    expect(read('CLAUDE.md').includes(BEGIN)).toBe(added)
    await run('uninstall', 'agents-md')
    expect(everything()).toEqual(before)
  })

  test.each([
    ['AGENTS.md', 'CLAUDE.md'],
    ['CLAUDE.md', 'AGENTS.md'],
  ])('%s that is a link to %s: one block, in the file', async (link, file) => {
    const { run, read, hook, at } = place()
    hook(file, '# Mine\n', 0o644)
    fs.symlinkSync(file, at(link))
    expect(
      (await run('install', 'agents-md', '--json')).json.changes.map((change: any) => change.path),
    ).toEqual([at(file)])
    expect(read(link).split(BEGIN)).toHaveLength(2)
    await run('uninstall', 'agents-md')
    expect(read(file)).toBe('# Mine\n')
    expect(fs.lstatSync(at(link)).isSymbolicLink()).toBe(true)
  })

  test('markers that do not pair are refused with their line', async () => {
    const { run, hook, read, at } = place()
    hook('AGENTS.md', `a\n${BEGIN}\n`, 0o644)
    const { code, err } = await run('install', 'agents-md')
    expect([code, err]).toEqual([
      4,
      expect.stringContaining(`${at('AGENTS.md')}:2 has a marker of coord without the other`),
    ])
    expect(read('AGENTS.md')).toBe(`a\n${BEGIN}\n`)
  })
})
