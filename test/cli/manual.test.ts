import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { GLOBALS } from '../../src/faces/cli/command.ts'
import { commands } from '../../src/faces/cli/commands/index.ts'
import { manualPage } from '../../src/faces/cli/manual.ts'
import { ERRORS } from '../../src/protocol/errors.ts'
import { has, real } from './rooms.ts'

const PACKAGE = path.join(import.meta.dirname, '../..')
const FILE = path.join(PACKAGE, 'man/coord.1')
const page = () => fs.readFileSync(FILE, 'utf8')
/** The source as people read it, as far as the tests need it. */
const plain = () => page().replaceAll('\\-', '-').replaceAll('\\(dq', '"').replaceAll('\\&...', '…')

/** The part of the page that is about a command. */
const section = (name: string) =>
  plain()
    .split(/^\.S[SH] /m)
    .find((part) => part.startsWith(`coord ${name}`) && !/^[a-z]/.test(part.slice(`coord ${name}`.length)))

test.each(commands)(
  'the man page has $name with every argument, flag and example',
  ({ name, ...command }) => {
    const text = section(name)
    expect(text).toBeDefined()
    for (const field of Object.keys(command.fields)) {
      const label = command.positionals.includes(field)
        ? field.replace('_id', '').toUpperCase()
        : `--${field}`
      expect(text).toMatch(new RegExp(`^\\.B (-., )?${label}( …)?$`, 'm'))
    }
    for (const [line] of command.examples.filter(([line]) => /^[\w "-]+$/.test(line)))
      expect(text).toContain(`.B ${line}\n`)
  },
)

test('the man page has the flags of every command and every error code', () => {
  for (const name of Object.keys(GLOBALS)) expect(plain()).toMatch(new RegExp(`^\\.B --${name}( …)?$`, 'm'))
  for (const code of Object.keys(ERRORS)) expect(plain()).toContain(code)
})

test('the package names the man page, and ships it', () => {
  const { man, files, version } = JSON.parse(fs.readFileSync(path.join(PACKAGE, 'package.json'), 'utf8'))
  expect(man).toEqual(['man/coord.1'])
  expect(files).toContain('man')
  expect(page()).toContain(`git-coord ${version}`)
})

test('the same commands and day give the same page, in plain ASCII', () => {
  expect(manualPage('1', '2026-01-02')).toBe(manualPage('1', '2026-01-02'))
  expect(page()).toMatch(/^[\x20-\x7e\n]+$/)
})

real('man')('man shows it without a warning', () => {
  const env = { PATH: process.env.PATH, MANWIDTH: '80', LC_ALL: 'C.UTF-8', MANPAGER: 'cat' }
  const run = (script: string) => execFileSync('sh', ['-c', script, FILE], { env, encoding: 'utf8' })
  expect(run('man --warnings -l "$0" 2>&1 >/dev/null')).toBe('')
  expect(run('man -l "$0"')).toContain('coord claim TYPE NAME')
})

real('mandoc')('mandoc finds nothing to criticise', () => {
  expect(execFileSync('sh', ['-c', 'mandoc -T lint "$0" || true', FILE], { encoding: 'utf8' })).toBe('')
})

test('in CI nothing of this is skipped', () => {
  if (process.env.CI === 'true')
    expect(['man', 'mandoc', 'zsh', 'fish'].filter((tool) => !has(tool))).toEqual([])
})
