/** The README and the pages behind it are true: lines run as they stand, refusals are what coord says, flags those that there are, links lead somewhere. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { GLOBALS } from '../../src/faces/cli/command.ts'
import { commands } from '../../src/faces/cli/commands/index.ts'
import { ERRORS } from '../../src/protocol/errors.ts'
import { coord, shell } from '../helpers/cli.ts'
import { done, PINNED, repository } from './rooms.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const read = (file: string) => fs.readFileSync(path.join(ROOT, file), 'utf8')
const pages = [
  ...fs.readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...fs
    .readdirSync(path.join(ROOT, 'docs'))
    .flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
]

const readme = read('README.md')
const blocksOf = (text: string) => [...text.matchAll(/^```(?:sh)?\n(.*?)^```$/gms)].map(([, block]) => block!)
const blockWith = (text: string) => blocksOf(readme).find((block) => block.includes(text))!

test('the first lines run as they stand in any repository', async () => {
  const cwd = repository()
  for (const [key, value] of [
    ['user.name', 'n'],
    ['user.email', 'n@example.org'],
  ])
    execFileSync('git', ['-C', cwd, 'config', key!, value!])
  const lines = blockWith('coord start --name').trimEnd()
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

const names = commands.map(({ name }) => name).sort()

test('its table names every command', () => {
  const rows = [...readme.matchAll(/^\| [a-z ]+ \| ((?:`[a-z]+` *)+)\|$/gm)].flatMap(([, cell]) =>
    cell!.split(/[` ]+/),
  )
  expect(rows.filter(Boolean).sort()).toEqual(names)
})

test('the page of commands has every command, with flags that the command has', () => {
  const rows = [...read('docs/commands.md').matchAll(/^- (`coord .*)\\$/gm)].map(([, row]) => row!)
  const told = rows.flatMap((row) => [...row.matchAll(/`coord ([a-z]+)([^`]*)`/g)])
  expect([...new Set(told.map(([, name]) => name))].sort()).toEqual(names)
  for (const [line, name, rest] of told) {
    const { fields, positionals } = commands.find((command) => command.name === name)!
    for (const [, flag] of rest!.matchAll(/--([a-z-]+)/g)) {
      expect(Object.keys({ ...fields, ...GLOBALS }), line).toContain(flag)
      expect(positionals, line).not.toContain(flag)
    }
  }
})

test('lines of shell on every page call commands that there are, with their flags', () => {
  const lines = pages.flatMap((page) => blocksOf(read(page)).flatMap((block) => block.split('\n')))
  const calls = lines.flatMap((line) => [...line.matchAll(/^(?:\$ )?coord ([a-z]+)(.*)$/g)])
  expect(calls.length).toBeGreaterThan(50)
  for (const [line, name, rest] of calls) {
    const command = commands.find((each) => each.name === name)
    expect(command, line).toBeDefined()
    const own = rest!.replace(/ (?:#|-- |&&|\|\|).*$/, '').replace(/"[^"]*"|'[^']*'/g, '')
    for (const [, flag] of own.matchAll(/ --([a-z-]+)/g))
      expect(Object.keys({ ...command!.fields, ...GLOBALS }), line).toContain(flag)
  }
})

test('the table of exit codes is that of the code', () => {
  for (const [code, { exit }] of Object.entries(ERRORS))
    expect(read('docs/commands.md')).toMatch(new RegExp(`^\\| ${exit} +\\|[^|]*\`${code}\``, 'm'))
})

/** What GitHub makes of headings: https://docs.github.com/en/get-started/writing-on-github, "Section links". */
const anchorsOf = (text: string) =>
  [...text.replace(/^```.*?^```$/gms, '').matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  )

test('links between the pages lead somewhere', () => {
  const links = pages.flatMap((page) =>
    [
      ...read(page)
        .replace(/`[^`\n]*`/g, '')
        .matchAll(/\]\(([^)\s]+)\)/g),
    ].map(([, to]) => ({ page, to: to! })),
  )
  const inside = links.filter(({ to }) => !/^[a-z]+:/.test(to))
  expect(inside.length).toBeGreaterThan(50)
  for (const { page, to } of inside) {
    const [file, anchor] = to.split('#') as [string, string?]
    const at = file === '' ? page : path.join(path.dirname(page), file)
    expect(fs.existsSync(path.join(ROOT, at)), `${page}: ${to}`).toBe(true)
    if (anchor !== undefined) expect(anchorsOf(read(at)), `${page}: ${to}`).toContain(anchor)
  }
})
