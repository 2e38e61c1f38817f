import { expect, test } from 'vitest'
import { listHeldMarks, markHeld, unmarkHeld } from '../../src/store/held.ts'
import { createClaims, lease, resource } from './claims-room.ts'

test('what a session holds is remembered until it is forgotten; junk among it is left out', () => {
  const { world, room } = createClaims()
  markHeld(room, 'one', lease('church'))
  markHeld(room, 'one', lease('a/b'))
  world.write('.state/held/one/droplet-junk.claim', 'junk')
  expect(
    listHeldMarks(room, 'one')
      .map(({ resource_name }) => resource_name)
      .sort(),
  ).toEqual(['a/b', 'church'])
  unmarkHeld(room, 'one', resource('a/b'))
  expect(listHeldMarks(room, 'one')).toEqual([{ ...resource('church'), claim_id: 'id-church', token: 7 }])
  expect(listHeldMarks(room, 'two')).toEqual([])
})

test('no holder that a script may write leads out of the memory of what was held', () => {
  const { world, room } = createClaims()
  world.write('claims/droplet-church.claim', 'kept')
  unmarkHeld(room, '../../claims', resource('church'))
  expect(world.list('claims')).toEqual(['droplet-church.claim'])
})
