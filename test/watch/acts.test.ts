/** What the person decides at the screen of `coord watch` is done in the room, or told why not. */
import { expect, test } from 'vitest'
import { perform } from '../../src/faces/watch/acts.ts'
import { claim } from '../../src/operations/claim.ts'
import { claims } from '../../src/operations/claims.ts'
import { overviewOf } from '../../src/operations/overview.ts'
import { request } from '../../src/operations/request.ts'
import { createWorld } from '../helpers/world.ts'

test('a request is refused or granted as the session that holds the claim, whoever looks', () => {
  const world = createWorld('ann', 'ben')
  claim.run(world.as('ann'), { type: 'droplet', name: ['page'] })
  const decide = (act: { kind: 'grant' } | { kind: 'refuse'; reason: string }) => {
    request.run(world.as('ben'), { type: 'droplet', name: 'page', reason: 'urgent' })
    const { id, to } = overviewOf(world.as(null)).requests.at(-1)!
    world.advance(1000)
    return [id, perform(() => world.as(null), { ...act, id, session: to })] as const
  }
  const outcomes = () => overviewOf(world.as(null)).requests.map(({ outcome, answer }) => [outcome, answer])
  expect(decide({ kind: 'refuse', reason: 'in an hour' })[1]).toEqual({ text: 'refused', role: 'good' })
  const [id, told] = decide({ kind: 'grant' })
  expect(told).toEqual({ text: 'granted', role: 'good' })
  expect(outcomes()).toEqual([
    ['refused', 'in an hour'],
    ['granted', null],
  ])
  expect(claims.run(world.as(null), {}).claims).toMatchObject([{ claimed_by: 'ben' }])
  expect(perform(() => world.as(null), { kind: 'grant', id, session: 'ann' })).toMatchObject({
    ...{ role: 'bad', text: expect.stringContaining('you do not hold droplet/page any more') },
  })
})
