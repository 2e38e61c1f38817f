/** Tickets of those who wait: whose count, when a pid is somebody else's by now. */

import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { bootId, ownProcess, pidNamespace } from '../../src/store/processes.ts'
import { firstWaiter, holdTicket, leaveQueue, listWaiters, newTicket } from '../../src/store/queue.ts'
import { createWorld, EPOCH } from '../helpers/world.ts'

const resource = { resource_type: 'task', resource_name: 'x' }

function createQueue() {
  const world = createWorld()
  const room = world.as(null).room()
  const queue = '.state/waiting/task-x'
  const add = (ticket: string, pid: number, started: string, boot = bootId()) =>
    world.write(
      `${queue}/${ticket}`,
      `${['one', '2026-11-20T10:00:00Z', pid, started, boot, pidNamespace()].join('\t')}\n`,
    )
  return { world, room, queue, add }
}

test('a ticket whose pid belongs to another process by now is passed over', () => {
  const { room, add } = createQueue()
  const { pid, started } = ownProcess()
  add('1-old', pid, String(Number(started) - 1))
  add('2-own', pid, started)
  expect(listWaiters(room, resource).map(({ ticket }) => ticket)).toEqual(['2-own'])
  expect(firstWaiter(room, resource)?.ticket).toBe('2-own')
})

test('a ticket of another boot counts for as long as it is touched, whoever has its pid here', () => {
  const { world, room, queue, add } = createQueue()
  const { pid } = ownProcess()
  add('1-far', pid, '1', 'another-boot')
  expect(listWaiters(room, resource)).toHaveLength(1)
  const then = Date.now() / 1000 - 6
  fs.utimesSync(path.join(world.root, queue, '1-far'), then, then)
  expect(listWaiters(room, resource)).toEqual([])
})

test('who leaves the line takes its own ticket, not that of a namesake by pid', () => {
  const { world, room, queue, add } = createQueue()
  const { pid, started } = ownProcess()
  add(`000000000000001-${pid}-aaaa`, pid, String(Number(started) - 1))
  const ticket = newTicket({ wall: EPOCH, boot: { id: 'b', ms: 2 } }, 'bbbb')
  holdTicket(room, resource, { ticket, session: 'two', since: '2026-11-20T10:00:00Z' })
  expect(firstWaiter(room, resource)?.session).toBe('two')
  leaveQueue(room, resource, ticket)
  expect(world.list(queue)).toEqual([`000000000000001-${pid}-aaaa`])
})
