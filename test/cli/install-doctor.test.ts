/** `coord doctor` on what `install` wrote: reached, or why not. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { inside } from '../helpers/inside.ts'
import { emptyDirectory, everything, PINNED, repository } from './rooms.ts'

const BIN = path.join(import.meta.dirname, '../../bin/coord.cjs')

/** A repository with a room, and a home. `hooks` is what doctor finds of hooks, without the paths' beginning. */
async function place() {
  const cwd = repository()
  const home = emptyDirectory()
  const env = { ...PINNED, HOME: home, PATH: process.env.PATH! }
  const run = async (...args: string[]) => inside({ cwd, env }, ...args)
  await run('init')
  const at = (name: string) => path.join(name.startsWith('~/') ? home : cwd, name.replace('~/', ''))
  const edit = (name: string, change: (text: string) => string) =>
    fs.writeFileSync(at(name), change(fs.existsSync(at(name)) ? fs.readFileSync(at(name), 'utf8') : ''))
  const hooks = async (): Promise<string[]> => {
    const before = everything(cwd)
    const { code, json } = await run('doctor', '--json')
    expect(code).toBe(0)
    expect(everything(cwd)).toEqual(before)
    return json.problems
      .filter(({ kind }: any) => kind === 'hooks')
      .map(({ path, detail, fix }: any) =>
        [path, detail, fix].filter(Boolean).join(' | ').replaceAll(cwd, '.').replaceAll(home, '~'),
      )
  }
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', cwd, ...args], { env: { PATH: process.env.PATH, HOME: home } })
  return { cwd, home, run, at, edit, hooks, git }
}

test('nothing is found where nothing is installed, or all is well', async () => {
  const { run, hooks } = await place()
  expect(await hooks()).toEqual([])
  for (const target of ['claude', 'cursor', 'gemini', 'git', 'agents-md']) await run('install', target)
  expect(await hooks()).toEqual([])
})

test.each([
  ['claude', '.claude/settings.local.json', BIN],
  ['cursor', '.cursor/hooks.json', BIN],
  ['gemini', '.gemini/settings.json', process.execPath],
  ['git', '.git/hooks/pre-commit', BIN],
])('%s: a program that is gone', async (target, file, program) => {
  const { run, edit, hooks } = await place()
  await run('install', target)
  const gone = `/gone/${path.basename(program)}`
  edit(file, (text) => text.replaceAll(program, gone))
  const fix = target === 'git' ? 'coord install git' : `coord install ${target} --local`
  expect(await hooks()).toEqual([`./${file} | starts ${gone}, which is gone: nothing happens | ${fix}`])
  await run('install', target)
  expect(await hooks()).toEqual([])
})

test('a shared line without coord on PATH', async () => {
  const { run, hooks } = await place()
  await run('install', 'claude', '--project')
  expect(await hooks()).toEqual([
    './.claude/settings.json | looks for coord on PATH, where this one is not | npm install -g git-coord@latest',
  ])
})

test.each([
  [
    'claude',
    '.claude/settings.local.json',
    '~/.claude/settings.json',
    '{"disableAllHooks":true}',
    'Claude Code: disableAllHooks',
  ],
  [
    'gemini',
    '.gemini/settings.json',
    '~/.gemini/settings.json',
    '{"hooksConfig":{"enabled":false}}',
    'Gemini CLI: hooksConfig.enabled',
  ],
  [
    'gemini',
    '.gemini/settings.json',
    '~/.gemini/settings.json',
    '{"hooksConfig":{"disabled":["coord"]}}',
    'Gemini CLI: hooksConfig.disabled',
  ],
])('%s: hooks that are switched off elsewhere', async (agent, _file, other, text, what) => {
  const { run, hooks, at, edit } = await place()
  fs.mkdirSync(path.dirname(at(other)), { recursive: true })
  edit(other, () => text)
  expect(await hooks()).toEqual([])
  await run('install', agent)
  expect(await hooks()).toEqual([`${other} | switches hooks off for ${what}`])
})

test('Codex: what was not trusted, what is switched off', async () => {
  const { run, hooks, at, edit } = await place()
  await run('install', 'codex')
  const untrusted =
    './.codex/hooks.json | has hooks that Codex does not run before you have trusted them: open /hooks there'
  expect(await hooks()).toEqual([untrusted])
  const events = Object.keys(JSON.parse(fs.readFileSync(at('.codex/hooks.json'), 'utf8')).hooks)
  const snake = (event: string) => event.replace(/\B[A-Z]/g, '_$&').toLowerCase()
  const states = events.map(
    (event) => `[hooks.state."${at('.codex/hooks.json')}:${snake(event)}:0:0"]\ntrusted_hash = "sha256:0"`,
  )
  fs.mkdirSync(at('~/.codex'))
  edit('~/.codex/config.toml', () => states.join('\n'))
  expect(await hooks()).toEqual([])
  edit('~/.codex/config.toml', (text) => `${text}\n[features]\nhooks = false # no\n`)
  expect(await hooks()).toEqual(['~/.codex/config.toml | switches hooks off for Codex: features.hooks'])
})

test('events that are missing, and a second installation', async () => {
  const { run, hooks, edit } = await place()
  await run('install', 'claude', '--user')
  await run('install', 'claude')
  edit('.claude/settings.local.json', (text) => {
    const { Stop: _, PreCompact: __, ...others } = JSON.parse(text).hooks
    return JSON.stringify({ hooks: others })
  })
  expect((await hooks()).sort()).toEqual([
    './.claude/settings.local.json | does not call coord for Stop, PreCompact | coord install claude --local',
    '~/.claude/settings.json | starts coord too, besides ./.claude/settings.local.json: every event twice | coord uninstall claude --user',
  ])
})

test('git hooks that git passes over, or that somebody overwrote', async () => {
  const { run, hooks, edit, at, git } = await place()
  await run('install', 'git')
  fs.chmodSync(at('.git/hooks/pre-commit'), 0o644)
  edit('.git/hooks/prepare-commit-msg', () => '#!/bin/sh\n')
  expect(await hooks()).toEqual([
    `./.git/hooks/pre-commit | is not executable, so that git passes over it | chmod +x ./.git/hooks/pre-commit`,
    './.git/hooks/prepare-commit-msg | does not call coord any more | coord install git',
  ])
  git('config', 'core.hooksPath', '.husky/_')
  expect(await hooks()).toEqual([
    './.git/hooks/commit-msg | calls coord, but git runs the hooks of ./.husky (core.hooksPath, local) | coord uninstall git, then coord install git',
    './.git/hooks/pre-commit | calls coord, but git runs the hooks of ./.husky (core.hooksPath, local) | coord uninstall git, then coord install git',
  ])
})

test('people read it under a heading of its own, and settings that are no JSON stop nothing', async () => {
  const { run, edit, at } = await place()
  await run('install', 'claude')
  edit('.claude/settings.local.json', (text) => text.replaceAll(BIN, '/gone/coord.cjs'))
  fs.mkdirSync(at('.gemini'))
  edit('.gemini/settings.json', () => '{')
  const { code, out } = await run('doctor')
  expect(code).toBe(0)
  expect(out).toMatch(/^agents\n {2}\S+settings\.local\.json {2}starts \/gone\/coord\.cjs, which is gone/m)
})

test('settings that are no JSON are named, with where, whether coord is installed or not', async () => {
  const { hooks, at, edit } = await place()
  for (const file of ['.claude/settings.json', '~/.gemini/settings.json', '.codex/hooks.json'])
    fs.mkdirSync(path.dirname(at(file)), { recursive: true })
  edit('.claude/settings.json', () => '{\n  "hooks" {}\n}\n')
  edit('~/.gemini/settings.json', () => '')
  edit('.codex/hooks.json', () => '{"hooks":[]}')
  expect((await hooks()).sort()).toEqual([
    './.claude/settings.json | line 2, column 11 is no JSON: colon expected: no hooks of Claude Code there',
    './.codex/hooks.json | line 1, column 10 has "hooks" that are no object: no hooks of Codex there',
    '~/.gemini/settings.json | line 1, column 1 is empty: no hooks of Gemini CLI there',
  ])
})
