/** What is said of claims that the remote has given to another: to who gives them back, who had them, and who gets them. */
import { expect, test } from 'vitest'
import { release } from '../../../src/operations/release.ts'
import { errorOf } from '../../store/helpers.ts'
import { twoRooms } from './clones.ts'

const HOUR = 3_600_000

test('who gives back what another machine has taken over meanwhile has lost it, and nobody is told that it is free', () => {
  const { a, b, advance } = twoRooms()
  a.take('one', 'church')
  b.remote('settle')
  advance(6 * HOUR)
  b.take('three', 'church')
  const error = errorOf(() => release.run(a.as('one'), { type: 'droplet', name: 'church' }))
  expect(error).toMatchObject({ code: 'lost', details: { holder: { claimed_by: 'three' } } })
  expect(a.world.list('messages/broadcast')).toEqual([])
  expect([a.held(), b.held()]).toEqual([['church three'], ['church three']])
})

test('who gives back what was forced away from another machine hears so, also where nobody holds it now', () => {
  const { a, b } = twoRooms()
  a.take('one', 'church')
  b.remote('settle')
  b.give('three', 'church', { force: true, reason: 'the build waits' })
  const error = errorOf(() => a.give('one', 'church'))
  expect([error.code, error.message]).toEqual(['lost', expect.stringContaining('the build waits')])
  expect(b.mail('one'), 'its own machine tells it').toEqual([])
})
