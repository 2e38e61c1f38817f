/** A flag that a command has not is answered with what was meant: for each command and each flag there is. */
import { describe, expect, test } from 'vitest'
import { type Command, GLOBALS } from '../../src/faces/cli/command.ts'
import { commands } from '../../src/faces/cli/commands/index.ts'
import { parseFully } from '../../src/faces/cli/usage.ts'
import { CoordError } from '../../src/protocol/errors.ts'

const flagsOf = ({ fields, positionals }: Command) =>
  Object.keys({ ...fields, ...GLOBALS }).filter((name) => !positionals.includes(name))
const every = [...new Set(commands.flatMap(flagsOf))]

/** The hint for a flag that is refused. */
function hintFor({ name }: Command, flag: string): string {
  try {
    parseFully([name, `--${flag}`], '0.0.0')
  } catch (error) {
    if (!(error instanceof CoordError) || error.code !== 'invalid') throw error
    expect(error.message).toBe(`coord ${name} has no flag --${flag}`)
    expect(error.details.argument).toBe(flag)
    return error.hint ?? ''
  }
  throw new Error(`coord ${name} takes --${flag}`)
}

/** What slips of the fingers make of a word. */
const slips = (word: string) =>
  [
    `${word}s`,
    word.slice(0, -1),
    `${word.slice(0, 2)}${word.slice(1)}`,
    ...(word.length > 5 ? [`${word.slice(0, -2)}${word.at(-1)}${word.at(-2)}`] : []),
  ].filter((slip) => slip.length > 2 && !every.includes(slip) && word.length > 4)

describe.each(commands)('coord $name', (command) => {
  const own = flagsOf(command)

  test('answers a mistyped flag with the flag', () => {
    for (const flag of own.filter((name) => name !== 'help' && name !== 'version'))
      for (const slip of slips(flag))
        expect(hintFor(command, slip), slip).toBe(`Did you mean --${flag}? coord ${command.name} --help`)
  })

  test('answers the flag of another command with that command', () => {
    for (const flag of every.filter((name) => !own.includes(name) && !command.positionals.includes(name))) {
      const hint = hintFor(command, flag)
      const [, of] = /^--[a-z-]+ is a flag of coord ([a-z, ]+)\. /.exec(hint) ?? []
      if (/^(wait|timeout)$/.test(flag) && !of) expect(hint).toMatch(/^Did you mean --(wait|timeout)\?/)
      else
        expect(of?.split(', '), `${flag}: ${hint}`).toEqual(
          commands.filter((each) => flagsOf(each).includes(flag)).map(({ name }) => name),
        )
    }
  })
})

test.each([
  ['release', 'for', '--for is a flag of coord claim, renew, run. coord release --help'],
  ['wait', 'wait', 'Did you mean --timeout? coord wait --help'],
  ['run', 'timeout', 'Did you mean --wait? coord run --help'],
  ['claim', 'type', 'Write it without the flag: coord claim TYPE NAME… [flags]. coord claim --help'],
  ['status', 'louder', 'A word that begins with - goes after --. coord status --help'],
  ['status', 'constructor', 'A word that begins with - goes after --. coord status --help'],
])('coord %s --%s: %s', (name, flag, hint) => {
  expect(hintFor(commands.find((each) => each.name === name)!, flag)).toBe(hint)
})
