/** A room that the original scripts wrote: everything in it is read, and their claims are honoured. */
import fs from 'node:fs'
import { beforeEach, expect, test } from 'vitest'
import { coord } from '../helpers/cli.ts'
import { inside } from '../helpers/inside.ts'
import { bareRoom, becomeByScript, inRoom, jq, script, startByScript } from './scripts.ts'

const LONG_AGO = '2020-01-01T00:00:00Z'
const PAST = 'expires_at = "2020-01-01T04:00:00Z" | .claimed_at = "2020-01-01T00:00:00Z"'
let dir: string
let alice: string

beforeEach(() => {
  dir = bareRoom()
})

const file = (type: string, name: string) => inRoom(dir, 'claims', `${type}-${name}.claim`)
const read = (name: string) => fs.readFileSync(name, 'utf8')

async function startCoord(id: string): Promise<{ cwd: string; session: string }> {
  const { code, err } = await coord(
    { cwd: dir, env: { AI_AGENT: 'none' } },
    'start',
    '--id',
    id,
    '--dir',
    inRoom(dir),
  )
  expect([code, err]).toEqual([0, ''])
  return { cwd: dir, session: id }
}

/** The session of a script, seen by `coord sessions`. */
async function liveness(id: string) {
  const { sessions } = (await coord({ cwd: dir }, 'sessions', '--all', '--json')).json
  return sessions.find((session: any) => session.session_id === id).liveness
}

test('a room written by the scripts alone is read completely, and reading changes nothing', async () => {
  alice = startByScript(dir)
  script(dir, 'heartbeat', ['building', 'church-guidance', 'BUILD - intake form (50%)'])
  script(dir, 'claim', ['droplet', 'church-guidance'])
  script(dir, 'send-message', ['broadcast', 'SPECS complete', 'Ready for BUILD'])
  const bob = startByScript(dir)
  script(dir, 'send-message', [alice, 'Question', 'Can I help?'])
  const before = fs.readdirSync(inRoom(dir), { recursive: true }).toSorted()
  const status = (await coord({ cwd: dir }, 'status', '--json')).json
  expect(status.sessions.map((session: any) => session.session_id).toSorted()).toEqual(
    [alice, bob].toSorted(),
  )
  expect(status.claims).toMatchObject([
    { resource_type: 'droplet', resource_name: 'church-guidance', claimed_by: alice },
  ])
  expect(status.messages.map((message: any) => message.subject).toSorted()).toEqual([
    'Question',
    'SPECS complete',
  ])
  expect([status.problems, status.unregistered]).toEqual([[], []])
  const { claims } = (await coord({ cwd: dir }, 'claims', '--json')).json
  expect(claims[0]).toMatchObject({ claimed_by: alice, expired: false })
  const { messages } = (await coord({ cwd: dir }, 'messages', '--json')).json
  expect(messages).toMatchObject([
    { from: alice, to: 'broadcast', message: 'Ready for BUILD' },
    { from: bob, to: alice, message: 'Can I help?' },
  ])
  const board = (await coord({ cwd: dir }, 'board', '--print')).out
  for (const text of [alice, bob, 'droplet/church-guidance', 'Ready for BUILD']) expect(board).toContain(text)
  expect(fs.readdirSync(inRoom(dir), { recursive: true }).toSorted()).toEqual(before)
})

test('a direct message of a script reaches the inbox of a coord session, once', async () => {
  startByScript(dir)
  const carl = await startCoord('carl')
  becomeByScript(dir, 'alice')
  script(dir, 'send-message', ['carl', 'Question', 'Can I help?'])
  const { messages } = (await coord(carl, 'inbox', '--json')).json
  expect(messages).toMatchObject([{ from: 'alice', to: 'carl', message: 'Can I help?' }])
  expect((await coord(carl, 'inbox', '--json')).json.messages).toEqual([])
})

test.each(['UTC', 'America/New_York', 'Asia/Tokyo'])(
  'heartbeats of a script keep its session alive, written in %s',
  async (TZ) => {
    alice = startByScript(dir)
    jq(
      inRoom(dir, 'sessions', `${alice}.json`),
      `.started_at = "${LONG_AGO}" | .last_heartbeat = "${LONG_AGO}"`,
    )
    expect((await liveness(alice)).level).toBe('gone')
    script(dir, 'heartbeat', ['building', 'x', 'BUILD'], { TZ })
    const alive = await liveness(alice)
    expect(alive.level).toBe('fresh')
    expect(alive.age_ms).toBeLessThan(30_000)
    expect(alive.reason).not.toContain('future')
  },
)

test('an old heartbeat of a script leaves its session gone', async () => {
  alice = startByScript(dir)
  script(dir, 'heartbeat', ['building', 'x', 'BUILD'])
  const [name] = fs.readdirSync(inRoom(dir, 'heartbeats')).filter((entry) => entry.endsWith('.json'))
  jq(
    inRoom(dir, 'sessions', `${alice}.json`),
    `.started_at = "${LONG_AGO}" | .last_heartbeat = "${LONG_AGO}"`,
  )
  jq(inRoom(dir, 'heartbeats', name!), `.timestamp = "${LONG_AGO}"`)
  expect((await liveness(alice)).level).toBe('gone')
})

test('the claim of a script is held, with a token; its file stays untouched, renewed by nobody', async () => {
  alice = startByScript(dir)
  script(dir, 'claim', ['droplet', 'x'])
  const text = read(file('droplet', 'x'))
  const carl = await startCoord('carl')
  const refused = await coord(carl, 'claim', 'droplet', 'x', '--json')
  expect([refused.code, refused.json.error.code]).toEqual([1, 'held'])
  const { holder } = refused.json.error
  expect(holder).toMatchObject({ claimed_by: alice })
  expect(holder.token).toBeGreaterThan(1_700_000_000)
  const again = (await coord(carl, 'claim', 'droplet', 'x', '--json')).json.error.holder
  expect(again.token).toBe(holder.token)
  inside({ cwd: dir, session: alice }, 'heartbeat', 'building', 'x')
  inside(carl, 'heartbeat', 'building', 'y')
  expect((await coord(carl, 'release', 'droplet', 'x', '--json')).json.error.code).toBe('not_owner')
  expect(read(file('droplet', 'x'))).toBe(text)
})

test('session-release.sh frees the claim of a script, adopted or not', async () => {
  startByScript(dir)
  const carl = await startCoord('carl')
  becomeByScript(dir, 'alice')
  for (const adopted of [false, true]) {
    const name = `x-${adopted}`
    script(dir, 'claim', ['droplet', name])
    const first = adopted
      ? (await coord(carl, 'claim', 'droplet', name, '--json')).json.error.holder.token
      : 0
    expect(script(dir, 'release', ['droplet', name]).out).toContain('Released')
    expect((await coord({ cwd: dir }, 'claims', '--type', 'droplet', '--json')).json.claims).toHaveLength(
      adopted ? 1 : 0,
    )
    const { code, json } = await coord(carl, 'claim', 'droplet', name, '--json')
    expect(code).toBe(0)
    expect(json.claim.token).toBeGreaterThan(first)
    expect(json.took_over).toBeUndefined()
  }
})

test('an expired claim of a script is taken over, and the script then sees the new holder', async () => {
  alice = startByScript(dir)
  script(dir, 'claim', ['droplet', 'x'])
  const carl = await startCoord('carl')
  jq(file('droplet', 'x'), `.${PAST}`)
  const { json } = await coord(carl, 'claim', 'droplet', 'x', '--json')
  expect(json).toMatchObject({ ok: true, took_over: { claimed_by: alice } })
  expect(JSON.parse(read(file('droplet', 'x')))).toMatchObject({
    claimed_by: 'carl',
    token: json.claim.token,
  })
  becomeByScript(dir, alice)
  const refused = script(dir, 'claim', ['droplet', 'x'])
  expect(refused.code).toBe(1)
  expect(refused.out).toContain('Already claimed by carl')
  expect(script(dir, 'status').out).toContain('droplet: x (claimed by carl)')
})

test('a script that claims anew after its expiry is honoured anew', async () => {
  alice = startByScript(dir)
  script(dir, 'claim', ['droplet', 'x'])
  const carl = await startCoord('carl')
  expect((await coord(carl, 'claim', 'droplet', 'x')).code).toBe(1)
  jq(file('droplet', 'x'), `.${PAST}`)
  becomeByScript(dir, alice)
  script(dir, 'claim', ['droplet', 'x'])
  expect((await coord(carl, 'claim', 'droplet', 'x', '--json')).json.error).toMatchObject({
    code: 'held',
    holder: { claimed_by: alice },
  })
})

test('coord goes on as the session that a script started', async () => {
  alice = startByScript(dir)
  const { json } = await coord({ cwd: dir }, 'heartbeat', 'testing', 'x', '--json')
  expect(json.heartbeat.session_id).toBe(alice)
  expect(script(dir, 'status').out).toMatch(new RegExp(`${alice}: active - x \\(last: 20`))
})
