/** Messages of the script whose text broke their JSON: read all the same, and their files are named. */
import { beforeEach, expect, test } from 'vitest'
import { coord } from '../helpers/cli.ts'
import { inside } from '../helpers/inside.ts'
import { bareRoom, becomeByScript, script, startByScript } from './scripts.ts'

let dir: string
let alice: string
beforeEach(() => {
  dir = bareRoom()
  alice = startByScript(dir)
})

const TEXTS: [string, string][] = [
  ['quotes', 'She said "yes", and "no"'],
  ['a newline', 'first line\nsecond line'],
  ['quotes and newlines', 'He said "yes"\nand\tthen "no"\n\n- done'],
  ['a backslash', 'in C:\\work, really\\!'],
  ['a line like a field', 'see\n"to": "nobody"'],
]

test.each(TEXTS)('a broadcast with %s in its text is listed, its file named as repaired', async (_, text) => {
  script(dir, 'send-message', ['broadcast', 'News', text])
  const { messages } = (await coord({ cwd: dir }, 'messages', '--json')).json
  expect(messages).toHaveLength(1)
  expect(messages[0]).toMatchObject({ from: alice, subject: 'News' })
  if (!text.includes('"to"')) expect(messages[0].message).toBe(text)
  const { problems, messages: recent } = (await coord({ cwd: dir }, 'status', '--json')).json
  expect(problems).toMatchObject([{ kind: 'repaired' }])
  expect(problems[0].path).toMatch(/^messages\/broadcast\/.*\.json$/)
  expect(recent).toHaveLength(1)
})

test('a direct message with quotes and newlines arrives, its file named as repaired', async () => {
  inside({ cwd: dir, env: { AI_AGENT: 'none' } }, 'start', '--id', 'carl')
  becomeByScript(dir, alice)
  script(dir, 'send-message', ['carl', 'A "quoted" subject', 'one "two"\nthree'])
  const { problems } = (await coord({ cwd: dir }, 'status', '--json')).json
  expect(problems).toMatchObject([{ kind: 'repaired' }])
  expect(problems[0].path).toMatch(/^messages\/direct\/carl\/.*\.json$/)
  const { messages } = (await coord({ cwd: dir, session: 'carl' }, 'inbox', '--json')).json
  expect(messages).toMatchObject([
    { from: alice, subject: 'A "quoted" subject', message: 'one "two"\nthree' },
  ])
  expect((await coord({ cwd: dir, session: 'carl' }, 'inbox', '--json')).json.messages).toEqual([])
})

test('a heartbeat and a claim with quotes in their arguments still count for their session', async () => {
  script(dir, 'heartbeat', ['building', 'the "tower"', 'BUILD'])
  script(dir, 'claim', ['droplet', 'the-"tower"'])
  const status = (await coord({ cwd: dir }, 'status', '--json')).json
  expect(status.claims).toMatchObject([{ resource_name: 'the-"tower"', claimed_by: alice }])
  expect(status.sessions).toMatchObject([{ session_id: alice, liveness: { level: 'fresh' } }])
  expect(status.problems.map((problem: any) => problem.kind)).toContain('repaired')
})
