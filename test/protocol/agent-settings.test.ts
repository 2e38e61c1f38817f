/** Settings with coord's entries and without: the bytes of everything else stay. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseJson } from '../../src/protocol/agents/json-text.ts'
import { handlerFor, shellLine } from '../../src/protocol/agents/lines.ts'
import {
  foreignCalls,
  misfitIn,
  newSettings,
  ownCommands,
  withOurs,
  withoutOurs,
} from '../../src/protocol/agents/settings.ts'
import { AGENTS, type Agent, agentNamed, entriesFor } from '../../src/protocol/agents/table.ts'

const PROGRAMS = { node: '/usr/bin/node', coord: '/opt/git-coord/bin/coord.cjs' }
const OTHER = { node: '/usr/local/bin/node', coord: '/home/me/it is/coord.cjs' }
const wantedOf = (agent: Agent, programs: typeof PROGRAMS | null = PROGRAMS) => ({
  run: handlerFor(agent, programs, 'linux'),
  status: agent.name === 'claude' ? shellLine(programs, 'statusline') : null,
})

/** What a text says, comments and trailing commas left out. */
function saidBy(text: string): any {
  const parsed = parseJson(text)
  if (!('root' in parsed)) throw new Error(parsed.trouble)
  const value = (node: any): any =>
    node.type === 'array'
      ? node.children.map(value)
      : node.type === 'object'
        ? Object.fromEntries(
            node.children.map((each: any) => [each.children[0].value, value(each.children[1])]),
          )
        : node.value
  return value(parsed.root)
}

const foreign = (agent: Agent, command = 'mine') =>
  agent.shape === 'flat' ? { command } : { hooks: [{ type: 'command', command }] }

describe.each(AGENTS)('$title', (agent) => {
  const wanted = wantedOf(agent)
  const [event] = agent.events[0]!
  const rows: [what: string, text: string][] = [
    ['an empty object', '{}'],
    ['an empty object and a newline', '{}\n'],
    ['an object with blanks alone', '{ }'],
    ['an object with a newline alone', '{\n}\n'],
    ['an object with a comment alone', '{\n  // nothing yet\n}\n'],
    ['one line', '{"a":1}'],
    ['one line with blanks', '{ "a": 1 }\n'],
    ['lines', '{\n  "a": 1\n}\n'],
    ['tabs', '{\n\t"a": {\n\t\t"b": [1, 2]\n\t}\n}\n'],
    ['four blanks', '{\n    "a": 1\n}'],
    ['DOS lines', '{\r\n  "a": 1\r\n}\r\n'],
    ['a trailing comma', '{\n  "a": 1,\n}\n'],
    ['a trailing comma on one line', '{"a": 1,}'],
    ['a comment behind the last', '{\n  "a": 1 // so\n}\n'],
    ['a comment behind the last comma', '{\n  "a": 1, // so\n}\n'],
    ['a comment below the last', '{\n  "a": 1\n  // so\n}\n'],
    ['a comma on the next line', '{\n  "a": 1\n  , "b": 2\n}\n'],
    ['a block comment', '{ "a": 1 /* so */ }'],
    ['comments around a comma', '{ "a": 1 /* so */, /* and */ // so\n }'],
    ['empty hooks', '{\n  "hooks": {}\n}\n'],
    ['empty hooks on one line', '{"hooks":{}}'],
    ['an empty event', `{\n  "hooks": {\n    "${event}": []\n  }\n}\n`],
    ['an empty event on one line', `{"hooks":{"${event}":[]}}`],
    ['a hook of its own', JSON.stringify({ hooks: { [event]: [foreign(agent)] } }, null, 2)],
    ['a hook of its own on one line', JSON.stringify({ hooks: { [event]: [foreign(agent)] }, z: null })],
    ['hooks before others', JSON.stringify({ hooks: { Other: [foreign(agent)] }, version: 1 }, null, 2)],
    ['a version', '{\n  "version": 1\n}\n'],
    ['a version behind empty hooks', '{\n  "hooks": {},\n  "version": 1\n}\n'],
    [
      'a mark of the byte order is kept elsewhere; names of any kind',
      '{"__proto__":{},"":[],"\\u0000":"\\""}',
    ],
  ]
  test.each(rows)('%s: ours go in, once, and out again to the byte', (_what, text) => {
    const installed = withOurs(text, agent, wanted)
    const { hooks, ...rest } = saidBy(installed)
    const { hooks: before = {}, ...restBefore } = saidBy(text)
    for (const [name, entry] of entriesFor(agent, wanted.run))
      expect(hooks[name]).toEqual([...(before[name] ?? []), entry])
    expect({ ...rest, statusLine: 0 }).toEqual({ ...restBefore, statusLine: 0 })
    expect(withOurs(installed, agent, wanted)).toBe(installed)
    expect(withoutOurs(installed, agent)).toBe(text)
  })

  test('a new file holds ours alone, and goes with them', () => {
    const text = newSettings(agent, wanted)
    expect(withOurs(text, agent, wanted)).toBe(text)
    expect(withoutOurs(text, agent)).toBe(null)
    expect(Object.keys(saidBy(text).hooks)).toEqual(agent.events.map(([name]) => name))
  })

  test('another line of ours is replaced, in whatever place and number', () => {
    const [, entry] = entriesFor(agent, wantedOf(agent, OTHER).run)[0]!
    const text = JSON.stringify(
      { hooks: { [event]: [entry, foreign(agent), entry], Gone: [entry] } },
      null,
      2,
    )
    const installed = withOurs(text, agent, wanted)
    expect(saidBy(installed).hooks[event]).toEqual([foreign(agent), entriesFor(agent, wanted.run)[0]![1]])
    expect(saidBy(installed).hooks.Gone).toBe(undefined)
    expect(ownCommands(installed, agent)).toEqual([wanted.run.command])
    expect(saidBy(withoutOurs(installed, agent)!)).toEqual({ hooks: { [event]: [foreign(agent)] } })
  })

  test('lines of ours that changed are brought up to date in their place', () => {
    const before = `${newSettings(agent, wantedOf(agent, OTHER)).trimEnd().slice(0, -2)},\n  "model": "m"\n}\n`
    const after = withOurs(before, agent, wanted)
    const at = (text: string) => [Object.keys(saidBy(text)), Object.keys(saidBy(text).hooks)]
    expect(at(after)).toEqual(at(before))
    expect(after).toBe(`${newSettings(agent, wanted).trimEnd().slice(0, -2)},\n  "model": "m"\n}\n`)
    const compact = JSON.stringify(saidBy(before))
    expect(withOurs(compact, agent, wanted)).toBe(JSON.stringify(saidBy(after)))
  })

  test('a line of somebody that calls coord too stays, beside ours and after them, and is told', () => {
    const mine = `tee -a ~/my.log | coord hook ${agent.name}`
    const text = JSON.stringify({ hooks: { [event]: [foreign(agent, mine)] } }, null, 2)
    const installed = withOurs(text, agent, wanted)
    expect(saidBy(installed).hooks[event][0]).toEqual(foreign(agent, mine))
    expect(ownCommands(installed, agent)).toEqual([wanted.run.command])
    expect(foreignCalls(installed, agent)).toEqual([mine])
    expect(withoutOurs(installed, agent)).toBe(text)
  })

  test('settings without ours stay as they are', () => {
    const text = JSON.stringify({ hooks: { [event]: [foreign(agent, 'coordinate hook me')] } })
    expect(withoutOurs(text, agent)).toBe(text)
  })
})

const claude = agentNamed('claude')!

test("a handler of somebody else's in our group stays, with the group", () => {
  const installed = saidBy(newSettings(claude, wantedOf(claude)))
  installed.hooks.Stop[0].hooks.push({ type: 'command', command: 'mine' })
  const text = withoutOurs(JSON.stringify(installed, null, 2), claude)!
  expect(saidBy(text)).toEqual({ hooks: { Stop: [{ hooks: [{ type: 'command', command: 'mine' }] }] } })
})

test('what the agent wrote beside ours stays', () => {
  const installed = { ...saidBy(newSettings(claude, wantedOf(claude))), permissions: { allow: ['Bash(ls)'] } }
  expect(withoutOurs(JSON.stringify(installed, null, 2), claude)).toBe(
    '{\n  "permissions": {\n    "allow": [\n      "Bash(ls)"\n    ]\n  }\n}',
  )
})

test("somebody else's status line is left alone, also one that calls coord's", () => {
  const mine = '{\n  "statusLine": { "type": "command", "command": "cat | coord statusline" }\n}\n'
  expect(saidBy(withOurs(mine, claude, wantedOf(claude))).statusLine.command).toBe('cat | coord statusline')
  expect(withoutOurs(withOurs(mine, claude, wantedOf(claude)), claude)).toBe(mine)
})

test('a status line of ours follows the installation', () => {
  const moved = withOurs(newSettings(claude, wantedOf(claude, OTHER)), claude, wantedOf(claude))
  expect(saidBy(moved)).toEqual(saidBy(newSettings(claude, wantedOf(claude))))
})

test.each([
  ['[]', 'is no JSON object'],
  ['{"hooks":[]}', 'has "hooks" that are no object'],
  ['{"hooks":{"Stop":{}}}', 'has hooks for "Stop" that are no list'],
  ['{"hooks":{},"hooks":{}}', 'has "hooks" twice'],
  ['{"hooks":{"Stop":[],"Stop":[]}}', 'has hooks for "Stop" twice'],
  ['{}', undefined],
])('%s is known not to fit: %s', (text, misfit) => {
  expect(misfitIn(text)?.misfit).toBe(misfit)
})

test.each([
  ['{"a":1', 'is no JSON: close brace expected', 1, 7],
  ['{\n  "a" 1\n}', 'is no JSON: colon expected', 2, 7],
  ['{\n  a: 1\n}', 'is no JSON: invalid symbol', 2, 3],
  ['', 'is empty', 1, 1],
])('%j tells what is wrong and where', (text, trouble, line, column) => {
  expect(parseJson(text)).toEqual({ trouble, line, column })
})

/** Settings as texts: any JSON, in any of the usual forms, with hooks that others may have put there. */
const settings = fc
  .record(
    {
      a: fc.jsonValue({ maxDepth: 2 }),
      hooks: fc.dictionary(
        fc.constantFrom('SessionStart', 'Stop', 'stop', 'Odd', 'preToolUse', 'BeforeTool'),
        fc.array(
          fc.constantFrom<unknown>(
            { command: 'x' },
            { matcher: 'A', hooks: [{ command: 'x' }] },
            { hooks: [] },
          ),
        ),
      ),
      version: fc.constantFrom<unknown>(1, 2, '1'),
      z: fc.jsonValue({ maxDepth: 1 }),
    },
    { requiredKeys: [] },
  )
  .chain((value) =>
    fc.record({
      text: fc.constantFrom(
        ...[undefined, 1, 2, 4, '\t'].map((indent) => JSON.stringify(value, null, indent)),
      ),
      eol: fc.constantFrom('\n', '\r\n'),
      comments: fc.array(fc.constantFrom('', '', '/* c */', ' // c\n', '\n', ' '), {
        minLength: 1,
        maxLength: 4,
      }),
      ends: fc.constantFrom('', '\n', '\n\n'),
    }),
  )
  .map(({ text, eol, comments, ends }) => {
    let turn = 0
    const spread = text.replace(/"(?:[^"\\]|\\.)*"|[{}[\],]/g, (token) =>
      token.length > 1 ? token : `${token}${comments[turn++ % comments.length]}`,
    )
    return (spread + ends).replaceAll('\n', eol)
  })

test.each(AGENTS)('$title: whatever was there before is there after, to the byte', (agent) => {
  fc.assert(
    fc.property(settings, (text) => {
      const installed = withOurs(text, agent, wantedOf(agent))
      expect(ownCommands(installed, agent)).toEqual([wantedOf(agent).run.command])
      expect(withOurs(installed, agent, wantedOf(agent))).toBe(installed)
      expect(withoutOurs(installed, agent)).toBe(text)
    }),
    { numRuns: 300 },
  )
})
