/** Cleaners and writers at the same time: nothing that counts is lost, and what may go goes once. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { fileTime } from '../../src/protocol/time.ts'
import { type Answer, coord } from '../helpers/cli.ts'
import { inside } from '../helpers/inside.ts'
import { atOnce, filesBelow, loadSession, readJson, repository, roomOf } from './support.ts'

const HOUR = 3_600_000
const LIVE = 12
const OVER = 30
const agent = { AI_AGENT: 'none' }

const failures = (answers: Answer[]) =>
  answers.filter(({ code }) => code !== 0).map(({ err, out }) => err || out)
const lines = (file: string) => fs.readFileSync(file, 'utf8').trimEnd().split('\n')

/** Live sessions that hold a claim, sessions that are over, some silent for two days, and 500 old heartbeats. */
async function crowd(dir: string): Promise<void> {
  inside({ cwd: dir, env: agent }, 'start', '--id', 'live0')
  const first = { ...loadSession(dir, 'live0'), pid: null }
  const room = roomOf(dir)
  const write = (file: string, value: object) =>
    fs.writeFileSync(path.join(room, file), `${JSON.stringify(value)}\n`)
  const before = (hours: number) => new Date(Date.now() - hours * HOUR).toISOString()
  for (let i = 1; i < LIVE; i++) write(`sessions/live${i}.json`, { ...first, session_id: `live${i}` })
  for (let i = 0; i < OVER; i++) {
    const at = before(i % 2 ? 3 : 48)
    const ended = i % 2 ? { status: 'completed', ended_at: at } : {}
    write(`sessions/over${i}.json`, { ...first, session_id: `over${i}`, last_seen: at, ...ended })
    write(`status/over${i}_status.json`, {
      timestamp: at,
      session: `over${i}`,
      status: 'idle',
      message: 'before',
    })
    write(`receipts/over${i}.jsonl`, { at, message: `m${i}`, state: 'read' })
  }
  for (let i = 0; i < 500; i++) {
    const time = Date.now() - 30 * HOUR - i
    write(`heartbeats/${fileTime(time)}-over1.json`, {
      session_id: 'over1',
      timestamp: new Date(time).toISOString(),
    })
  }
}

test('two cleaners and many writers at once lose nothing', async () => {
  const dir = repository()
  await crowd(dir)
  const room = roomOf(dir)
  const as = (id: string, ...args: string[]) =>
    coord({ cwd: dir, session: id, env: agent }, ...args, '--json')
  const claimed = await atOnce(LIVE, (i) => as(`live${i}`, 'claim', 'task', `t${i}`))
  expect(failures(claimed)).toEqual([])
  const clean = () => coord({ cwd: dir }, 'gc', '--json')
  const [cleaners, beats, sent, started, ended, back] = await Promise.all([
    atOnce(4, clean),
    atOnce(LIVE, (i) => as(`live${i}`, 'heartbeat', 'building', `target${i}`)),
    atOnce(12, (i) => as(`live${i}`, 'send', i % 2 ? 'broadcast' : 'live0', `note ${i}`)),
    atOnce(8, (i) => coord({ cwd: dir, env: agent }, 'start', '--id', `new${i}`, '--json')),
    atOnce(2, (i) => as(`live${LIVE - 1 - i}`, 'end')),
    atOnce(5, (i) => as(`over${2 * i}`, 'heartbeat', 'back', `again${i}`)),
  ])
  expect(failures([...cleaners, ...beats, ...sent, ...started, ...back])).toEqual([])
  expect(failures(ended)).toEqual([])
  const last = await clean()
  expect(last.json.counts).toMatchObject({ heartbeats: 0, sessions: 0, histories: 0, temporaries: 0 })

  const live = fs.readdirSync(path.join(room, 'sessions')).filter((name) => name.endsWith('.json'))
  const expected = [
    ...Array.from({ length: LIVE }, (_, i) => `live${i}`),
    ...Array.from({ length: 8 }, (_, i) => `new${i}`),
    ...Array.from({ length: 5 }, (_, i) => `over${2 * i}`),
  ].map((id) => `${id}.json`)
  expect(live.toSorted()).toEqual(expected.toSorted())
  const archived = filesBelow(path.join(room, 'archive')).filter((file) => file.includes('sessions/'))
  expect(archived).toHaveLength(OVER - 5)
  for (const file of archived) expect(readJson(path.join(room, 'archive', file)).session_id).toMatch(/^over/)
  const histories = filesBelow(room).filter((file) => /status\/over\d+_status\.json$/.test(file))
  expect(histories).toHaveLength(OVER)
  for (let i = 0; i < 5; i++) {
    expect(loadSession(dir, `over${2 * i}`)).toMatchObject({ status: 'active', current_work: `again${i}` })
    expect(lines(path.join(room, `status/over${2 * i}_status.json`)).join()).toMatch(/before.*again/s)
    expect(lines(path.join(room, `receipts/over${2 * i}.jsonl`))).toHaveLength(1)
  }
  const messages = (await coord({ cwd: dir }, 'messages', '--limit', '100', '--json')).json.messages
  const subjects = messages
    .map((message: any) => message.subject)
    .filter((text: string) => text.startsWith('note'))
  expect(subjects.toSorted()).toEqual(sent.map(({ json }) => json.message.subject).toSorted())
  const claims = (await coord({ cwd: dir }, 'claims', '--limit', '100', '--json')).json.claims
  expect(claims.map((claim: any) => [claim.claimed_by, claim.resource_name]).toSorted()).toEqual(
    Array.from({ length: LIVE - 2 }, (_, i) => [`live${i}`, `t${i}`]).toSorted(),
  )
  const beaten = filesBelow(path.join(room, 'heartbeats')).filter((name) => name.endsWith('.json'))
  expect(beaten).toHaveLength(LIVE + 5)
  const status = await coord({ cwd: dir }, 'status', '--json')
  expect(status.json).toMatchObject({ problems: [], unregistered: [] })
})

test('receipts given while cleaners shorten the file are all there', async () => {
  const dir = repository()
  inside({ cwd: dir, env: agent }, 'start', '--id', 'one')
  inside({ cwd: dir, env: agent }, 'start', '--id', 'two')
  const file = path.join(roomOf(dir), 'receipts/one.jsonl')
  const old = Date.now() - 40 * 24 * HOUR
  const stale = Array.from({ length: 3000 }, (_, i) => ({
    at: new Date(old).toISOString(),
    message: `${fileTime(old)}-two-${String(i).padStart(4, '0')}`,
    state: 'read',
  }))
  fs.writeFileSync(file, stale.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const two = { cwd: dir, session: 'two' }
  const sent = await atOnce(12, (i) => coord(two, 'send', 'one', `note ${i}`, '--json'))
  const ids = sent.map(({ json }) => json.message.id as string)
  const [cleaned, acked] = await Promise.all([
    atOnce(4, () => coord({ cwd: dir }, 'gc', '--json')),
    atOnce(12, (i) => coord({ cwd: dir, session: 'one' }, 'ack', ids[i]!, '--json')),
  ])
  expect(failures([...cleaned, ...acked])).toEqual([])
  const kept = lines(file).map((line) => (JSON.parse(line) as { message: string }).message)
  expect([...new Set(kept)].toSorted()).toEqual(ids.toSorted())
})
