import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { coord } from '../helpers/cli.ts'
import { done, PINNED, repository, said } from './rooms.ts'

test('uninstall tells what it took back, what stays, and how to remove that; then there is nothing to do', async () => {
  const cwd = repository()
  await done({ cwd }, 'init')
  await done({ cwd }, 'commit')
  const root = path.join(cwd, 'COORDINATION')
  const stays = [
    `${root} and the branch coordination stay; to remove for good:`,
    `  rm -r ${root}  and commit that, where its README and config are in git`,
    '  git branch -D coordination',
    'coord start or coord init sets it up again',
  ]
  expect(said(await coord({ cwd, env: PINNED }, 'uninstall')).split('\n')).toEqual([
    `removed the exclusions: ${cwd}/.git/info/exclude`,
    ...stays,
  ])
  expect(said(await coord({ cwd, env: PINNED }, 'uninstall')).split('\n')).toEqual([
    'nothing to take back',
    ...stays,
  ])
  expect(said(await coord({ cwd, env: PINNED }, 'uninstall', '--quiet'))).toBe('nothing to take back')
})

test('uninstall refuses while a session is live, and --json names it', async () => {
  const cwd = repository()
  await done({ cwd }, 'start', '--id', 'one')
  const { code, json } = await coord({ cwd, env: PINNED }, 'uninstall', '--json')
  expect(code).toBe(1)
  expect(json.error).toMatchObject({ code: 'conflict', candidates: ['one'] })
  const forced = await coord({ cwd, env: PINNED }, 'uninstall', '--force', '--json')
  expect(forced.json).toEqual({
    ok: true,
    removed: [{ path: path.join(cwd, '.git/info/exclude'), what: 'the exclusions' }],
    kept: [],
    room: path.join(cwd, 'COORDINATION'),
    branch: null,
    scripts: [],
    installed: [],
  })
  expect((await coord({ cwd, session: 'one', env: PINNED }, 'heartbeat', 'building')).code).toBe(0)
  expect(fs.readFileSync(path.join(cwd, '.git/info/exclude'), 'utf8')).not.toContain('coord')
})

test('uninstall names the scripts of init --scripts that stay, but not those that somebody changed', async () => {
  const cwd = repository()
  await done({ cwd }, 'init', '--scripts')
  fs.appendFileSync(path.join(cwd, 'COORDINATION/scripts/session-claim.sh'), '# mine\n')
  expect(said(await coord({ cwd, env: PINNED }, 'uninstall'))).toContain(
    '\nits scripts/session-*.sh (6) stay with it, and do nothing where coord is gone\n',
  )
  const { json } = await coord({ cwd, env: PINNED }, 'uninstall', '--json')
  expect(json.scripts).toHaveLength(6)
  expect(json.scripts).toContain('scripts/session-start.sh')
})

test('uninstall names what install wrote that is there still', async () => {
  const cwd = repository()
  const env = { ...PINNED, HOME: repository() }
  for (const args of [['claude'], ['codex', '--project'], ['gemini', '--user'], ['git'], ['agents-md']])
    expect((await coord({ cwd, env }, 'install', ...args)).code).toBe(0)
  expect(said(await coord({ cwd, env }, 'uninstall')).split('\n')).toEqual([
    'nothing to take back',
    'installed for agents and git, to take back: coord uninstall claude; coord uninstall codex; coord uninstall git; coord uninstall agents-md',
  ])
})
