import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { shell } from '../helpers/cli.ts'
import { makeRoom, NOW, PINNED, said } from './rooms.ts'

test('the seed forms of claim and release work as written', async () => {
  const room = await makeRoom('session-001')
  const call = { cwd: room.dir, session: 'session-001', env: PINNED }
  const { out, code, err } = await shell(call, 'coord claim droplet name && coord release')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out.split('\n')).toEqual([
    expect.stringMatching(/^claimed droplet\/name until 14:00Z, in 4h \(token \d+\)$/),
    'released droplet/name',
    'told all: droplet/name released',
  ])
  expect(room.files('claims')).toEqual([])
})

test('claim --json has the claim right after ok, its token and expiry first', async () => {
  const room = await makeRoom('one')
  const { json } = await room.as(
    'one',
    'claim',
    'droplet',
    'x',
    '--for',
    '90m',
    '--phase',
    'BUILD',
    '--note',
    'n',
    '--json',
  )
  expect(Object.keys(json)).toEqual(['ok', 'claim'])
  expect(Object.keys(json.claim).slice(0, 2)).toEqual(['token', 'expires_at'])
  expect(json.claim).toEqual({
    token: expect.any(Number),
    expires_at: '2026-11-20T11:30:00.000Z',
    claimed_by: 'one',
    claimed_at: NOW,
    resource_type: 'droplet',
    resource_name: 'x',
    phase: 'BUILD',
    estimated_duration: '1h 30m',
    allow_coordination: true,
    claim_id: expect.any(String),
    renew: true,
    note: 'n',
    host: expect.any(String),
  })
})

test('flags of a claim that begin with no- reach its record', async () => {
  const room = await makeRoom('one')
  const { json } = await room.as('one', 'claim', 'droplet', 'x', '--no-renew', '--no-coordination', '--json')
  expect(json.claim).toMatchObject({ renew: false, allow_coordination: false })
})

test('claiming what is mine renews it and says so', async () => {
  const room = await makeRoom('one')
  const first = await room.as('one', 'claim', 'droplet', 'x', '--json')
  const again = await room.later(60, 'one', 'claim', 'droplet', 'x', '--json')
  expect(again.json).toMatchObject({ ok: true, claim: { token: first.json.claim.token }, already: true })
  expect(again.json.claim.expires_at).toBe('2026-11-20T15:00:00.000Z')
  expect(said(await room.later(60, 'one', 'claim', 'droplet', 'X'))).toMatch(
    /^already yours: droplet\/x until 15:00Z/,
  )
})

test('several files are claimed all or nothing', async () => {
  const room = await makeRoom('one', 'two')
  const { json } = await room.as('one', 'claim', 'file', 'src/a.ts', 'src/b c.ts', '--json')
  expect(json.claims.map((claim: { resource_name: string }) => claim.resource_name)).toEqual([
    'src/a.ts',
    'src/b c.ts',
  ])
  const refused = await room.as('two', 'claim', 'file', 'free.ts', 'src/a.ts', '--json')
  expect(refused.json.error).toMatchObject({ code: 'held', resource_type: 'file', resource_name: 'src/a.ts' })
  expect(room.files('claims').sort()).toEqual(['file-src%2Fa.ts.claim', 'file-src%2Fb%20c.ts.claim'])
})

test('a takeover names the old claim, and the old holder is told', async () => {
  const room = await makeRoom('one', 'two')
  await room.did('one', 'claim', 'droplet', 'x', '--for', '1m', '--no-renew')
  const taken = await room.later(5, 'two', 'claim', 'droplet', 'x', '--json')
  expect(Object.keys(taken.json)).toEqual(['ok', 'claim', 'took_over'])
  expect(taken.json.took_over).toMatchObject({ claimed_by: 'one', token: taken.json.claim.token - 1 })
  const mail = await room.later(6, 'one', 'inbox', '--from', 'two', '--json')
  expect(mail.json.messages).toMatchObject([{ type: 'claim_taken_over', to: 'one' }])
})

test('renew prolongs a claim and never shortens it', async () => {
  const room = await makeRoom('one')
  const { json } = await room.as('one', 'claim', 'droplet', 'x', '--json')
  const { token } = json.claim
  expect(said(await room.later(30, 'one', 'renew', 'droplet', 'x', '--for', '6h'))).toBe(
    `renewed droplet/x until 16:30Z, in 6h (token ${token})`,
  )
  const shorter = await room.later(
    31,
    'one',
    'renew',
    'droplet',
    'x',
    '--for',
    '1m',
    '--token',
    `${token}`,
    '--json',
  )
  expect(shorter.json).toMatchObject({ ok: true, claim: { token, expires_at: '2026-11-20T16:30:00.000Z' } })
  expect(Object.keys(shorter.json)).toEqual(['ok', 'claim'])
})

test('a release announces the completed work with its details, once', async () => {
  const room = await makeRoom('one', 'two')
  await room.did('one', 'claim', 'droplet', 'church')
  const flags = [
    '--phase-completed',
    'BUILD',
    '--next-phase',
    'PRODUCTION',
    '--files',
    'a.ts',
    '--tests-passing',
    'yes',
  ]
  const { json } = await room.as('one', 'release', 'droplet', 'church', ...flags, '--json')
  expect(json.claim).toMatchObject({ resource_name: 'church', claimed_by: 'one' })
  expect(json.message).toMatchObject({
    to: 'broadcast',
    type: 'work_completed',
    subject: 'church BUILD phase complete',
    details: {
      resource: 'church',
      phase_completed: 'BUILD',
      next_phase: 'PRODUCTION',
      files_modified: ['a.ts'],
      tests_passing: true,
    },
  })
  const again = await room.as('one', 'release', 'droplet', 'church', '--json')
  expect(again.json).toMatchObject({ ok: true, already: true })
  expect((await room.as('two', 'inbox', '--json')).json.messages).toHaveLength(1)
})

test('release --all releases all, with --no-announce in silence', async () => {
  const room = await makeRoom('one')
  for (const name of ['x', 'y']) await room.as('one', 'claim', 'droplet', name)
  const asked = await room.as('one', 'release', '--json')
  expect(asked).toMatchObject({
    code: 2,
    json: {
      error: {
        code: 'ambiguous',
        candidates: ['x', 'y'].map((resource_name) => ({ resource_type: 'droplet', resource_name })),
      },
    },
  })
  expect(said(await room.as('one', 'release', '--all', '--no-announce'))).toBe(
    'released droplet/x\nreleased droplet/y',
  )
  expect(room.files('messages/broadcast')).toEqual([])
})

test('a forced release needs a reason, and the holder is told it', async () => {
  const room = await makeRoom('one', 'two')
  await room.did('one', 'claim', 'droplet', 'x')
  const bare = await room.as('two', 'release', 'droplet', 'x', '--force', '--json')
  expect(bare).toMatchObject({ code: 2, json: { error: { code: 'invalid', argument: 'reason' } } })
  expect(said(await room.as('two', 'release', 'droplet', 'x', '--force', '--reason', 'it crashed'))).toBe(
    'released droplet/x',
  )
  const mail = await room.as('one', 'inbox', '--json')
  expect(mail.json.messages).toMatchObject([
    { type: 'claim_forced', subject: 'droplet/x was released by force: it crashed' },
  ])
})

test('claims lists all, mine, a type, or the expired ones', async () => {
  const room = await makeRoom('one', 'two')
  expect(said(await room.plain('claims'))).toBe('nothing is claimed')
  await room.did('one', 'claim', 'droplet', 'x', '--phase', 'BUILD', '--note', 'soon done')
  await room.did('two', 'claim', 'file', 'a b.ts', '--for', '10m', '--no-renew')
  const names = async (...args: string[]) => {
    const { json } = await room.later(20, 'one', 'claims', ...args, '--json')
    return json.claims.map((claim: Record<string, string>) => `${claim.resource_type}/${claim.resource_name}`)
  }
  expect(
    said(await room.as('one', 'claims'))
      .split('\n')
      .map((line) => line.replace(/token \d+/, 'token N'))
      .sort(),
  ).toEqual([
    'droplet/x    one (you)  in 4h   token N  BUILD – soon done',
    'file/a b.ts  two        in 10m  token N',
  ])
  expect(await names('--mine')).toEqual(['droplet/x'])
  expect(await names('--type', 'file')).toEqual(['file/a b.ts'])
  expect(await names('--expired')).toEqual(['file/a b.ts'])
})

test('claims of one resource also tells the past holders', async () => {
  const room = await makeRoom('one', 'two')
  await room.did('one', 'claim', 'droplet', 'x')
  await room.did('one', 'release')
  await room.didLater(10, 'two', 'claim', 'droplet', 'x')
  const { json, out } = await room.later(10, 'one', 'claims', 'droplet/x', '--json')
  expect(out).toMatch(/^\{"ok":true,/)
  expect(json.claims).toMatchObject([{ claimed_by: 'two', expired: false }])
  // What is left goes by the boot clock, which nobody pins.
  expect(Math.abs(json.claims[0].expires_in_ms - 14_400_000)).toBeLessThan(60_000)
  expect(json.claims[0].holder_liveness).toMatchObject({
    level: expect.any(String),
    age_ms: expect.any(Number),
  })
  const [first] = json.past
  expect(json.past).toEqual([
    {
      claimed_by: 'one',
      token: json.claims[0].token - 1,
      claim_id: expect.any(String),
      from: NOW,
      until: NOW,
      ended: 'released',
      by: null,
      holder_name: null,
      by_name: null,
    },
  ])
  expect(said(await room.later(10, 'one', 'claims', 'droplet/x')).split('\n')).toEqual([
    expect.stringMatching(/^droplet\/x {2}two {2}in 4h {2}token \d+$/),
    'held before',
    `  one (you)  token ${first.token}  10:00Z – 10:00Z  released`,
  ])
})

test('claims of a free resource says so, and how each past holder lost it', async () => {
  const room = await makeRoom('one', 'two')
  await room.did('one', 'claim', 'droplet', 'x', '--for', '10m', '--no-renew')
  await room.didLater(20, 'two', 'claim', 'droplet', 'x')
  await room.didLater(30, 'one', 'release', 'droplet', 'x', '--force', '--reason', 'two went home')
  const lines = said(await room.later(40, 'one', 'claims', 'droplet/x')).split('\n')
  expect(lines.map((line) => line.replace(/token \d+/, 'token N'))).toEqual([
    'droplet/x is free',
    'held before',
    '  two        token N  10:20Z – 10:30Z  forced by one (you): two went home',
    '  one (you)  token N  10:00Z – 10:10Z  expired, taken over by two',
  ])
  const { json } = await room.later(40, 'one', 'claims', 'droplet/x', '--limit', '1', '--json')
  expect(json).toMatchObject({ past: [{ claimed_by: 'two', by: 'one' }], past_omitted: 1 })
})

test('claims of one resource says where the memory of the ledger ends', async () => {
  const room = await makeRoom('one')
  await room.did('one', 'claim', 'droplet', 'x')
  const first = path.join(room.root, '.state/ledger/droplet-x/000000000001')
  for (let i = 1; i <= 2; i++) await room.later(i, 'one', 'claim', 'droplet', 'x', '--for', `${i + 4}h`)
  expect((await room.plain('claims', 'droplet/x', '--json')).json.past_since).toBeUndefined()
  fs.rmSync(first)
  expect((await room.plain('claims', 'droplet/x', '--json')).json.past_since).toBe('2026-11-20T10:01:00.000Z')
  expect(said(await room.later(5, 'one', 'claims', 'droplet/x'))).toContain(
    'what was before 10:01Z is not recorded any more: the ledger keeps its last 64 decisions',
  )
})
