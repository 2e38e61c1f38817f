import { expect, test } from 'vitest'
import { ack } from '../../src/operations/ack.ts'
import { claim } from '../../src/operations/claim.ts'
import { claims } from '../../src/operations/claims.ts'
import { end } from '../../src/operations/end.ts'
import { handoff } from '../../src/operations/handoff.ts'
import { inbox } from '../../src/operations/inbox.ts'
import { overviewOf } from '../../src/operations/overview.ts'
import { release } from '../../src/operations/release.ts'
import { renew } from '../../src/operations/renew.ts'
import { request } from '../../src/operations/request.ts'
import { status } from '../../src/operations/status.ts'
import { createWorld } from '../helpers/world.ts'
import { codeOf, errorOf } from '../store/helpers.ts'

const HOUR = 3_600_000
const church = { type: 'droplet', name: 'church' }

function createHeld() {
  const world = createWorld('one', 'two', 'three')
  const held = claim.run(world.as('one'), { type: 'droplet', name: ['church'] }).claim
  const act = (by: string, given: Parameters<typeof request.run>[1]) =>
    request.run(world.as(by), given) as Record<string, any>
  const ask = (by = 'two') => act(by, { ...church, reason: 'a fix' }).message.id as string
  const open = () => act('three', { list: true }).requests as Record<string, unknown>[]
  const needs = (who: string) =>
    status
      .run(world.as(who), {})
      .needs.filter(({ kind }) => kind === 'requested')
      .map(({ text, act }) => [text, act])
  const mail = (who: string) =>
    inbox.run(world.as(who), { peek: true }).messages.filter(({ to }) => to !== 'broadcast')
  return { world, held, act, ask, open, needs, mail }
}

test('a request reaches the holder at once, with the commands that grant and refuse it, and status shows it to all', () => {
  const { ask, open, needs, mail, held } = createHeld()
  const id = ask()
  const end = id.slice(-4)
  expect(mail('one')).toMatchObject([
    {
      type: 'release_request',
      priority: 'high',
      subject: 'asks for droplet/church: a fix',
      message: `coord request --grant ${end}\ncoord request --refuse ${end} --reason "…"`,
    },
  ])
  const { token } = held
  expect(open()).toMatchObject([
    { id, from: 'two', to: 'one', resource_type: 'droplet', resource_name: 'church', token, reason: 'a fix' },
  ])
  expect(needs('one')).toEqual([
    ['two asks one (you) for droplet/church: "a fix"', `coord request --grant ${end}`],
  ])
  expect(needs('two')).toEqual([
    ['two (you) asks one for droplet/church: "a fix"', `coord request --withdraw ${end}`],
  ])
  expect(needs('three')).toEqual([['two asks one for droplet/church: "a fix"', null]])
})

test('to ask twice for the same claim is one request', () => {
  const { ask, act, open } = createHeld()
  const id = ask()
  expect(act('two', { ...church, reason: 'again' })).toMatchObject({ already: true, message: { id } })
  expect(open()).toHaveLength(1)
})

test('granting transfers the claim with a new token and a handoff that tells the reason, and closes the request', () => {
  const { world, held, ask, act, open, mail } = createHeld()
  const id = ask()
  const { handoff } = act('one', { grant: id.slice(-4) })
  expect(handoff).toMatchObject({ from: 'one', to: 'two', note: 'as you asked: a fix' })
  const [now] = claims.run(world.as(null), {}).claims
  expect(now).toMatchObject({ claimed_by: 'two', token: handoff.claims[0].token })
  expect(now!.token).toBeGreaterThan(held.token)
  expect(mail('two')).toMatchObject([{ type: 'handoff', subject: 'droplet/church is yours now' }])
  expect(open()).toEqual([])
  expect(codeOf(() => act('one', { grant: id }))).toBe('conflict')
})

test('refusing tells why, and the holder keeps the claim', () => {
  const { world, held, ask, act, open, mail } = createHeld()
  const id = ask()
  act('one', { refuse: id, reason: 'done in an hour' })
  expect(mail('two')).toMatchObject([
    { type: 'request_refused', message: 'done in an hour', reply_to: id, thread: id },
  ])
  expect(claims.run(world.as(null), {}).claims).toMatchObject([{ claimed_by: 'one', token: held.token }])
  expect(open()).toEqual([])
})

test('a request stays while its claim is renewed, and for longer than messages are shown', () => {
  const { world, ask, open, needs } = createHeld()
  ask()
  world.advance(2 * HOUR)
  renew.run(world.as('one'), { ...church, for: '4h' })
  expect(open()).toHaveLength(1)
  expect(needs('one')).toHaveLength(1)
  expect(world.read('STATUS_BOARD.md')).toMatch(/two asks one for .*coord request --grant/)
  expect(overviewOf(world.as(null)).messages.map(({ type }) => type)).toContain('release_request')
})

test.each<[string, (held: ReturnType<typeof createHeld>, id: string) => void]>([
  ['the claim is released', ({ world }) => void release.run(world.as('one'), church)],
  ['who asked ends', ({ world }) => void end.run(world.as('two'), {})],
  ['who asked takes it back', ({ act }, id) => void act('two', { withdraw: id })],
])('a request is withdrawn when %s: nobody is shown it, and it can not be granted', (_what, happen) => {
  const held = createHeld()
  const id = held.ask()
  happen(held, id)
  expect(held.open()).toEqual([])
  expect(held.needs('one')).toEqual([])
  expect(held.mail('one').filter(({ type }) => type === 'release_request')).toEqual([])
  expect(held.world.read('STATUS_BOARD.md')).not.toContain('waits for an answer')
  expect(codeOf(() => held.act('one', { grant: id }))).toBe('conflict')
})

test('a refused claim that is asked for is told once', () => {
  const { world, ask } = createHeld()
  expect(codeOf(() => claim.run(world.as('two'), { type: 'droplet', name: ['church'] }))).toBe('held')
  ask()
  const kinds = status.run(world.as(null), {}).needs.map(({ kind }) => kind)
  expect(kinds).toEqual(['requested'])
})

test('a file is asked for by the claim that covers it', () => {
  const { world, act } = createHeld()
  claim.run(world.as('one'), { type: 'file', name: ['src/**'] })
  const asked = act('two', { type: 'file', name: 'src/a.ts', reason: 'a typo' })
  expect(asked.claim).toMatchObject({ resource_name: 'src/**', claimed_by: 'one' })
  expect(asked).toMatchObject({ wanted: { resource_name: 'src/a.ts' } })
  act('one', { grant: asked.message.id })
  expect(claims.run(world.as(null), {}).claims).toContainEqual(
    expect.objectContaining({ resource_name: 'src/**', claimed_by: 'two' }),
  )
})

test('what nobody else holds is not asked for, and the refusal says what to do', () => {
  const { world, act } = createHeld()
  expect(errorOf(() => act('two', { type: 'droplet', name: 'tower', reason: 'x' }))).toMatchObject({
    code: 'not_found',
    hint: 'coord claim droplet tower',
  })
  expect(codeOf(() => act('one', { ...church, reason: 'x' }))).toBe('conflict')
  end.run(world.as('one'), {})
  expect(codeOf(() => act('two', { ...church, reason: 'x' }))).toBe('not_found')
})

test('only the holder can grant, and a message that is no request can not be granted', () => {
  const { world, ask, act } = createHeld()
  const id = ask()
  expect(codeOf(() => act('three', { grant: id }))).toBe('conflict')
  expect(codeOf(() => act('one', { grant: 'none' }))).toBe('not_found')
  expect(errorOf(() => ack.run(world.as('one'), { id })).hint).toContain('coord request --grant')
})

test.each<[string, Parameters<typeof request.run>[1], string]>([
  ['nothing', {}, 'type'],
  ['no name', { type: 'droplet' }, 'name'],
  ['no reason', church, 'reason'],
  ['a refusal without a reason', { refuse: 'abcd' }, 'reason'],
  ['an empty reason', { ...church, reason: ' ' }, 'reason'],
  ['two ways', { grant: 'abcd', refuse: 'abcd', reason: 'x' }, 'refuse'],
  ['a resource and a way', { ...church, grant: 'abcd' }, 'type'],
  ['a limit of no list', { ...church, reason: 'x', limit: 3 }, 'limit'],
])('%s is invalid and names the argument', (_what, given, argument) => {
  const { act } = createHeld()
  expect(errorOf(() => act('two', given))).toMatchObject({ code: 'invalid', details: { argument } })
})

test('of two claims with one name and one token the one that was asked for is handed over', () => {
  const { world, act, open } = createHeld()
  for (const type of ['task', 'service', 'droplet']) claim.run(world.as('one'), { type, name: ['pay'] })
  const held = claims.run(world.as('one'), {}).claims.filter(({ resource_name }) => resource_name === 'pay')
  expect(new Set(held.map(({ token }) => token)).size).toBe(1)
  for (const type of ['task', 'service']) {
    const id = act('two', { type, name: 'pay', reason: 'a fix' }).message.id
    expect(act('one', { grant: id }).handoff.claims).toMatchObject([{ resource_type: type }])
  }
  expect(open()).toEqual([])
})

test('a request for one resource hides no refusal of another that has its token', () => {
  const { world, act } = createHeld()
  claim.run(world.as('one'), { type: 'task', name: ['pay'] })
  expect(codeOf(() => claim.run(world.as('two'), { type: 'task', name: ['pay'] }))).toBe('held')
  act('two', { ...church, reason: 'a fix' })
  const kinds = status.run(world.as('one'), {}).needs.map(({ kind }) => kind)
  expect(kinds).toEqual(['requested', 'refused'])
})

test('what was granted, refused or taken back can not be taken back', () => {
  const { act, ask, mail } = createHeld()
  const [mine, other] = [ask('two'), ask('three')]
  act('one', { refuse: other, reason: 'no' })
  act('one', { grant: mine })
  const told = mail('one').length
  for (const [by, id] of [
    ['two', mine],
    ['three', other],
  ] as const)
    expect(codeOf(() => act(by, { withdraw: id }))).toBe('conflict')
  const again = act('three', { ...church, reason: 'still' }).message.id
  act('three', { withdraw: again })
  expect(codeOf(() => act('three', { withdraw: again }))).toBe('conflict')
  expect(mail('one')).toHaveLength(told)
})

test('a request has one answer: the second is refused, and changes nothing', () => {
  const { world, act, ask, mail } = createHeld()
  const refused = ask('two')
  act('one', { refuse: refused, reason: 'no' })
  for (const given of [{ grant: refused }, { refuse: refused, reason: 'never' }])
    expect(errorOf(() => act('one', given))).toMatchObject({
      code: 'conflict',
      message: 'the request for droplet/church is answered already',
      hint: 'To give it all the same: coord handoff droplet church --to two',
    })
  expect(mail('two').map(({ type }) => type)).toEqual(['request_refused'])
  expect(claims.run(world.as(null), {}).claims).toMatchObject([{ claimed_by: 'one' }])
})

test('what several asked for goes to one, and the others have their request at the new holder and are told', () => {
  const { act, ask, mail, open, needs } = createHeld()
  const [mine, other] = [ask('two'), ask('three')]
  act('one', { grant: mine })
  expect(open()).toMatchObject([{ id: other, from: 'three', to: 'two', reason: 'a fix' }])
  expect(mail('three')).toMatchObject([
    { type: 'request_passed', subject: 'droplet/church went to two, who has your request now' },
  ])
  expect(needs('one').map(([, act]) => act)).toEqual([null])
  expect(mail('two').map(({ type }) => type)).toEqual(['handoff', 'release_request'])
  expect(act('two', { grant: other.slice(-4) }).handoff).toMatchObject({ from: 'two', to: 'three' })
  expect(open()).toEqual([])
})

test('a request that went to a new holder is still its own to withdraw, by the end of its id', () => {
  const { world, act, ask, mail, open } = createHeld()
  const id = ask('three')
  handoff.run(world.as('one'), { ...church, to: 'two' })
  expect(open()).toMatchObject([{ id, to: 'two' }])
  expect(errorOf(() => act('two', { withdraw: id }))).toMatchObject({
    code: 'conflict',
    message: `only three can withdraw message ${id}`,
  })
  act('three', { withdraw: id.slice(-4) })
  expect(open()).toEqual([])
  expect(mail('two').map(({ subject }) => subject)).toContain('Re: droplet/church: a fix')
  expect(codeOf(() => act('three', { withdraw: id.slice(-4) }))).toBe('conflict')
})

test('the open requests are told in the order of time', () => {
  const { world, act, ask, open } = createHeld()
  claim.run(world.as('two'), { type: 'task', name: ['pay'] })
  const first = ask('three')
  world.advance(60_000)
  const second = act('one', { type: 'task', name: 'pay', reason: 'a fix' }).message.id
  world.advance(60_000)
  const third = ask('two')
  expect(open().map(({ id }) => id)).toEqual([first, second, third])
})

test('who asks a session whose process is no more is told to rescue it', () => {
  const { world, act } = createHeld()
  const session = world.json('sessions/one.json')
  world.write('sessions/one.json', JSON.stringify({ ...session, pid: 0x3fffffff, pid_started: '1' }))
  const ctx = world.as('two')
  request.run(ctx, { ...church, reason: 'a fix' })
  expect(ctx.warnings).toEqual(["the process of one is no more, so it can't answer: coord rescue one"])
  expect(act('two', { list: true }).requests).toHaveLength(1)
})
