/** Bad input: each row is refused by name, with the way out, before anything in the room has changed. */
import { beforeAll, describe, expect, test } from 'vitest'
import { coord } from '../helpers/cli.ts'
import { inside } from '../helpers/inside.ts'
import { changes, done, makeRoom, PINNED, type Room } from './rooms.ts'

let room: Room
beforeAll(async () => {
  room = await makeRoom('session-001', 'session-002', 'session-003')
  await done({ cwd: room.dir }, 'start', '--id', 'session-004', '--name', 'builder')
  await room.did('session-003', 'end')
  await room.did('session-001', 'claim', 'droplet', 'mine')
})

type Row = [what: string, args: string[], argument: string | null, names: string, hint: string]

/** Arguments given as session-001; the argument at fault, a part of the message, a part of the hint. */
const invalid: Row[] = [
  ['an empty resource name', ['claim', 'droplet', ''], 'name', 'empty', 'Any other text'],
  ['a blank resource name', ['claim', 'droplet', '  '], 'name', 'empty', 'Any other text'],
  ['a newline in a name', ['claim', 'droplet', 'a\nb'], 'name', 'a\\nb', 'Any other text'],
  [
    'an escape character in a name',
    ['claim', 'file', 'ok', 'a\u001b[31mb'],
    'name',
    'control',
    'Any other text',
  ],
  ['a name of 2,000 bytes', ['claim', 'droplet', 'x'.repeat(2000)], 'name', '1024 bytes', 'Any other text'],
  ['a type with a dash', ['claim', 'api-key', 'x'], 'type', 'api-key', 'api_key'],
  ['a type in capitals', ['claim', 'Droplet', 'x'], 'type', 'Droplet', 'a-z'],
  ['a type with a slash in a filter', ['claims', '--type', 'a/b'], 'type', 'a/b', 'a-z'],
  ['several names of another type', ['claim', 'droplet', 'a', 'b c'], 'name', '2', "'a b c'"],
  ['an unknown unit', ['claim', 'droplet', 'x', '--for', '4 fortnights'], 'for', '4 fortnights', '4h'],
  ['a negative duration', ['claim', 'droplet', 'x', '--for=-1h'], 'for', '-1h', '4h'],
  ['a duration over the limit', ['claim', 'droplet', 'x', '--for', '1000d'], 'for', '1000d', '--for 4h'],
  ['a duration without a unit', ['claim', 'droplet', 'x', '--for', '90'], 'for', '90', '90s'],
  ['an empty duration', ['renew', 'droplet', 'mine', '--for='], 'for', 'for', '4h'],
  ['a bad term of a message', ['send', 'broadcast', 's', '--expires', 'soon'], 'expires', 'soon', '4h'],
  ['a mistyped recipient', ['send', 'session-02', 's'], 'to', 'session-02', 'session-002'],
  ['a mistyped recipient name', ['send', 'bilder', 's'], 'to', 'bilder', 'builder'],
  ['an unknown role', ['send', 'role:nobody', 's'], 'to', 'nobody', ''],
  ['an ended recipient', ['send', 'session-003', 's'], 'to', 'session-003', ''],
  ['an empty message', ['send', 'broadcast', 's', ''], 'message', 'empty', ''],
  ['an empty subject', ['send', 'broadcast', ' '], 'subject', 'empty', ''],
  ['an empty action', ['heartbeat', ''], 'action', 'empty', 'coord heartbeat building'],
  ['progress over all', ['heartbeat', 'x', '--progress', '120'], 'progress', '120', '30%'],
  ['progress below nothing', ['heartbeat', 'x', '--progress=-1'], 'progress', '-1', '30%'],
  ['progress in words', ['heartbeat', 'x', '--progress', 'half'], 'progress', 'half', '30%'],
  ['an eta that is no time', ['heartbeat', 'x', '--eta', 'whenever'], 'eta', 'whenever', '2h'],
  ['a state that is none', ['heartbeat', 'x', '--state', 'sleepy'], 'state', 'sleepy', 'idle, working'],
  ['meta without a value', ['heartbeat', 'x', '--meta', 'novalue'], 'meta', 'novalue', 'items=15'],
  [
    'a priority that is none',
    ['send', 'broadcast', 's', '--priority', 'urgent'],
    'priority',
    'urgent',
    'critical',
  ],
  ['details that are no JSON', ['send', 'broadcast', 's', '--details', '{x'], 'details', 'JSON', '--details'],
  ['a resource without a type', ['claims', 'nope'], 'resource', 'nope', 'droplet/'],
  ['tests that neither pass nor fail', ['release', '--tests-passing', 'maybe'], 'tests-passing', 'maybe', ''],
  [
    'force without a claim',
    ['release', '--force', '--reason', 'r'],
    'type',
    '--force',
    'coord release TYPE NAME',
  ],
  ['a release without the name', ['release', 'droplet'], 'name', 'name', 'coord release droplet NAME'],
  [
    'somebody else to speak as',
    ['send', 'broadcast', 's', '--as', 'session-002'],
    'as',
    'session-002',
    'human',
  ],
  ['a device name as session', ['start', '--id', 'CON'], 'id', 'CON', 'session-001'],
  ['a path as session', ['start', '--id', '../x'], 'id', '../x', 'letters'],
  ['a reserved session', ['start', '--id', 'broadcast'], 'id', 'broadcast', 'session-001'],
  ['an impossible --session', ['heartbeat', 'x', '--session', 'a b'], 'session', 'a b', 'session-001'],
  ['a number that is none', ['claims', '--limit', 'ten'], 'limit', 'ten', 'coord claims --help'],
  ['a negative number', ['inbox', '--limit=-1'], 'limit', '-1', 'coord inbox --help'],
  [
    'a token that is no number',
    ['release', 'droplet', 'mine', '--token', '0x10'],
    'token',
    '0x10',
    'coord release --help',
  ],
  ['no command', [], 'command', 'which command', 'coord --help'],
  ['a mistyped command', ['clam', 'x'], 'command', 'clam', 'Did you mean claim'],
  ['a mistyped flag', ['claim', 'droplet', 'x', '--fro', '4h'], 'fro', '--fro', 'Did you mean --for'],
  ['an unknown flag', ['inbox', '--zzzzzzzz'], 'zzzzzzzz', '--zzzzzzzz', 'coord inbox --help'],
  [
    'a flag for a plain argument',
    ['claim', '--type', 'droplet', 'x'],
    'type',
    '--type',
    'coord claim TYPE NAME',
  ],
  ['an unknown letter', ['claim', 'droplet', 'x', '-q'], 'q', '-q', 'coord claim --help'],
  ['a flag without its value', ['claim', 'droplet', 'x', '--for'], 'for', '--for', 'coord claim --help'],
  [
    'a value that looks like a flag',
    ['claim', 'droplet', 'x', '--for', '-1h'],
    'for',
    '--for',
    '--for=VALUE',
  ],
  ['a value for a flag that takes none', ['inbox', '--peek=yes'], 'peek', '--peek', 'coord inbox --help'],
  ['a missing argument', ['claim', 'droplet'], 'name', 'NAME', 'coord claim --help'],
  ['two missing arguments', ['send'], 'to', 'TO', 'coord send --help'],
  ['an argument too many', ['ack', 'a', 'b'], 'arguments', '"b"', 'coord ack --help'],
  ['no command after --', ['start', '--'], 'CMD', '--', ''],
  ['a command that is not there', ['start', '--', 'no-such-command'], 'CMD', 'no-such-command', 'after --'],
  ['a path that is not there', ['start', '--', './none'], 'CMD', './none', 'after --'],
]

/** Every tenth by the built program, as is what would start another; the others within this process. */
const answerTo = (args: string[]) =>
  invalid.findIndex((row) => row[1] === args) % 10 === 0 || args.includes('--')
    ? room.as('session-001', '--json', ...args)
    : inside({ cwd: room.dir, session: 'session-001', env: PINNED }, '--json', ...args)

describe('bad input', () => {
  let before: Record<string, string>
  beforeAll(() => {
    before = room.everything()
  })

  test.each(invalid)(
    '%s is refused by name and changes nothing',
    async (_what, args, argument, names, hint) => {
      const { code, json, err } = await answerTo(args)
      expect({ code, err }).toEqual({ code: 2, err: '' })
      expect(json).toMatchObject({ ok: false, error: { code: 'invalid', argument } })
      expect(json.error.message).toContain(names)
      expect(json.error.hint ?? '').toContain(hint)
      expect(changes(before, room.everything())).toEqual([])
    },
  )
})

test('a refusal in words is two lines on stderr, without a stack', async () => {
  const answer = await room.as('session-001', 'claim', 'droplet', 'x', '--for', '4 fortnights')
  expect(answer).toMatchObject({ code: 2, out: '' })
  expect(answer.err).toBe(
    'coord: --for "4 fortnights" is not a duration\n  Write a number and a unit: 90s, 45m, 4h, 2 days.',
  )
})

test('an unknown recipient is answered with suggestions', async () => {
  const { json } = await room.as('session-001', 'send', 'session-02', 's', '--json')
  expect(json.error.suggestions).toContain('session-002')
  expect(json.error.suggestions).not.toContain('session-003')
})

test('a message of 1 MB is refused, from the command line of a pipe', async () => {
  const before = room.everything()
  const call = { cwd: room.dir, session: 'session-001', env: PINNED, input: 'x'.repeat(1 << 20) }
  const { code, json } = await coord(call, 'send', 'session-002', 's', '-', '--json')
  expect({ code, error: json.error }).toMatchObject({
    code: 2,
    error: { code: 'invalid', argument: 'message' },
  })
  expect(json.error.message).toContain('65536')
  const empty = await coord({ ...call, input: '' }, 'send', 'session-002', 's', '-', '--json')
  expect(empty.json.error).toMatchObject({ code: 'invalid', argument: 'message' })
  expect(changes(before, room.everything())).toEqual([])
})

test('an unknown session in --session or COORD_SESSION is no_session with the nearest', async () => {
  const before = room.everything()
  const flag = await room.plain('claim', 'droplet', 'x', '--session', 'session-02', '--json')
  const env = await room.as('session-02', 'claim', 'droplet', 'x', '--json')
  for (const { code, json } of [flag, env]) {
    expect(code).toBe(3)
    expect(json.error.message).toContain('session-02')
    expect(json.error.candidates).toContain('session-002')
  }
  expect(changes(before, room.everything())).toEqual([])
})

const names = [
  'a/b',
  '../../etc/passwd',
  'two words',
  '🎉 über',
  'ü'.repeat(300),
  'CON',
  '.hidden',
  '-x',
  '--for',
  '%2F',
  '*',
]
test.each(names)('the resource name %s works in claim, claims, renew and release', async (name) => {
  const claim = await room.as('session-002', 'claim', 'droplet', '--json', '--', name)
  expect(claim).toMatchObject({ code: 0, json: { claim: { resource_type: 'droplet', resource_name: name } } })
  const { json } = await room.plain('claims', '--json', '--', `droplet/${name}`)
  expect(json.claims).toMatchObject([{ resource_name: name, claimed_by: 'session-002' }])
  expect((await room.as('session-002', 'renew', '--', 'droplet', name)).code).toBe(0)
  const released = await room.as('session-002', 'release', '--json', '--no-announce', '--', 'droplet', name)
  expect(released.json.claim).toMatchObject({ resource_name: name })
  expect(room.files('..').sort()).toEqual(['COORDINATION'])
})
