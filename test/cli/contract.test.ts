/** The names of the public contract: every command's `--json`, in a small room where all kinds of things happened, names the same thing alike. */
import { beforeAll, describe, expect, test } from 'vitest'
import { commands } from '../../src/faces/cli/commands/index.ts'
import { type Answer, coord } from '../helpers/cli.ts'
import { inside } from '../helpers/inside.ts'
import { done, NOW, repository } from './rooms.ts'

/** Who runs what, in this order; what is refused comes with its code. */
const STORY: [session: string, line: string, code?: string][] = [
  ['', 'init'],
  ['', 'start --id four --work tower'],
  ['', 'start --id one', 'conflict'],
  ['one', 'claim droplet church --phase BUILD'],
  ['two', 'claim droplet church', 'held'],
  ['one', 'claim file a.ts b.ts'],
  ['two', 'claim file c.ts b.ts', 'held'],
  ['two', 'guard a.ts c.ts', 'held'],
  ['two', 'guard c.ts'],
  ['one', 'guard a.ts b.ts'],
  ['one', 'guard a.ts --token 1', 'lost'],
  ['two', 'claim droplet church --wait 1s', 'held'],
  ['two', 'wait droplet church --timeout 1s', 'held'],
  ['two', 'wait droplet tower'],
  ['two', 'run droplet church --wait 1s -- true', 'held'],
  ['two', 'renew droplet church', 'not_owner'],
  ['two', 'renew droplet nothing', 'not_found'],
  ['one', 'renew droplet church --token 1', 'not_owner'],
  ['two', 'release droplet church', 'not_owner'],
  ['two', 'release', 'not_found'],
  ['one', 'release', 'ambiguous'],
  ['one', 'renew droplet church'],
  ['one', 'heartbeat building church BUILD --progress 30%'],
  ['one', 'send two hello text --ack'],
  ['two', 'send one again text'],
  ['two', 'send onee hello text', 'invalid'],
  ['two', 'status'],
  ['two', 'status two'],
  ['', 'sessions --all'],
  ['two', 'whoami --why'],
  ['nobody', 'whoami', 'no_session'],
  ['', 'claims'],
  ['', 'claims droplet/church'],
  ['', 'claims droplet', 'invalid'],
  ['one', 'handoff', 'ambiguous'],
  ['two', 'handoff droplet church --to one', 'not_owner'],
  ['one', 'handoff droplet church --to two --note done'],
  ['', 'handoff --list'],
  ['two', 'inbox'],
  ['one', 'request droplet church --reason urgent'],
  ['one', 'request droplet church', 'invalid'],
  ['one', 'request droplet nothing --reason urgent', 'not_found'],
  ['one', 'request --list'],
  ['two', 'request --refuse $asks --reason later'],
  ['one', 'request droplet church --reason again'],
  ['one', 'request --withdraw $asks'],
  ['one', 'request droplet church --reason again'],
  ['two', 'request --grant $asks'],
  ['two', 'request --grant nothing', 'not_found'],
  ['one', 'handoff droplet church --to two'],
  ['two', 'release droplet church --force --reason crashed'],
  ['one', 'claim droplet church'],
  ['two', 'release droplet church --force --reason crashed'],
  ['one', 'renew droplet church', 'lost'],
  ['one', 'handoff file a.ts'],
  ['two', 'claim file a.ts'],
  ['two', 'release'],
  ['two', 'release file a.ts'],
  ['two', 'reply $hello fine'],
  ['one', 'ack $again'],
  ['one', 'ack nothing', 'not_found'],
  ['one', 'rollcall present'],
  ['two', 'reply $present here'],
  ['', 'rollcall'],
  ['', 'rollcall --show nothing', 'not_found'],
  ['one', 'publish build green'],
  ['one', 'publish Build green', 'invalid'],
  ['', 'poll build'],
  ['', 'poll'],
  ['', 'poll build --since nothing', 'not_found'],
  ['one', 'send path:d.ts beware --ack'],
  ['one', 'send path: beware', 'invalid'],
  ['two', 'claim file d.ts'],
  ['two', 'inbox'],
  ['two', 'send path:d.ts handled'],
  ['one', 'send path:c.ts,d.ts again'],
  ['two', 'ack $beware'],
  ['two', 'release file d.ts'],
  ['one', 'inbox --all'],
  ['', 'messages'],
  ['one', 'heartbeat testing'],
  ['two', 'push error failed 40% 160'],
  ['', 'push working counting --session stranger'],
  ['', 'push busy counting --session stranger', 'invalid'],
  ['', 'monitor --once'],
  ['', 'monitor --interval often', 'invalid'],
  ['one', 'alerts'],
  ['one', 'alerts --acknowledge cwd_overlap'],
  ['', 'alerts --acknowledge', 'invalid'],
  ['', 'alerts nothing', 'not_found'],
  ['', 'alerts --all'],
  ['two', 'conflicts'],
  ['two', 'conflicts a.ts c.ts'],
  ['', 'history --all'],
  ['one', 'history'],
  ['one', 'report'],
  ['', 'report --no-log'],
  ['two', 'report --alerts --locks --claims --stats --unread --lifecycle'],
  ['one', 'log issue late --task H.1'],
  ['', 'log'],
  ['', 'log bug late', 'invalid'],
  ['', 'board'],
  ['', 'board --print'],
  ['', 'remote status'],
  ['', 'remote setup', 'invalid'],
  ['', 'remote settle', 'conflict'],
  ['', 'remote off'],
  ['', 'config get'],
  ['', 'config get claims.maxFor'],
  ['', 'config set claims.maxFor 6d'],
  ['', 'config set claims.maxFor much', 'invalid'],
  ['', 'gc --dry-run'],
  ['', 'torture --processes 1', 'invalid'],
  ['', 'gc'],
  ['', 'doctor'],
  ['', 'doctor --fix'],
  ['', 'commit'],
  ['', 'sync', 'conflict'],
  ['', 'sync --watch', 'conflict'],
  ['', 'verify coordination'],
  ['', 'verify', 'invalid'],
  ['', 'completion bash'],
  ['', 'install agents-md --dry-run'],
  ['', 'install nothing', 'invalid'],
  ['', 'hook nothing', 'invalid'],
  ['', 'statusline', 'invalid'],
  ['', 'statusline --tmux'],
  ['', 'menubar'],
  ['', 'cost'],
  ['', 'cost nobody', 'not_found'],
  ['', 'query nothing', 'invalid'],
  ['', 'export claims messages'],
  ['', 'export --format csv', 'invalid'],
  ['', 'mcp now', 'invalid'],
  ['two', 'rescue'],
  ['', 'rescue --all --limit 1'],
  ['two', 'rescue one'],
  ['two', 'rescue one --export'],
  ['two', 'rescue one --take', 'conflict'],
  ['two', 'rescue nobody', 'not_found'],
  ['two', 'rescue one --abandon', 'invalid'],
  ['three', 'claim task clean'],
  ['one', 'send three left'],
  ['two', 'rescue three --take --force --reason crashed'],
  ['two', 'rescue three --take'],
  ['one', 'rescue three --take', 'conflict'],
  ['two', 'rescue three --export'],
  ['', 'rescue four --abandon --force --as human --reason idle'],
  ['', 'rescue --all'],
  ['', 'watch now', 'invalid'],
  ['', 'serve now', 'invalid'],
  ['one', 'end --handoff later'],
  ['one', 'claim droplet church', 'no_session'],
  ['', 'uninstall', 'conflict'],
  ['', 'uninstall --force'],
]

/**
 * What waits, starts a command or reads standard input needs a process, and of each bundle a line goes through what is built; that all bundles
 * answer alike is shown by parsers.test.ts.
 */
const APART = /--wait|^(wait|run|monitor|claims|doctor|renew)\b/
/** Those that change nothing, and so need not be waited for by the next line. */
const ASIDE = /^(hook|statusline|mcp|serve|watch|query|torture|completion)\b/

/** Each line of the story with its answer, and how it should have ended. */
const answers: { line: string; code: string; json: Json }[] = []
type Json = Record<string, any>

beforeAll(async () => {
  const cwd = repository()
  for (const id of ['one', 'two', 'three']) await done({ cwd }, 'start', '--id', id)
  const ids: Record<string, string> = {}
  const aside: Promise<void>[] = []
  for (const [at, [session, told, code = 'ok']] of STORY.entries()) {
    const line = told.replace(/\$(\w+)/g, (_, subject: string) => ids[subject]!)
    const [words, command] = line.split(' -- ')
    const args = [...words!.split(' '), '--json', ...(command ? ['--', ...command.split(' ')] : [])]
    const env = { COORD_NOW: new Date(Date.parse(NOW) + at * 1000).toISOString() }
    const call = { cwd, env, ...(session ? { session } : {}) }
    const keep = ({ out }: Answer) => {
      expect(out.split('\n'), `coord ${line} gives one object`).toHaveLength(1)
      const json = JSON.parse(out) as Json
      answers[at] = { line, code, json }
      // A request is known by its first word: what it is about has a slash in it.
      if (json.message?.subject) ids[json.message.subject.split(' for ')[0]!] = json.message.id
    }
    if (line.startsWith('uninstall')) await Promise.all(aside)
    if (ASIDE.test(line)) aside.push(coord(call, ...args).then(keep))
    else keep(APART.test(line) ? await coord(call, ...args) : inside(call, ...args))
  }
}, 60_000)

/** Every object of an answer with the keys that lead to it. */
function* objectsIn(value: unknown, path: string[] = []): Generator<[path: string, object: Json]> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) yield [path.join('.'), value as Json]
  for (const [key, inner] of Object.entries(value))
    yield* objectsIn(inner, Array.isArray(value) ? path : [...path, key])
}

/** Where in all answers something is as it must not be. */
const wrong = (isWrong: (object: Json, path: string) => boolean) =>
  answers.flatMap(({ line, json }) =>
    [...objectsIn(json)]
      .filter(([path, object]) => isWrong(object, path))
      .map(([path, object]) => `coord ${line}: ${path} ${JSON.stringify(object)}`),
  )

/** Texts for people: they may name anything in any form. */
const PROSE = [
  'message',
  'hint',
  'text',
  'subject',
  'detail',
  'why',
  'reason',
  'act',
  'note',
  'board',
  'first',
  'script',
]

test('the story has every command, and each line ends as it should', () => {
  const told = new Set(STORY.map(([, line]) => line.split(' ')[0]))
  expect(commands.map(({ name }) => name).filter((name) => !told.has(name))).toEqual([])
  const ended = ({ json }: (typeof answers)[number]) => (json.ok ? 'ok' : json.error.code)
  expect(answers.map((answer) => `${answer.line}: ${ended(answer)}`)).toEqual(
    answers.map(({ line, code }) => `${line}: ${code}`),
  )
})

describe('a resource', () => {
  test('is named by resource_type and resource_name, both', () => {
    expect(wrong((object) => 'resource_type' in object !== 'resource_name' in object)).toEqual([])
    const named = ({ code }: { code: string }) => ['held', 'not_owner', 'lost'].includes(code)
    for (const { json } of answers.filter(named))
      expect(json.error).toMatchObject({
        resource_type: expect.any(String),
        resource_name: expect.any(String),
      })
  })

  test('is never a text TYPE/NAME, but in texts for people', () => {
    const names = (value: unknown) => /^(droplet|file)\//.test(String(value))
    const bad = wrong((object) =>
      Object.entries(object).some(([key, value]) => !PROSE.includes(key) && [value].flat().some(names)),
    )
    expect(bad).toEqual([])
  })

  test('is type and name only in waiting_for', () => {
    const bad = wrong(
      (object, path) => 'type' in object && 'name' in object && path.split('.').at(-1) !== 'waiting_for',
    )
    expect(bad).toEqual([])
  })

  test('is called resource only in the announcement of completed work, by its bare name', () => {
    const announced = answers
      .flatMap(({ json }) => [...objectsIn(json)].map(([, object]) => object))
      .filter(({ type }) => type === 'work_completed')
    expect(announced.length).toBeGreaterThan(1)
    for (const { details } of announced)
      expect(['church', 'a.ts', 'b.ts', 'd.ts']).toContain(details.resource)
    const bad = wrong((object, path) => 'resource' in object && path.split('.').at(-1) !== 'details')
    expect(bad).toEqual([])
    const others = wrong(({ type, details }) => type !== 'work_completed' && details && 'resource' in details)
    expect(others).toEqual([])
  })
})

describe('a session', () => {
  const isRecord = (value: unknown) => typeof (value as Json | null)?.session_id === 'string'

  test('is the whole record under session and sessions', () => {
    const isLine = (path: string) => path === 'update'
    expect(
      wrong((object, path) => 'session' in object && !isLine(path) && !isRecord(object.session)),
    ).toEqual([])
    const lists = wrong(
      (object, path) =>
        Array.isArray(object.sessions) && !object.sessions.every(isRecord) && !/settings|counts/.test(path),
    )
    expect(lists).toEqual([])
  })

  test('is an id under session_id, session_ids and the names of roles', () => {
    const ROLES = ['session_id', 'claimed_by', 'from', 'to', 'by', 'replaced']
    const isId = (value: unknown) =>
      value === null ||
      (typeof value === 'string' &&
        /^(one|two|three|four|stranger|broadcast|human|channel:build|path:.*)$/.test(value))
    const bad = wrong((object) =>
      [...ROLES.map((role) => object[role]), ...(object.session_ids ?? [])].some(
        (value) => value !== undefined && !isId(value),
      ),
    )
    expect(bad).toEqual([])
  })
})

describe('every answer', () => {
  test('has a record under its kind, and its list under the plural', () => {
    const RECORDS = {
      claim: 'claim_id',
      message: 'from',
      receipt: 'state',
      handoff: 'claims',
      alert: 'priority',
      heartbeat: 'action',
    }
    for (const { line, json } of answers.filter(({ json }) => json.ok))
      for (const [kind, field] of Object.entries(RECORDS)) {
        const found = [json[kind], ...(json[`${kind}s`] ?? [])].filter((record) => record !== undefined)
        for (const record of found) expect(record, `coord ${line}: ${kind}`).toHaveProperty(field)
      }
  })

  test('has names in small letters and underscores', () => {
    const bad = wrong((object) =>
      Object.keys(object).some((key) => !/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(key)),
    )
    expect(bad).toEqual([])
  })

  test('says ok, or an error with code, message and hint', () => {
    for (const { line, json } of answers)
      expect(json, line).toMatchObject(
        json.ok
          ? { ok: true }
          : { error: { code: expect.any(String), message: expect.any(String), hint: expect.any(String) } },
      )
  })
})
