import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { commands } from '../../src/faces/cli/commands/index.ts'
import { coord } from '../helpers/cli.ts'
import { emptyDirectory, said } from './rooms.ts'

const cwd = emptyDirectory()

test('coord --help lists all commands with what they do', async () => {
  const help = said(await coord({ cwd }, '--help'))
  for (const { name, summary } of commands) {
    expect(help).toMatch(new RegExp(`^  coord ${name}\\b`, 'm'))
    expect(help.replace(/\s+/g, ' ')).toContain(summary)
  }
})

test.each(commands)(
  'coord $name --help tells usage, arguments and examples within 100 columns',
  async ({ name, ...command }) => {
    const answer = await coord({ cwd, env: { COLUMNS: '300' } }, name, '--help')
    const help = said(answer)
    expect(help.split('\n').filter((line) => [...line].length > 100)).toEqual([])
    expect(help).toMatch(new RegExp(`^coord ${name}\\b`))
    for (const field of Object.keys(command.fields))
      expect(help).toMatch(
        new RegExp(command.positionals.includes(field) ? `^  ${field} ` : `--${field}\\b`, 'm'),
      )
    for (const flag of ['json', 'session', 'dir', 'quiet', 'no-color', 'help'])
      expect(help).toContain(`--${flag}`)
    expect(help).toContain('Examples:')
    const words = help.replace(/\s+/g, ' ')
    for (const [line] of command.examples) for (const word of line.split(' ')) expect(words).toContain(word)
  },
)

test('help of one command can be asked with the flag in front', async () => {
  const claim = said(await coord({ cwd }, 'claim', '--help'))
  expect(said(await coord({ cwd }, '--help', 'claim'))).toBe(claim)
  expect(claim).toContain('coord claim droplet church-guidance')
  expect(said(await coord({ cwd }, 'start', '--help', '--', 'true'))).toContain('[-- CMD..]')
})

test('help after -- belongs to the command that is run', async () => {
  expect((await coord({ cwd }, 'claim', '--', '--help')).code).toBe(2)
})

test('--version prints the version of the package, alone or with a command', async () => {
  const file = path.join(import.meta.dirname, '../../package.json')
  const { version } = JSON.parse(fs.readFileSync(file, 'utf8'))
  expect(said(await coord({ cwd }, '--version'))).toBe(version)
  expect(said(await coord({ cwd }, 'status', '--version'))).toBe(version)
})

test('help needs no room and makes none', async () => {
  const dir = emptyDirectory()
  said(await coord({ cwd: dir }, 'init', '--help'))
  expect(fs.readdirSync(dir)).toEqual([])
})

test('without a command coord says what to do', async () => {
  expect(await coord({ cwd })).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringContaining('coord --help'),
  })
  const json = await coord({ cwd }, '--json')
  expect(json).toMatchObject({
    code: 2,
    json: { ok: false, error: { code: 'invalid', argument: 'command' } },
  })
})
