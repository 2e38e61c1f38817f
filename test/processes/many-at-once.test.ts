/** Many processes at the same time: claims, heartbeats, messages, starts, and many of one session. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { type Answer, coord } from '../helpers/cli.ts'
import { inside } from '../helpers/inside.ts'
import { atOnce, filesBelow, loadSession, readJson, repository, roomOf } from './support.ts'

const codes = (answers: Answer[]) => answers.map(({ code }) => code)
const zeros = (count: number) => Array.from({ length: count }, () => 0)
const texts = (dir: string) => fs.readFileSync(path.join(roomOf(dir), 'STATUS_BOARD.md'), 'utf8')
const agent = { AI_AGENT: 'none' }

/** A room with sessions `s0`, `s1` …, written as coord writes them. */
async function crowd(dir: string, count: number): Promise<void> {
  inside({ cwd: dir, env: agent }, 'start', '--id', 's0')
  const first = loadSession(dir, 's0')
  for (let i = 1; i < count; i++) {
    const file = path.join(roomOf(dir), 'sessions', `s${i}.json`)
    fs.writeFileSync(file, JSON.stringify({ ...first, session_id: `s${i}`, session_uuid: `u${i}` }))
  }
}

test('of 50 claims of one resource at once exactly one wins, the others are told who holds it', async () => {
  const dir = repository()
  await crowd(dir, 50)
  const answers = await atOnce(50, (i) =>
    coord({ cwd: dir, session: `s${i}` }, 'claim', 'task', 'one', '--json'),
  )
  const won = answers.filter(({ code }) => code === 0)
  expect(won).toHaveLength(1)
  const winner = won[0]!.json.claim
  const lost = answers.filter(({ code }) => code !== 0)
  expect([...new Set(codes(lost))]).toEqual([1])
  expect([...new Set(lost.map(({ json }) => json.error.code))]).toEqual(['held'])
  expect([...new Set(lost.map(({ json }) => json.error.holder.token))]).toEqual([winner.token])
  const file = readJson(path.join(roomOf(dir), 'claims', 'task-one.claim'))
  expect(file).toMatchObject({
    claimed_by: winner.claimed_by,
    token: winner.token,
    claim_id: winner.claim_id,
  })
})

test('24 claims of as many resources all win, of files too, which share one ledger', async () => {
  const dir = repository()
  await crowd(dir, 24)
  const answers = await atOnce(24, (i) => {
    const resource = i % 2 ? ['file', `src/${i}.ts`] : ['task', `t${i}`]
    return coord({ cwd: dir, session: `s${i}` }, 'claim', ...resource, '--json')
  })
  expect(codes(answers)).toEqual(zeros(24))
  const { claims } = (await coord({ cwd: dir }, 'claims', '--json')).json
  expect(claims).toHaveLength(24)
  expect(
    fs.readdirSync(path.join(roomOf(dir), 'claims')).filter((name) => name.endsWith('.claim')),
  ).toHaveLength(24)
  const tokens = answers.filter((_, i) => i % 2).map(({ json }) => json.claim.token)
  expect(new Set(tokens).size).toBe(tokens.length)
})

test('after 50 heartbeats at once the board and the index show all 50', async () => {
  const dir = repository()
  await crowd(dir, 50)
  const answers = await atOnce(50, (i) =>
    coord({ cwd: dir, session: `s${i}` }, 'heartbeat', 'building', `target-${i}-`),
  )
  expect(codes(answers)).toEqual(zeros(50))
  const board = texts(dir)
  const index = fs.readFileSync(path.join(roomOf(dir), 'index.json'), 'utf8')
  const missing = Array.from({ length: 50 }, (_, i) => `target-${i}-`).filter(
    (text) => !board.includes(text) || !index.includes(text),
  )
  expect(missing).toEqual([])
  expect(JSON.parse(index).sessions).toHaveLength(50)
})

test('50 messages sent at once arrive, each exactly once', async () => {
  const dir = repository()
  await crowd(dir, 51)
  const answers = await atOnce(50, (i) =>
    coord({ cwd: dir, session: `s${i}` }, 'send', 's50', `note ${i}`, 'text', '--json'),
  )
  expect(codes(answers)).toEqual(zeros(50))
  const inbox = await coord({ cwd: dir, session: 's50' }, 'inbox', '--limit', '100', '--json')
  const subjects = inbox.json.messages.map((message: any) => message.subject)
  expect(subjects.toSorted()).toEqual(Array.from({ length: 50 }, (_, i) => `note ${i}`).toSorted())
  expect(new Set(inbox.json.messages.map((message: any) => message.id)).size).toBe(50)
  expect((await coord({ cwd: dir, session: 's50' }, 'inbox', '--json')).json.messages).toEqual([])
  expect(texts(dir)).toContain('note 49')
})

test('30 sessions started at once have 30 ids and 30 files', async () => {
  const dir = repository()
  const answers = await atOnce(30, () => coord({ cwd: dir, env: agent }, 'start', '--json'))
  expect(codes(answers)).toEqual(zeros(30))
  const ids = new Set(answers.map(({ json }) => json.session.session_id))
  expect(ids.size).toBe(30)
  for (const id of ids) expect(loadSession(dir, id).session_id).toBe(id)
})

test('20 heartbeats of one session at once lose no line and leave a whole session file', async () => {
  const dir = repository()
  await crowd(dir, 1)
  const answers = await atOnce(20, (i) =>
    coord({ cwd: dir, session: 's0' }, 'heartbeat', 'building', `target-${i}-`),
  )
  expect(codes(answers)).toEqual(zeros(20))
  const status = fs.readFileSync(path.join(roomOf(dir), 'status', 's0_status.json'), 'utf8')
  const targets = status
    .trimEnd()
    .split('\n')
    .flatMap((line) => JSON.parse(line).metadata?.target ?? [])
  expect(targets.toSorted()).toEqual(Array.from({ length: 20 }, (_, i) => `target-${i}-`).toSorted())
  const session = loadSession(dir, 's0')
  expect(session).toMatchObject({ session_id: 's0', status: 'active', capabilities: [] })
  expect(session.current_work).toMatch(/^target-\d+-$/)
  const beats = filesBelow(path.join(roomOf(dir), 'heartbeats')).filter((name) => name.endsWith('.json'))
  expect(beats).toHaveLength(20)
})

test('parallel processes of one session claim and release without losing a claim', async () => {
  const dir = repository()
  await crowd(dir, 1)
  const me = { cwd: dir, session: 's0' }
  const names = Array.from({ length: 12 }, (_, i) => `r${i}`)
  const own = await atOnce(12, (i) => coord(me, 'claim', 'task', names[i]!, '--json'))
  expect(codes(own)).toEqual(zeros(12))
  const mine = (await coord(me, 'claims', '--mine', '--json')).json.claims
  expect(mine.map((claim: any) => claim.resource_name).toSorted()).toEqual(names.toSorted())
  const same = await atOnce(8, () => coord(me, 'claim', 'task', 'shared', '--json'))
  expect(codes(same)).toEqual(zeros(8))
  expect(new Set(same.map(({ json }) => json.claim.token)).size).toBe(1)
  const freed = await atOnce(8, () => coord(me, 'release', 'task', 'shared', '--json'))
  expect(codes(freed)).toEqual(zeros(8))
  expect(freed.filter(({ json }) => !json.already)).toHaveLength(1)
  expect((await coord(me, 'claims', 'task/shared', '--json')).json.claims).toEqual([])
})

test('after everything nothing temporary is left and no lock is held', async () => {
  const dir = repository()
  await crowd(dir, 8)
  await atOnce(16, (i) => coord({ cwd: dir, session: `s${i % 8}` }, 'claim', 'task', `x${i % 3}`))
  const left = filesBelow(roomOf(dir)).filter(
    (name) => name.includes('.tmp-') || name.startsWith('.state/locks/'),
  )
  expect(left).toEqual([])
})
