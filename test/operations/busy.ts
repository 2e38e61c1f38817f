import { board } from '../../src/operations/board.ts'
import { claim } from '../../src/operations/claim.ts'
import { claims } from '../../src/operations/claims.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { messages } from '../../src/operations/messages.ts'
import { monitor } from '../../src/operations/monitor.ts'
import { send } from '../../src/operations/send.ts'
import { sessions } from '../../src/operations/sessions.ts'
import { status } from '../../src/operations/status.ts'
import { whoami } from '../../src/operations/whoami.ts'
import { createWorld, type World } from '../helpers/world.ts'

const MINUTE = 60_000

/** Every reader, by name. */
export const READERS: Record<string, (world: World) => unknown> = {
  status: (world) => status.run(world.as('one'), {}),
  'status of one': (world) => status.run(world.as(null), { session_id: 'one' }),
  claims: (world) => claims.run(world.as('one'), { mine: true }),
  'claims of one': (world) => claims.run(world.as(null), { resource: 'droplet/church' }),
  sessions: (world) => sessions.run(world.as(null), { all: true }),
  messages: (world) => messages.run(world.as(null), {}),
  monitor: (world) => monitor.run(world.as(null), {}),
  whoami: (world) => whoami.run(world.as('one'), {}),
  'board --print': (world) => board.run(world.as(null), { print: true }),
}

/** A room in use, with a script's session and claim, expired things and junk. */
export function createBusy(): World {
  const world = createWorld('two', 'one')
  heartbeat.run(world.as('one'), { action: 'building', target: 'church' })
  claim.run(world.as('one'), { type: 'droplet', name: ['church'], for: '1m' })
  claim.run(world.as('one'), { type: 'droplet', name: ['tower'] })
  send.run(world.as('one'), { to: 'two', subject: 'hello', ack: true })
  send.run(world.as('two'), { to: 'broadcast', subject: 'hello all' })
  world.write(
    'sessions/script.json',
    '{"session_id":"script","started_at":"2026-11-20 09:00 UTC","status":"active"}',
  )
  world.write(
    'claims/droplet-roof.claim',
    '{"claimed_by":"script","resource_type":"droplet","resource_name":"roof"}',
  )
  world.advance(10 * MINUTE)
  return world
}
