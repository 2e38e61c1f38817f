/** Ways out of errors as agents are told them: a tool wherever one does what the command does. */
import { expect, test } from 'vitest'
import { commands } from '../../src/faces/cli/commands/index.ts'
import { tools } from '../../src/faces/mcp/tools.ts'
import { waysByTools } from '../../src/faces/mcp/ways.ts'
import { inside } from '../helpers/inside.ts'
import { repository } from '../processes/support.ts'
import { claude, serve } from './serving.ts'

test.each([
  ['coord claims lists what is claimed.', 'status lists what is claimed.'],
  ['coord claims --mine --json shows the token.', 'status shows the token.'],
  [
    'Nobody has taken it yet: coord claim file a.ts',
    'Nobody has taken it yet: claim {"type":"file","name":["a.ts"]}',
  ],
  [
    'coord handoff TYPE NAME, or coord handoff --all',
    'handoff {"type":"TYPE","name":"NAME"}, or handoff {"all":true}',
  ],
  ['coord handoff --list lists them.', 'handoff {"list":true} lists them.'],
  ['coord request --list', 'coord request --list'],
  ['coord rollcall "who is there?"', 'send {"to":"broadcast","subject":"who is there?","rollcall":"10m"}'],
  ['coord rollcall "all well?" --within 5m', 'send {"to":"broadcast","subject":"all well?","rollcall":"5m"}'],
  ['coord request --refuse 7f3q --reason "no"', 'handoff {"refuse":"7f3q","note":"no"}'],
  [
    `Hand both over (coord handoff --all --to …), or first coord release file 'my file'`,
    'Hand both over (handoff {"all":true,"to":"…"}), or first release {"type":"file","name":"my file"}',
  ],
  [
    `Quote a name with spaces: coord claim droplet 'it'\\''s "x"'`,
    'Quote a name with spaces: claim {"type":"droplet","name":["it\'s \\"x\\""]}',
  ],
  [
    'Say what you do, e.g. coord heartbeat building guide.',
    'Say what you do, e.g. heartbeat {"action":"building","target":"guide"}.',
  ],
])('the hint %j is told as %j', (hint, told) => {
  expect(waysByTools(hint)).toBe(told)
})

test.each([
  'coord start --id ada goes on as it.',
  'coord claim droplet x --wait 10m',
  'coord release droplet x --force --reason "…" if the holder is gone for good',
  'coord wait file x tells when it is free.',
  'coord sessions --all lists them.',
  'coord claim',
  'coord rollcall tells who answered.',
  'coord rollcall --show 7f3q tells who answered.',
  'Move it away; coord writes only inside the room.',
])('what no tool does stays as it is: %j', (hint) => {
  expect(waysByTools(hint)).toBe(hint)
})

test('words are the fields that the command line has in their place', () => {
  for (const { name, positionals } of commands.filter((each) => tools.has(each.name))) {
    const words = positionals.map((field) => field.toUpperCase())
    const told = waysByTools(`coord ${name} ${words.join(' ')}`.trim())
    const input = positionals.map((field, at) => [
      field,
      tools.get(name)!.fields[field]!.kind === 'texts' ? [words[at]] : words[at],
    ])
    const given = JSON.stringify(Object.fromEntries(input))
    expect(told).toBe(given === '{}' ? name : `${name} ${given}`)
  }
})

test('a refusal names the tools that help', async () => {
  const cwd = repository()
  inside({ cwd }, 'start', '--id', 'ada')
  inside({ cwd, session: 'ada' }, 'claim', 'droplet', 'x')
  const { call } = await serve({ cwd, env: claude('one') })
  await call('join')
  expect((await call('claim', { type: 'droplet', name: ['x'] })).json.error.hint).toContain(
    'handoff {"type":"droplet","name":"x","note":"…","ask":true}',
  )
  expect((await call('release', { type: 'droplet', name: 'y' })).json.error.hint).toBe(
    'status lists what is claimed.',
  )
})
