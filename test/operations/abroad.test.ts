/** What a session sees of holders, handoffs and requests of other machines, and what it can do: as with those of its own room. */
import { beforeEach, describe, expect, test } from 'vitest'
import { claim } from '../../src/operations/claim.ts'
import { claims } from '../../src/operations/claims.ts'
import { cost } from '../../src/operations/cost.ts'
import { doctor } from '../../src/operations/doctor.ts'
import { guard } from '../../src/operations/guard.ts'
import { handoff } from '../../src/operations/handoff.ts'
import { history } from '../../src/operations/history.ts'
import { inbox } from '../../src/operations/inbox.ts'
import { remote } from '../../src/operations/remote.ts'
import { request } from '../../src/operations/request.ts'
import { rescue } from '../../src/operations/rescue.ts'
import { send } from '../../src/operations/send.ts'
import { sessions } from '../../src/operations/sessions.ts'
import { status } from '../../src/operations/status.ts'
import { errorOf } from '../store/helpers.ts'
import { createTeam, type Machine, type Team } from './synced.ts'

let team: Team
let a: Machine
let b: Machine

beforeEach(() => {
  team = createTeam(2)
  ;[a, b] = team.machines as [Machine, Machine]
  a.world.start('s-anna', { name: 'anna' })
  b.world.start('s-bob', { name: 'bob' })
})

const FILE = { type: 'file', name: ['src/x.ts'] }

const meet = () => {
  team.round()
  team.round()
}

describe('A holder of another machine', () => {
  test('is told by name, machine and liveness in refusals, by guard and in lists, once its session is known', () => {
    const { token } = claim.run(a.as('s-anna'), FILE).claim
    const far = { claimed_by: 's-anna', token, machine: a.id }
    expect(errorOf(() => claim.run(b.as('s-bob'), FILE))).toMatchObject({
      code: 'held',
      message: expect.stringContaining(`held by s-anna @${a.id} (not heard of yet)`),
      details: { holder: { ...far, liveness: null } },
    })
    meet()
    const seen = { ...far, name: 'anna', liveness: { level: 'fresh' } }
    const message = expect.stringMatching(new RegExp(`held by anna @${a.id} \\(idle, seen .* ago\\)`))
    expect(errorOf(() => claim.run(b.as('s-bob'), FILE))).toMatchObject({
      message,
      details: { holder: seen },
    })
    expect(errorOf(() => guard.run(b.as('s-bob'), { path: ['src/x.ts'] }))).toMatchObject({
      message,
      details: { holder: seen, conflicts: [{ holder: seen, holder_name: 'anna' }] },
    })
    expect(claims.run(b.as(null), {}).claims).toMatchObject([
      {
        claimed_by: 's-anna',
        holder_name: 'anna',
        holder_machine: a.id,
        holder_liveness: { level: 'fresh' },
      },
    ])
    expect(claims.run(a.as(null), {}).claims[0]).not.toHaveProperty('holder_machine')
    const shown = sessions.run(b.as(null), {}).sessions.find(({ session_id }) => session_id === 's-anna')
    expect(shown).toMatchObject({ machine: a.id })
    expect(shown).not.toHaveProperty('project')
  })
})

describe('A handoff of another machine', () => {
  test('is shown to whoever claims its resource next, until a later one is left', () => {
    claim.run(a.as('s-anna'), FILE)
    const left = handoff.run(a.as('s-anna'), { type: 'file', name: 'src/x.ts', note: 'half done' })
    const { id } = (left as { handoff: { id: string } }).handoff
    a.sync()
    b.sync()
    const path = `.state/foreign/${a.id}/handoffs/${id}.md`
    expect(claim.run(b.as('s-bob'), FILE).handoff).toMatchObject({
      ...{ id, path, machine: a.id, from: 's-anna', from_name: 'anna', note: 'half done' },
    })
    expect(doctor.run(b.as(null), {}).problems).toEqual([])
    b.world.advance(1000)
    handoff.run(b.as('s-bob'), { type: 'file', name: 'src/x.ts', note: 'nearly done' })
    expect(claim.run(b.as('s-bob'), FILE).handoff).toMatchObject({ from: 's-bob', note: 'nearly done' })
  })
})

describe('A request of another machine', () => {
  const act = (at: Machine, by: string, given: Parameters<typeof request.run>[1]) =>
    request.run(at.as(by), given) as Record<string, any>
  const mail = (at: Machine, by: string) => inbox.run(at.as(by), { peek: true }).messages
  const open = (at: Machine) => act(at, at === a ? 's-anna' : 's-bob', { list: true }).requests as unknown[]

  /** `bob` holds what `anna` asks for, and has her request. */
  function asked() {
    meet()
    const held = claim.run(b.as('s-bob'), FILE).claim
    a.sync()
    const id = act(a, 's-anna', { type: 'file', name: 'src/x.ts', reason: 'a fix' }).message.id as string
    a.sync()
    b.sync()
    return { held, id }
  }

  test('is open here, and granted the claim is kept for who asked, who takes it over and is told of no loss', () => {
    const { held, id } = asked()
    expect(open(b)).toMatchObject([{ id, from: 's-anna', to: 's-bob' }])
    expect(mail(b, 's-bob').map(({ type }) => type)).toContain('release_request')
    b.world.start('s-carl')
    act(b, 's-carl', { type: 'file', name: 'src/x.ts', reason: 'me too' })
    const granted = act(b, 's-bob', { grant: id })
    expect(granted).toMatchObject({
      kept_for: { machine: a.id, session: 's-anna' },
      handoff: { to: 's-anna' },
    })
    expect(errorOf(() => claim.run(b.as('s-carl'), FILE))).toMatchObject({
      message: expect.stringContaining(`held by anna @${a.id}`),
      details: { holder: { claimed_by: 's-anna', machine: a.id } },
    })
    expect(errorOf(() => guard.run(b.as('s-bob'), { path: ['src/x.ts'] })).code).toBe('held')
    expect(mail(b, 's-carl')).toMatchObject([
      { type: 'request_passed', subject: `file/src/x.ts went to anna @${a.id}: ask again` },
    ])
    expect(open(b)).toEqual([])
    expect(doctor.run(b.as(null), {}).problems).toEqual([])
    b.sync()
    a.sync()
    const told = mail(a, 's-anna').find(({ type }) => type === 'handoff')!
    expect(told).toMatchObject({ from: 's-bob', subject: 'file/src/x.ts is kept for you: claim it' })
    expect(told.message).toContain('coord claim file src/x.ts')
    expect(open(a)).toEqual([])
    expect(errorOf(() => claim.run(a.as('s-a'), FILE))).toMatchObject({
      code: 'held',
      message: expect.stringContaining(`held by anna, for whom @${b.id} keeps it until claimed (idle`),
    })
    const mine = { type: 'file', name: 'src/x.ts', reason: 'again' }
    expect(errorOf(() => act(a, 's-anna', mine)).message).toContain('is kept for you')
    const taken = claim.run(a.as('s-anna'), FILE)
    expect(taken).toMatchObject({
      claim: { claimed_by: 's-anna' },
      handoff: { from: 's-bob', machine: b.id },
    })
    expect(taken).not.toHaveProperty('took_over')
    expect([taken.claim.provisional, 'kept_for' in taken.claim]).toEqual([undefined, false])
    expect(taken.claim.token).toBeGreaterThan(Number(granted.handoff.claims[0].token))
    expect(Number(granted.handoff.claims[0].token)).toBeGreaterThan(held.token)
    a.sync()
    const before = mail(b, 's-bob').length
    expect(b.sync().claims).toMatchObject({ lost: [] })
    a.sync()
    expect(claims.run(b.as(null), {}).claims).toMatchObject([
      { claimed_by: 's-anna', token: taken.claim.token, machine: a.id },
    ])
    expect(mail(a, 's-anna').map(({ type }) => type)).not.toContain('claim_lost')
    expect(mail(b, 's-bob')).toHaveLength(before)
  })

  test('is refused with a reason that travels back, or taken back, which travels here', () => {
    const { held, id } = asked()
    act(b, 's-bob', { refuse: id, reason: 'done in an hour' })
    b.sync()
    a.sync()
    expect(mail(a, 's-anna')).toMatchObject([
      { type: 'request_refused', message: 'done in an hour', reply_to: id },
    ])
    expect(open(a)).toEqual([])
    const again = act(a, 's-anna', { type: 'file', name: 'src/x.ts', reason: 'please' }).message.id as string
    a.sync()
    b.sync()
    expect(open(b)).toHaveLength(1)
    act(a, 's-anna', { withdraw: again })
    a.sync()
    b.sync()
    expect(open(b)).toEqual([])
    expect(errorOf(() => act(b, 's-bob', { grant: again }))).toMatchObject({ code: 'conflict' })
    expect(claims.run(b.as(null), {}).claims).toMatchObject([{ claimed_by: 's-bob', token: held.token }])
  })
})

test('a handoff to a session of another machine keeps the claim for it for half an hour, and for who comes then', () => {
  meet()
  const place = { type: 'file', name: '/etc/hosts' }
  claim.run(a.as('s-anna'), FILE)
  claim.run(a.as('s-anna'), { ...place, name: [place.name] })
  const give = (name: string) => handoff.run(a.as('s-anna'), { type: 'file', name, to: 'bob', note: 'go on' })
  expect(errorOf(() => give(place.name))).toMatchObject({ code: 'conflict' })
  expect(give('src/x.ts')).toMatchObject({ kept_for: { machine: b.id, session: 's-bob' } })
  expect(errorOf(() => claim.run(a.as('s-a'), FILE)).code).toBe('held')
  team.advance(29 * 60_000)
  expect(errorOf(() => claim.run(b.as('s-b'), FILE)).code).toBe('held')
  team.advance(5 * 60_000)
  expect(claim.run(a.as('s-a'), FILE).claim).toMatchObject({ claimed_by: 's-a' })
  expect(errorOf(() => claim.run(b.as('s-bob'), FILE)).code).toBe('held')
})

test('a session that takes the name of the one a claim is kept for is not that one', () => {
  meet()
  claim.run(a.as('s-anna'), FILE)
  handoff.run(a.as('s-anna'), { type: 'file', name: 'src/x.ts', to: 'bob' })
  a.world.start('s-bob')
  expect(errorOf(() => claim.run(a.as('s-bob'), FILE)).code).toBe('held')
  expect(errorOf(() => guard.run(a.as('s-bob'), { path: ['src/x.ts'] })).code).toBe('held')
  expect(claim.run(b.as('s-bob'), FILE).claim).toMatchObject({ claimed_by: 's-bob', machine: b.id })
})

test('a session of another machine is named as it is shown, and what can not be done with it here says where it is', () => {
  b.world.start('s-anna-2', { name: 'anna' })
  meet()
  const shown = `anna @${a.id}`
  for (const to of [shown, `anna@${a.id}`, `s-anna @${a.id}`]) {
    const sent = send.run(b.as('s-bob'), { to, subject: 'hello' })
    expect([sent.message.to, sent.recipient]).toEqual(['s-anna', 'other_machine'])
  }
  expect(status.run(b.as('s-bob'), { session_id: shown }).sessions).toMatchObject([{ session_id: 's-anna' }])
  claim.run(b.as('s-bob'), FILE)
  expect(
    handoff.run(b.as('s-bob'), { type: 'file', name: 'src/x.ts', to: shown, note: 'go on' }),
  ).toMatchObject({ kept_for: { machine: a.id, session: 's-anna' } })
  const there = { code: 'conflict', message: expect.stringContaining(`@${a.id}`), details: { machine: a.id } }
  const me = b.as('s-bob')
  expect(errorOf(() => rescue.run(me, { session_id: shown }))).toMatchObject(there)
  expect(errorOf(() => rescue.run(me, { session_id: 's-anna', take: true }))).toMatchObject(there)
  expect(errorOf(() => history.run(me, { session_id: shown }))).toMatchObject(there)
  expect(errorOf(() => cost.run(me, { session_id: 's-anna' }))).toMatchObject(there)
  expect(errorOf(() => rescue.run(me, { session_id: 'nobody @x' })).code).toBe('not_found')
  expect(errorOf(() => inbox.run(b.as('s-anna'), {}))).toMatchObject({
    code: 'no_session',
    message: expect.stringContaining(`which is of another machine, @${a.id}`),
  })
})

test('who a request between others is not for is told so, and their mail does not wait here', () => {
  const three = createTeam(3)
  const [x, y, z] = three.machines as [Machine, Machine, Machine]
  const round = () => [...three.round(), ...three.round()]
  round()
  claim.run(y.as('s-b'), FILE)
  round()
  const asked = request.run(x.as('s-a'), { type: 'file', name: 'src/x.ts', reason: 'a fix' })
  const { id } = (asked as { message: { id: string } }).message
  send.run(x.as('s-a'), { to: 'eve', subject: 'later', 'to-unknown': true })
  round()
  expect(errorOf(() => request.run(z.as('s-c'), { refuse: id, reason: 'no' }))).toMatchObject({
    code: 'not_found',
    message: `there is no request "${id}" to you`,
    hint: expect.stringContaining('Only the holder who is asked can answer it'),
  })
  y.world.start('s-d')
  expect(errorOf(() => request.run(y.as('s-d'), { refuse: id, reason: 'no' }))).toMatchObject({
    code: 'conflict',
    message: `message ${id} is for s-b`,
  })
  const standing = remote.run(z.as(null), { action: 'status' }).sync
  expect(standing).toMatchObject({ waiting: 1, waiting_for: ['eve'] })
})
