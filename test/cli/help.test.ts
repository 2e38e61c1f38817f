import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { commands } from '../../src/faces/cli/commands/index.ts'
import { commandPage, groupsOf } from '../../src/faces/cli/help.ts'
import { coord } from '../helpers/cli.ts'
import { inside } from '../helpers/inside.ts'
import { emptyDirectory, said } from './rooms.ts'

const cwd = emptyDirectory()

/** The lines of a page that do not fit 80 columns. */
const tooWide = (page: string) => page.split('\n').filter((line) => [...line].length > 80)

test('coord --help names every command once, grouped by what people do, on one screen', async () => {
  const help = said(await coord({ cwd, env: { COLUMNS: '300' } }, '--help'))
  const halves = help.split('\n').flatMap((line) => [line.slice(0, 41), line.slice(41)])
  const named = halves.flatMap(
    (half) => /^ {2}([a-z]+(?:, [a-z]+)*) {2,}\S/.exec(half)?.[1]?.split(', ') ?? [],
  )
  expect(named.toSorted()).toEqual(commands.map(({ name }) => name).sort())
  for (const group of ['take part', 'claims', 'talk', 'look', 'room', 'agents'])
    expect(help).toMatch(new RegExp(`(^|\\s{2})${group}(\\s{2}|$)`, 'm'))
  expect(tooWide(help)).toEqual([])
  expect(help.split('\n').length).toBeLessThanOrEqual(24)
})

test('every command has a place of its own in the overview', () => {
  const entries = groupsOf(commands).flatMap(({ entries }) => entries)
  for (const [name, what] of entries) expect(what.length, name).toBeLessThanOrEqual(25)
  expect(entries).toHaveLength(commands.length)
})

test.each(commands)(
  'coord $name --help fits a screen: usage, then examples, then all arguments',
  ({ name, ...command }) => {
    const help = said(inside({ cwd, env: { COLUMNS: '300' } }, name, '--help'))
    expect(help).toMatch(new RegExp(`^coord ${name}\\b`))
    expect(tooWide(help)).toEqual([])
    expect(help.split('\n').length).toBeLessThanOrEqual(24)
    const first = help.indexOf(`\n  ${command.examples[0]![0]}`)
    expect(first).toBeGreaterThan(0)
    const fields = Object.keys(command.fields)
    for (const field of fields) {
      const label = command.positionals.includes(field)
        ? field.replace('_id', '').toUpperCase()
        : `--${field}`
      expect(help.search(new RegExp(`^  (-., )?${label}(?![\\w-])`, 'm')), label).toBeGreaterThan(first)
    }
    for (const flag of ['json', 'session', 'dir', 'quiet', 'no-color', 'help'])
      expect(help).toContain(`--${flag}`)
  },
)

test('examples stay out at the end where they would push the arguments off the screen', () => {
  const [release] = commands.filter(({ name }) => name === 'release')
  const examples = Array.from({ length: 30 }, (_, at): [string, string] => [`coord release ${at}`, 'so'])
  const page = commandPage({ ...release!, examples })
  expect(page).toContain('coord release 0')
  expect(page).not.toContain('coord release 29')
  expect(page.split('\n').length).toBeLessThanOrEqual(24)
})

test('help of one command can be asked with the flag in front', async () => {
  const claim = said(await coord({ cwd }, 'claim', '--help'))
  expect(said(await coord({ cwd }, '--help', 'claim'))).toBe(claim)
  expect(claim).toContain('coord claim droplet church-guidance')
  expect(said(await coord({ cwd }, 'start', '--help', '--', 'true'))).toContain('[-- CMD…]')
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

test.each([
  ['coord clam', ['clam'], 'Did you mean claim or claims? coord --help lists them.'],
  ['coord stauts', ['stauts'], 'Did you mean start or status? coord --help lists them.'],
  ['coord help clam', ['help', 'clam'], 'Did you mean claim or claims? coord --help lists them.'],
  ['coord ls', ['ls'], 'Did you mean sessions or status? coord --help lists them.'],
  ['coord unlock', ['unlock'], 'Did you mean release? coord --help lists them.'],
  ['coord lock', ['lock'], 'Did you mean claim? coord --help lists them.'],
  ['coord version', ['version'], 'Did you mean --version? coord --help lists them.'],
  ['coord sess', ['sess'], 'Did you mean sessions? coord --help lists them.'],
  ['coord gc --dry', ['gc', '--dry'], 'Did you mean --dry-run? coord gc --help'],
  ['coord claim --sesion x', ['claim', '--sesion', 'x'], 'Did you mean --session? coord claim --help'],
  ['coord claim --nte=x', ['claim', '--nte=x'], 'Did you mean --note? coord claim --help'],
  [
    'coord --sesion x status',
    ['--sesion', 'x', 'status'],
    'Did you mean --session? coord --help lists the commands.',
  ],
])('%s is refused with one line that suggests what was meant', async (_title, args, suggestion) => {
  const { code, out, err } = await coord({ cwd }, ...args)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  const lines = err.split('\n')
  expect(lines).toHaveLength(2)
  expect(lines[1]).toBe(`  ${suggestion}`)
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
