/** The README is true: its lines run as they stand, its refusal is what coord says, its flags are those that there are. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { GLOBALS } from '../../src/faces/cli/command.ts'
import { commands } from '../../src/faces/cli/commands/index.ts'
import { ERRORS } from '../../src/protocol/errors.ts'
import { coord, shell } from '../helpers/cli.ts'
import { done, PINNED, repository } from './rooms.ts'

const readme = fs.readFileSync(path.join(import.meta.dirname, '../../README.md'), 'utf8')
const blocks = [...readme.matchAll(/^```(?:sh)?\n(.*?)^```$/gms)].map(([, text]) => text!)
const blockWith = (text: string) => blocks.find((block) => block.includes(text))!

/** The cells of the table rows that begin with a command. */
const rows = [...readme.matchAll(/^\| (`coord (?:\\\||[^|])*)\|/gm)].map(([, cell]) => cell!)

test('the first lines run as they stand in any repository', async () => {
  const cwd = repository()
  for (const [key, value] of [
    ['user.name', 'n'],
    ['user.email', 'n@example.org'],
  ])
    execFileSync('git', ['-C', cwd, 'config', key!, value!])
  const lines = blockWith('coord start --work').trimEnd()
  const { code, out, err } = await shell({ cwd }, `set -e\n${lines}`)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain('claimed droplet/church-guidance')
  expect(execFileSync('git', ['-C', cwd, 'ls-files'], { encoding: 'utf8' }).trim().split('\n')).toEqual(
    ['.gitignore', 'README.md', 'config.json'].map((name) => `COORDINATION/${name}`),
  )
  expect(execFileSync('git', ['-C', cwd, 'status', '--porcelain'], { encoding: 'utf8' })).toBe('')
})

test('the refusal that it shows is what coord says', async () => {
  const [line, ...shown] = blockWith('$ coord claim').trimEnd().split('\n')
  const cwd = repository()
  const at = (time: string) => ({ ...PINNED, COORD_NOW: `2026-11-20T${time}:00.000Z` })
  for (const id of ['session-001', 'session-002']) await done({ cwd, env: at('09:59') }, 'start', '--id', id)
  const as = (session: string, time: string) => ({ cwd, session, env: at(time) })
  await done(as('session-002', '10:00'), 'claim', 'droplet', 'church-guidance')
  await done(as('session-002', '11:48'), 'heartbeat', 'building', 'church-guidance', '--no-renew')
  const { code, err } = await coord(as('session-001', '11:50'), ...line!.split(' ').slice(2))
  expect({ code, err }).toEqual({ code: 1, err: shown.join('\n') })
})

test('its table names every command, with flags that the command has', () => {
  const told = rows.flatMap((row) => [...row.matchAll(/`coord ([a-z]+)([^`]*)`/g)])
  expect([...new Set(told.map(([, name]) => name))].sort()).toEqual(commands.map(({ name }) => name).sort())
  for (const [line, name, rest] of told) {
    const { fields, positionals } = commands.find((command) => command.name === name)!
    for (const [, flag] of rest!.matchAll(/--([a-z-]+)/g)) {
      expect(Object.keys({ ...fields, ...GLOBALS }), line).toContain(flag)
      expect(positionals, line).not.toContain(flag)
    }
  }
})

test('its table of exit codes is that of the code', () => {
  for (const [code, { exit }] of Object.entries(ERRORS))
    expect(readme).toMatch(new RegExp(`^\\| ${exit} +\\|[^|]*\`${code}\``, 'm'))
})
