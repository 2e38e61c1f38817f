/** One rule for every list: `--limit` takes a whole number of 1 or more, and what it left out is said. */
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { commands } from '../../src/faces/cli/commands/index.ts'
import { coord } from '../helpers/cli.ts'
import { inside } from '../helpers/inside.ts'
import { makeRoom, minutesLater, PINNED, type Room } from './rooms.ts'

/** A room with three of everything that is listed. */
async function crowdedRoom(): Promise<Room> {
  const room = await makeRoom('one', 'two', 'three', 'four')
  const as = (session: string, ...args: string[]) => inside({ cwd: room.dir, session, env: PINNED }, ...args)
  const write = (file: string, text: string) => fs.writeFileSync(path.join(room.root, file), text)
  as('one', 'claim', 'file', 'a', 'b', 'c')
  for (const subject of ['x', 'y', 'z']) as('one', 'send', 'two', subject)
  as('one', 'rollcall', 'who works')
  for (const name of ['p', 'q', 'r']) {
    as('one', 'log', 'note', name)
    as('one', 'claim', 'droplet', `task ${name}`)
    as('one', 'publish', 'builds', name)
    as('two', 'claim', 'droplet', `task ${name}`)
    as('two', 'request', 'droplet', `task ${name}`, '--reason', 'mine')
    as('one', 'claim', 'droplet', name)
    as('one', 'handoff', 'droplet', name)
    as('one', 'claim', 'droplet', 'past')
    as('one', 'release', 'droplet', 'past', '--no-announce')
    write(`messages/broadcast/2026-11-20_09-00-00-000-${name}-aaaa.json`, '\0')
    write(`heartbeats/2026-11-18_09-00-00-000-${name}.json`, '{}')
  }
  return room
}

const LISTS: [words: string[], list: string, omitted: string][] = [
  [['claims'], 'claims', 'omitted'],
  [['claims', 'droplet/past'], 'past', 'past_omitted'],
  [['sessions'], 'sessions', 'omitted'],
  [['status'], 'sessions', 'sessions_omitted'],
  [['status'], 'claims', 'claims_omitted'],
  [['messages'], 'messages', 'omitted'],
  [['inbox', '--peek'], 'messages', 'omitted'],
  [['history', '--all'], 'acts', 'omitted'],
  [['report', '--no-log'], 'sessions', 'sessions_omitted'],
  [['report', '--claims'], 'claims', 'claims_omitted'],
  [['report', '--lifecycle'], 'lifecycle', 'lifecycle_omitted'],
  [['report', '--unread', '--no-log'], 'messages', 'messages_omitted'],
  [['log', '--date', '2026-11-20'], 'entries', 'omitted'],
  [['alerts'], 'alerts', 'omitted'],
  [['conflicts'], 'alerts', 'omitted'],
  [['poll', 'builds'], 'messages', 'omitted'],
  [['request', '--list'], 'requests', 'omitted'],
  [['rescue'], 'sessions', 'omitted'],
  [['rollcall'], 'answers', 'omitted'],
  [['handoff', '--list'], 'handoffs', 'omitted'],
  [['doctor'], 'problems', 'omitted'],
  [['gc', '--dry-run'], 'items', 'omitted'],
]

test('every command with --limit is in the table', () => {
  // That of verify is in a refusal: verify.test.ts.
  const limited = commands
    .filter(({ name, fields }) => 'limit' in fields && !['verify', 'query'].includes(name))
    .map(({ name }) => name)
  expect([...new Set(LISTS.map(([[name]]) => name))].sort()).toEqual(limited.sort())
})

describe('a list', async () => {
  const room = await crowdedRoom()
  // Of what ends with its cause or its time, there are three at that time only.
  const then = (command = '') => (['alerts', 'conflicts', 'poll'].includes(command) ? minutesLater(1) : {})
  const callOf = (command?: string) => ({ cwd: room.dir, session: 'two', env: then(command) })
  const look = (...words: string[]) => coord(callOf(words[0]), ...words)
  const lookInside = (...words: string[]) => inside(callOf(words[0]), ...words)

  test.each(LISTS)(
    'of coord %j is cut at --limit, and what it left out can be asked for',
    async (words, list, omitted) => {
      const all = lookInside(...words, '--json').json[list]
      expect(all.length).toBeGreaterThanOrEqual(3)
      const { json } = lookInside(...words, '--limit', '1', '--json')
      expect(json[list]).toHaveLength(1)
      expect(json[omitted] ?? 0).toBe(all.length - 1)
      const { out } = await look(...words, '--limit', '1')
      if (all.length > 1) expect(out).toMatch(new RegExp(`${all.length - 1} (more|earlier)`))
      const [, offered] = /--limit (\d+) shows them/.exec(out) ?? []
      if (offered)
        expect(lookInside(...words, '--limit', offered, '--json').json[list]).toHaveLength(all.length)
    },
  )

  test.each(LISTS)('of coord %j refuses a --limit of 0, as of no number', async (words) => {
    for (const limit of ['0', '00', 'few', '1.5', '']) {
      const args = [...words, '--limit', limit]
      const { code, out, err } =
        limit === '0' && words[0] === 'claims' ? await look(...args) : lookInside(...args)
      expect({ code, out }).toEqual({ code: 2, out: '' })
      expect(err).toContain(`--limit "${limit}" is not a whole number of 1 or more\n  e.g. --limit 20`)
    }
  })
})

test.each([
  [['claims', '--mine'], 'you hold no claim'],
  [['claims', '--type', 'task'], 'no claim fits; coord claims lists all'],
  [['claims', '--expired'], 'no claim fits; coord claims lists all'],
  [['claims', 'droplet/x', '--mine'], 'no claim fits; coord claims lists all'],
  [['claims', 'droplet/y'], 'droplet/y is free'],
  [['messages', '--search', 'deploy'], 'no messages that fit'],
  [['inbox', '--from', 'three'], 'no unread messages from three'],
  [['history', 'one', '--since', 'now'], 'nothing was recorded of one since now'],
])('coord %j does not say that there is nothing where there is something else', async (words, told) => {
  const room = await makeRoom('one', 'two', 'three')
  const one = { cwd: room.dir, session: 'one', env: PINNED }
  inside(one, 'claim', 'droplet', 'x')
  inside(one, 'send', 'two', 'hello')
  const { code, out } = await room.later(1, 'two', ...words)
  expect({ code, out }).toEqual({ code: 0, out: told })
})
