import { expect, test } from 'vitest'
import { withoutHost } from '../../src/protocol/publish.ts'
import { VALID } from './records-of-every-kind.ts'

test('a published session tells nothing of host, machine, places and processes', () => {
  const hidden = ['host', 'machine_id', 'pid', 'pid_started', 'boot_id', 'pid_ns', 'tty', 'cwd', 'worktree']
  const left = Object.keys(VALID.session).filter((name) => !hidden.includes(name))
  expect(Object.keys(withoutHost(VALID.session))).toEqual(left)
  expect(withoutHost(VALID.session)).toMatchObject({
    session_id: 'one',
    branch: 'main',
    last: VALID.session.last,
  })
})

test('nor of the process that waits for something', () => {
  const waiting_for = { type: 'droplet', name: 'x', holder: 'two' }
  const process = { pid: 7, pid_started: '70', boot_id: 'b', pid_ns: 'pid:[1]' }
  const session = { ...VALID.session, waiting_for: { ...waiting_for, ...process } }
  expect(withoutHost(session).waiting_for).toEqual(waiting_for)
})

test('a published claim tells no host, and the record itself is left alone', () => {
  const claim = { ...VALID.claim }
  expect(withoutHost(claim)).not.toHaveProperty('host')
  expect(claim).toEqual(VALID.claim)
})
