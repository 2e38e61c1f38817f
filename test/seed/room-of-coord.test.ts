/** A room that coord wrote, seen and used by the original scripts. */
import fs from 'node:fs'
import { beforeEach, expect, test } from 'vitest'
import { coord } from '../helpers/cli.ts'
import { temporaryDirectory } from '../helpers/directories.ts'
import { inside } from '../helpers/inside.ts'
import { becomeByScript, currentSession, inRoom, jq, script } from './scripts.ts'

const LONG_AGO = '2020-01-01T00:00:00.000Z'
let dir: string
const one = () => ({ cwd: dir, session: 'one' })
const two = () => ({ cwd: dir, session: 'two' })

beforeEach(async () => {
  dir = temporaryDirectory()
  await coord({ cwd: dir }, 'init')
  for (const id of ['two', 'one']) await coord({ cwd: dir, env: { AI_AGENT: 'none' } }, 'start', '--id', id)
})

test('session-status.sh lists the sessions and claims of coord', async () => {
  inside(one(), 'claim', 'droplet', 'church-guidance')
  inside(one(), 'claim', 'file', 'src/a b.ts')
  inside(one(), 'heartbeat', 'building', 'the tower')
  const { out, code } = script(dir, 'status')
  expect(code).toBe(0)
  expect(out).toMatch(/one: active - the tower \(last: 20\d\d-/)
  expect(out).toMatch(/two: active - idle \(last: 20\d\d-/)
  expect(out).toContain('droplet: church-guidance (claimed by one)')
  expect(out).toContain('file: src/a b.ts (claimed by one)')
  inside(one(), 'release', 'droplet', 'church-guidance')
  expect(script(dir, 'status').out).not.toContain('church-guidance')
})

test('session-check-messages.sh shows broadcasts, and what is addressed to the current session', async () => {
  expect(currentSession(dir)).toBe('one')
  inside(two(), 'send', 'broadcast', 'Tests pass', 'All of them')
  inside(two(), 'send', 'one', 'A question', 'Can I "help"?\nReally?')
  inside(one(), 'send', 'two', 'An answer', 'not yours')
  const { out } = script(dir, 'check-messages')
  const [broadcast, direct] = out.split('=== DIRECT MESSAGES ===')
  expect(broadcast).toContain('From: two\nSubject: Tests pass\nMessage: All of them')
  expect(direct).toContain('From: two\nSubject: A question\nMessage: Can I "help"?\nReally?')
  expect(out).not.toContain('not yours')
})

test('session-claim.sh refuses what coord holds and gets what coord released', async () => {
  inside(two(), 'claim', 'droplet', 'x')
  const refused = script(dir, 'claim', ['droplet', 'x'])
  expect([refused.code, refused.out.includes('Already claimed by two')]).toEqual([1, true])
  inside(two(), 'release', 'droplet', 'x')
  expect(script(dir, 'claim', ['droplet', 'x'])).toEqual({ code: 0, out: '✅ Claimed: droplet/x\n' })
  const { json } = await coord(two(), 'claim', 'droplet', 'x', '--json')
  expect(json.error).toMatchObject({ code: 'held', holder: { claimed_by: 'one' } })
})

test.each(['UTC', 'America/New_York', 'Asia/Tokyo'])(
  'session-heartbeat.sh after coord start is a sign of life, written in %s',
  async (TZ) => {
    jq(inRoom(dir, 'sessions/one.json'), `.last_seen = "${LONG_AGO}" | .last_heartbeat = "${LONG_AGO}"`)
    const level = async () => {
      const { sessions } = (await coord({ cwd: dir }, 'sessions', '--json')).json
      return sessions.find((session: any) => session.session_id === 'one').liveness
    }
    expect((await level()).level).toBe('gone')
    script(dir, 'heartbeat', ['building', 'x', 'BUILD'], { TZ })
    const alive = await level()
    expect([alive.level, /future/.test(alive.reason)]).toEqual(['fresh', false])
    expect(alive.age_ms).toBeLessThan(90_000)
  },
)

test('removing a claim file of coord by script is reported as drift and frees nothing', async () => {
  inside(two(), 'claim', 'droplet', 'x')
  const file = inRoom(dir, 'claims/droplet-x.claim')
  const text = fs.readFileSync(file, 'utf8')
  expect(script(dir, 'release', ['droplet', 'x']).out).toContain('Released')
  expect(fs.existsSync(file)).toBe(false)
  const status = (await coord({ cwd: dir }, 'status', '--json')).json
  expect(status.problems).toMatchObject([{ path: 'claims/droplet-x.claim', kind: 'drifted' }])
  expect(status.claims).toMatchObject([{ resource_name: 'x', claimed_by: 'two' }])
  expect(fs.existsSync(file)).toBe(false)
  const refused = await coord(one(), 'claim', 'droplet', 'x', '--json')
  expect(refused.json.error).toMatchObject({ code: 'held', holder: { claimed_by: 'two' } })
  expect(fs.readFileSync(file, 'utf8')).toBe(text)
  expect((await coord({ cwd: dir }, 'status', '--json')).json.problems).toEqual([])
})

test('the next writing command on a resource puts its claim file back, whatever it changes', async () => {
  const file = inRoom(dir, 'claims/droplet-x.claim')
  inside(two(), 'claim', 'droplet', 'x')
  for (const args of [
    ['renew', 'droplet', 'x', '--for', '1s'],
    ['renew', 'droplet', 'x'],
    ['claim', 'droplet', 'x'],
  ]) {
    script(dir, 'release', ['droplet', 'x'])
    expect((await coord(two(), ...args)).code).toBe(0)
    expect(JSON.parse(fs.readFileSync(file, 'utf8'))).toMatchObject({ claimed_by: 'two', resource_name: 'x' })
  }
})

test('a script that overwrites a removed claim file is reported, and the ledger still counts', async () => {
  inside(two(), 'claim', 'droplet', 'x')
  script(dir, 'release', ['droplet', 'x'])
  becomeByScript(dir, 'one')
  expect(script(dir, 'claim', ['droplet', 'x']).code).toBe(0)
  const status = (await coord({ cwd: dir }, 'status', '--json')).json
  expect(status.claims).toMatchObject([{ claimed_by: 'two' }])
  expect(status.problems.map((problem: any) => problem.kind)).toContain('drifted')
  expect((await coord(two(), 'renew', 'droplet', 'x')).code).toBe(0)
  expect(JSON.parse(fs.readFileSync(inRoom(dir, 'claims/droplet-x.claim'), 'utf8')).claimed_by).toBe('two')
})

test('after coord end the scripts have no session to act as by mistake', async () => {
  inside(one(), 'end')
  expect(fs.existsSync(inRoom(dir, '.current_session'))).toBe(false)
  expect(script(dir, 'status').out).toContain('one: completed')
})
