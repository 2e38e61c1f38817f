/**
 * One reading of arguments: what the quick parser accepts, the full one accepts with the same input; what it does not accept,
 * the full one refuses as `invalid` and names it, or shows help.
 */
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { commands } from '../../src/faces/cli/commands/index.ts'
import { commandFirst, parseQuickly } from '../../src/faces/cli/parse.ts'
import { parseFully } from '../../src/faces/cli/usage.ts'
import { CoordError } from '../../src/protocol/errors.ts'
import { argumentsOf } from './vectors.ts'

const shown: string[] = []
vi.mock('../../src/faces/cli/output.ts', async (original) => ({
  ...(await original<typeof import('../../src/faces/cli/output.ts')>()),
  write: (_fd: number, text: string) => void shown.push(text),
}))

const commandNamed = (name: string) => commands.find((command) => command.name === name)!

type Reading =
  | { input: object; globals: object; rest: string[] }
  | { refused: string; message: string }
  | 'shown'

function readFully(name: string, args: string[]): Reading {
  shown.length = 0
  try {
    const parsed = parseFully([name, ...args], '0.0.0')
    if (parsed === null) return 'shown'
    const { input, globals, rest } = parsed
    return { input, globals, rest }
  } catch (error) {
    if (!(error instanceof CoordError) || error.code !== 'invalid') throw error
    return { refused: String(error.details.argument), message: `${error.message} ${error.hint}` }
  }
}

/** Compare both parsers on one command's arguments. */
function compare(name: string, args: string[]): void {
  const quick = parseQuickly(commandNamed(name), args)
  const full = readFully(name, args)
  if (quick)
    expect(full).toEqual({ input: { ...quick.input }, globals: { ...quick.globals }, rest: quick.rest })
  else if (full === 'shown')
    expect(args.some((arg) => /^--(help|version)$/.test(arg)) && shown[0]).toBeTruthy()
  else
    expect(full).toMatchObject({ refused: expect.stringMatching(/./), message: expect.stringMatching(/./) })
}

const table: [name: string, args: string[], input: object | null, globals?: object][] = [
  ['claim', ['droplet', 'x'], { type: 'droplet', name: ['x'] }],
  ['claim', ['file', 'a', 'b', '--for', '4h', 'c'], { type: 'file', name: ['a', 'b', 'c'], for: '4h' }],
  ['claim', ['--for=4h', 'droplet', 'x'], { type: 'droplet', name: ['x'], for: '4h' }],
  ['claim', ['droplet', 'x', '--for=-1h'], { type: 'droplet', name: ['x'], for: '-1h' }],
  ['claim', ['droplet', 'x', '--for='], { type: 'droplet', name: ['x'], for: '' }],
  ['claim', ['droplet', 'x', '--for', ''], { type: 'droplet', name: ['x'], for: '' }],
  ['claim', ['droplet', 'x', '--for', '1h', '--for', '2h'], { type: 'droplet', name: ['x'], for: '2h' }],
  ['claim', ['droplet', 'x', '--no-renew'], { type: 'droplet', name: ['x'], 'no-renew': true }],
  ['claim', ['droplet', '--', '--for'], { type: 'droplet', name: ['--for'] }],
  ['claim', ['--', 'droplet', '--help'], { type: 'droplet', name: ['--help'] }],
  ['claim', ['droplet', '--json', 'true'], { type: 'droplet', name: ['true'] }, { json: true }],
  ['claim', ['droplet', '--json', 'false'], { type: 'droplet', name: ['false'] }, { json: true }],
  ['claim', ['droplet', '007'], { type: 'droplet', name: ['007'] }],
  ['claim', ['droplet', '1e3', '0x10'], { type: 'droplet', name: ['1e3', '0x10'] }],
  ['claim', ['droplet', '"quoted"'], { type: 'droplet', name: ['"quoted"'] }],
  ['claim', ['droplet', 'x', '--note="q"'], { type: 'droplet', name: ['x'], note: '"q"' }],
  ['claim', ['droplet', 'x', '--note', 'a=b'], { type: 'droplet', name: ['x'], note: 'a=b' }],
  ['send', ['two', 's', '-'], { to: 'two', subject: 's', message: '-' }],
  ['heartbeat', ['x', '--files', 'a', '--files=b'], { action: 'x', files: ['a', 'b'] }],
  ['heartbeat', ['x', '--files', 'a', 'b'], { action: 'x', files: ['a'], target: 'b' }],
  ['claims', ['--limit', '5'], { limit: 5 }],
  ['status', ['--session', 'a', 'b'], { session_id: 'b' }, { session: 'a' }],
  ['commit', ['-m', 'text'], { message: 'text' }],
  ['commit', ['-mtext'], { message: 'text' }],
  ['start', ['--name', 'a', '--', 'npm', '--json'], { name: 'a' }],
  ['inbox', [], {}],
  ['claim', [], null],
  ['claim', ['droplet'], null],
  ['claim', ['droplet', 'x', '--for'], null],
  ['claim', ['droplet', 'x', '--for', '-1h'], null],
  ['claim', ['droplet', 'x', '--for', '--json'], null],
  ['claim', ['droplet', '-x'], null],
  ['claim', ['droplet', '-5'], null],
  ['claim', ['--type', 'droplet', 'x'], null],
  ['claim', ['droplet', 'x', '--renew'], null],
  ['claim', ['droplet', 'x', '--no-json'], null],
  ['claim', ['droplet', 'x', '--noRenew'], null],
  ['claim', ['droplet', 'x', '--json=true'], null],
  ['claim', ['droplet', 'x', '--__proto__', 'y'], null],
  ['claim', ['droplet', 'x', '--_', 'y'], null],
  ['claim', ['droplet', 'x', '--constructor=y'], null],
  ['claims', ['--limit', '1.5'], null],
  ['claims', ['--limit='], null],
  ['claims', ['a', 'b', 'c'], null],
  ['inbox', ['--peek', 'true'], null],
  ['inbox', ['-pq'], null],
  ['commit', ['-m'], null],
  ['start', ['--'], null],
  ['claim', ['--help'], null],
  ['claim', ['droplet', 'x', '--version'], null],
]

describe('the two parsers', () => {
  test.each(table)('read coord %s %j alike', (name, args, input, globals) => {
    const quick = parseQuickly(commandNamed(name), args)
    compare(name, args)
    if (input === null) expect(quick).toBeNull()
    else expect(quick).toMatchObject({ input: { ...input }, globals: { ...globals } })
    if (quick && input) expect(Object.keys(quick.input).sort()).toEqual(Object.keys(input).sort())
  })

  test('read any arguments of any command alike', () => {
    fc.assert(
      fc.property(fc.constantFrom(...commands).chain(argumentsOf), ([name, args]) => compare(name, args)),
      { numRuns: 3000, seed: 20261120 },
    )
  })

  test('read flags that stand before the command as if they stood behind it', () => {
    expect(commandFirst(['--json', 'claim', 'droplet', 'x'])).toEqual(['claim', '--json', 'droplet', 'x'])
    expect(commandFirst(['--session', 'a', '--quiet', 'status'])).toEqual([
      'status',
      '--session',
      'a',
      '--quiet',
    ])
    expect(commandFirst(['--dir=x', 'status', 'y'])).toEqual(['status', '--dir=x', 'y'])
    for (const args of [
      ['status', '--json'],
      [],
      ['--json'],
      ['--session'],
      ['--bogus', 'status'],
      ['--', 'status'],
    ])
      expect(commandFirst(args)).toEqual(args)
  })
})
