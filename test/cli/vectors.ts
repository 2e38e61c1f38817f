/** Argument vectors for property tests: right ones, wrong ones, odd ones. */
import fc from 'fast-check'
import { type Command, GLOBALS } from '../../src/faces/cli/command.ts'

/** Vectors for a command: its own flags and words, now and then something that is no flag or no value. */
export function argumentsOf(command: Command): fc.Arbitrary<[string, string[]]> {
  const names = [
    ...Object.keys({ ...command.fields, ...GLOBALS }),
    'bogus',
    'no-json',
    'toString',
    '__proto__',
    '_',
    '$0',
  ]
  const odd = [
    '',
    '-',
    '--',
    '-x',
    '-m',
    '-1',
    '-1h',
    '1',
    '007',
    'true',
    'false',
    'a=b',
    'a b',
    '"q"',
    "'",
    'é🎉',
    '\n',
    '--=',
    '--=x',
  ]
  const value = fc.oneof(fc.constantFrom(...odd), fc.string({ maxLength: 6 }), fc.nat(99).map(String))
  const flag = fc.constantFrom(...names).map((name) => `--${name}`)
  const piece = fc.oneof(
    { weight: 4, arbitrary: value.map((text) => [text]) },
    { weight: 2, arbitrary: flag.map((name) => [name]) },
    { weight: 3, arbitrary: fc.tuple(flag, value).map(([name, text]) => [name, text]) },
    { weight: 3, arbitrary: fc.tuple(flag, value).map(([name, text]) => [`${name}=${text}`]) },
  )
  const good = fc.array(fc.constantFrom('word', 'two words', '5'), { minLength: 0, maxLength: 3 })
  return fc
    .tuple(good, fc.array(piece, { maxLength: 4 }))
    .map(([words, pieces]) => [command.name, [...words, ...pieces.flat()]])
}
