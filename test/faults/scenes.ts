/** Every writing command, in a room where it has something to do, and what its answer promises. */
import fs from 'node:fs'
import path from 'node:path'
import { ack } from '../../src/operations/ack.ts'
import { claim } from '../../src/operations/claim.ts'
import { config } from '../../src/operations/config.ts'
import { doctor } from '../../src/operations/doctor.ts'
import { end } from '../../src/operations/end.ts'
import { gc } from '../../src/operations/gc.ts'
import { handoff } from '../../src/operations/handoff.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { inbox } from '../../src/operations/inbox.ts'
import { init } from '../../src/operations/init.ts'
import { log } from '../../src/operations/log.ts'
import { release } from '../../src/operations/release.ts'
import { renew } from '../../src/operations/renew.ts'
import { reply } from '../../src/operations/reply.ts'
import { report } from '../../src/operations/report.ts'
import { send } from '../../src/operations/send.ts'
import { start } from '../../src/operations/start.ts'
import { nameOf } from '../../src/protocol/names.ts'
import { bootId, pidNamespace } from '../../src/store/processes.ts'
import type { World } from '../helpers/world.ts'
import type { Picture } from './picture.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

export interface Scene {
  /** What lies in the directory before: a room in use, the same of a busy afternoon, a bare repository. */
  room: 'used' | 'old' | 'none'
  run(world: World): unknown
  /** What has changed for good once the command has answered, and at the latest when it has been run again. */
  promises?: (keyof Picture)[]
  /** What an answer tells as done, where it may be a part: a ledger that can't be read hides its own claims, and is named. */
  told?: (answer: any) => Partial<Record<keyof Picture, string[]>>
  /** Codes with which the same command may answer when it is run once more. */
  again?: string[]
}

const asOne = (world: World) => world.as('one')

export const SCENES: Record<string, Scene> = {
  'start in a bare repository': {
    room: 'none',
    run: (world) => start.run(world.as(null, AGENT), { work: 'naves' }),
    promises: ['sessions'],
  },
  start: {
    room: 'used',
    run: (world) => start.run(world.as(null, AGENT), { name: 'new', work: 'naves' }),
    promises: ['sessions'],
  },
  'start of a person': {
    room: 'used',
    run: (world) => start.run(world.as(null), { id: 'three', name: 'new' }),
    promises: ['sessions'],
  },
  'start after the end': {
    room: 'old',
    run: (world) => start.run(world.as(null), { id: 'gone' }),
    promises: ['sessions'],
  },
  heartbeat: {
    room: 'used',
    run: (world) => heartbeat.run(asOne(world), { action: 'building', target: 'church' }),
    told: ({ heartbeat: beat }) => ({ heartbeats: [`one at ${beat.timestamp}`] }),
  },
  'heartbeat that tidies and renews': {
    room: 'old',
    run: (world) => heartbeat.run(asOne(world), { action: 'building', target: 'church' }),
    told: ({ heartbeat: beat }) => ({ heartbeats: [`one at ${beat.timestamp}`] }),
  },
  'claim of what is free': {
    room: 'used',
    run: (world) => claim.run(asOne(world), { type: 'droplet', name: ['nave'] }),
    promises: ['holders'],
  },
  'claim of several files': {
    room: 'used',
    run: (world) => claim.run(asOne(world), { type: 'file', name: ['a.ts', 'b.ts'] }),
    promises: ['holders'],
  },
  'claim of what ran out': {
    room: 'old',
    run: (world) => claim.run(asOne(world), { type: 'droplet', name: ['tower'] }),
    promises: ['holders'],
  },
  'claim of what is held': {
    room: 'used',
    run: (world) => refused(() => claim.run(asOne(world), { type: 'droplet', name: ['roof'] })),
    promises: ['holders'],
  },
  renew: {
    room: 'used',
    run: (world) => renew.run(asOne(world), { type: 'droplet', name: 'church', for: '8h' }),
    promises: ['holders', 'terms'],
  },
  report: { room: 'used', run: (world) => report.run(asOne(world), {}) },
  log: { room: 'used', run: (world) => log.run(asOne(world), { kind: 'note', subject: 'x' }) },
  release: {
    room: 'used',
    run: (world) => release.run(asOne(world), { type: 'droplet', name: 'church' }),
    promises: ['holders'],
  },
  'release of all': {
    room: 'used',
    run: (world) => release.run(asOne(world), { all: true }),
    told: ({ claim: first, claims }) => ({ holders: (claims ?? [first]).map(nameOf) }),
    again: ['not_found'],
  },
  'release by force': {
    room: 'used',
    run: (world) =>
      release.run(asOne(world), { type: 'droplet', name: 'roof', force: true, reason: 'it hangs' }),
    promises: ['holders'],
    again: ['not_found'],
  },
  send: {
    room: 'used',
    run: (world) => send.run(asOne(world), { to: 'two', subject: 'new', message: 'text' }),
    promises: ['messages'],
  },
  'send to all': {
    room: 'used',
    run: (world) => send.run(asOne(world), { to: 'broadcast', subject: 'new', ack: true }),
    promises: ['messages'],
  },
  inbox: {
    room: 'used',
    run: (world) => inbox.run(asOne(world), {}),
    told: ({ messages }) => ({ receipts: messages.map(({ id }: { id: string }) => `one.jsonl ${id}`) }),
  },
  ack: {
    room: 'used',
    run: (world) => ack.run(asOne(world), { id: lastMessage(world) }),
    promises: ['receipts'],
  },
  reply: {
    room: 'used',
    run: (world) => reply.run(asOne(world), { id: lastMessage(world), message: 'yes' }),
    promises: ['messages', 'receipts'],
  },
  'handoff to a session': {
    room: 'used',
    run: (world) =>
      handoff.run(asOne(world), { type: 'droplet', name: 'church', to: 'two', note: 'mind the gap' }),
    promises: ['holders'],
  },
  'handoff to whoever comes': {
    room: 'used',
    run: (world) => handoff.run(asOne(world), { type: 'droplet', name: 'church', note: 'mind the gap' }),
    promises: ['holders'],
    told: (answer) => ({ handoffs: [`${answer.handoff.id}.md`] }),
    again: ['not_found', 'lost'],
  },
  end: {
    room: 'used',
    run: (world) => end.run(asOne(world), { handoff: 'mind the gap', completed: ['walls'] }),
    promises: ['sessions'],
    told: ({ released }) => ({ holders: released.map(nameOf) }),
    again: ['no_session'],
  },
  gc: { room: 'old', run: (world) => gc.run(world.as(null), {}), told: leftAsTold },
  'doctor --fix': {
    room: 'old',
    run: (world) => doctor.run(world.as(null), { fix: true }),
    promises: ['holders', 'sessions'],
  },
  init: {
    room: 'none',
    run: (world) => init.run(world.as(null), {}),
    promises: [],
  },
  'init --track --scripts': {
    room: 'used',
    run: (world) => init.run(world.as(null), { track: true, scripts: true }),
    promises: ['settings'],
  },
  'config set': {
    room: 'used',
    run: (world) => config.run(world.as(null), { action: 'set', key: 'claims.defaultFor', value: '2h' }),
    promises: ['settings'],
  },
}

/** The sessions that were put away. */
function leftAsTold({ items }: { items: { kind: string; path: string }[] }) {
  const moved = items.filter(({ kind }) => kind === 'sessions')
  return { sessions: moved.map(({ path }) => path.slice('sessions/'.length, -'.json'.length)) }
}

const AGENT = { COORD_AGENT_SESSION: 'claude:abc' }

function refused(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    if ((error as { code?: string }).code === 'held') return error
    throw error
  }
}

const lastMessage = (world: World) => world.list('messages/direct/one').at(-1)!.slice(0, -5)

/** A room in use: `one` holds a church and a file, `two` a roof; `one` has mail. */
export function furnish(world: World): void {
  init.run(world.as(null), {})
  for (const id of ['two', 'one']) world.start(id)
  for (const id of ['two', 'one']) heartbeat.run(world.as(id), { action: 'planning' })
  claim.run(world.as('two'), { type: 'droplet', name: ['roof'] })
  claim.run(asOne(world), { type: 'droplet', name: ['church'] })
  claim.run(asOne(world), { type: 'file', name: ['src/a.ts'] })
  send.run(world.as('two'), { to: 'one', subject: 'hello', ack: true })
  send.run(world.as('two'), { to: 'broadcast', subject: 'hello all' })
  world.write('.state/pruned', '')
  world.advance(10 * MINUTE)
}

/** The same at the end of the day: leases run out, sessions have ended or are silent, old things lie about, some are damaged. */
export function age(world: World): void {
  world.start('gone')
  world.start('lost')
  claim.run(world.as('two'), { type: 'droplet', name: ['tower'], for: '1m' })
  send.run(world.as('gone'), { to: 'one', subject: 'bye' })
  inbox.run(world.as('gone'), {})
  end.run(world.as('gone'), {})
  world.advance(22 * HOUR)
  for (const id of ['one', 'two']) heartbeat.run(world.as(id), { action: 'building' })
  for (const [type, name] of [
    ['droplet', 'church'],
    ['file', 'src/a.ts'],
  ] as const)
    claim.run(asOne(world), { type, name: [name], for: '4h' })
  world.advance(2 * HOUR + 30 * MINUTE)
  heartbeat.run(world.as('two'), { action: 'building', 'no-renew': true })
  damage(world)
}

/** What a heartbeat's upkeep, gc and doctor find to do. */
function damage(world: World): void {
  fs.rmSync(path.join(world.root, '.state/pruned'))
  fs.rmSync(path.join(world.root, 'claims/droplet-roof.claim'))
  world.write('messages/broadcast/2026-11-21_10-00-00-000-spoilt.json', '{"from": "x", "sub')
  world.write('.state/ledger/droplet-spoilt/000000000001', 'junk')
  world.write('.state/locks/session-lost', `999999999 1 ${bootId()} ${pidNamespace()} x`)
  world.write('.state/held/lost/droplet-x.claim', '{}')
  world.write('heartbeats/.tmp-999999999-abc-1', 'half')
  const past = Date.now() / 1000 - 7200
  fs.utimesSync(path.join(world.root, 'heartbeats/.tmp-999999999-abc-1'), past, past)
}
