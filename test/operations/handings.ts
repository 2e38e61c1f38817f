/** Rooms in which claims are handed over, and handovers that are killed at any change they make to a file. */
import fs from 'node:fs'
import path from 'node:path'
import { claim } from '../../src/operations/claim.ts'
import { claims } from '../../src/operations/claims.ts'
import { handoff } from '../../src/operations/handoff.ts'
import { init } from '../../src/operations/init.ts'
import { messages } from '../../src/operations/messages.ts'
import type { Handoff } from '../../src/protocol/records.ts'
import { laidOut, readLayout, writeLayout } from '../helpers/layouts.ts'
import { type World, worldIn } from '../helpers/world.ts'
import { failing, isWrite } from '../store/helpers.ts'

export const HOUR = 3_600_000
export const church = { type: 'droplet', name: 'church' }

/** Three sessions, of which the first holds droplets of these names. */
export function createHeld(...names: string[]) {
  const key = `held ${names.join(' ')}`
  const holdIn = (room: World, by: string, name: string, type = 'droplet') =>
    claim.run(room.as(by), { type, name: [name] })
  const dir = laidOut(key, (made) => {
    const room = worldIn(made)
    init.run(room.as(null), {})
    for (const id of ['one', 'two', 'three']) room.start(id, { name: `name-${id}` })
    granted.set(
      key,
      names.map((name) => holdIn(room, 'one', name).claim),
    )
  })
  const world = worldIn(dir, 4 + names.length)
  const hold = (by: string, name: string, type?: string) => holdIn(world, by, name, type)
  return { world, held: granted.get(key)!, hold }
}
const granted = new Map<string, ReturnType<typeof claim.run>['claim'][]>()

export type Given = Parameters<typeof handoff.run>[1]
interface Done {
  handoff: Handoff & { path: string }
  already?: boolean
}
export const hand = (world: World, by: string, given: Given) => handoff.run(world.as(by), given) as Done
export const holders = (world: World) =>
  claims
    .run(world.as(null), {})
    .claims.map((each) => `${each.resource_name} ${each.claimed_by} ${each.token}`)
    .sort()
export const mailOf = (world: World, to: string) =>
  messages
    .run(world.as(null), {})
    .messages.filter((message) => message.to === to && message.type === 'handoff')

/** Let the process die at the n-th change it makes to a file; whether it got that far. */
export function killedAt(n: number, run: () => unknown): boolean {
  let left = n
  const dead = () => left <= 0
  const strike = (...args: unknown[]) =>
    isWrite(args[1]) || typeof args[1] === 'string' ? --left <= 0 : dead()
  const spies = [
    failing('openSync', 'EKILLED', strike),
    failing('writeSync', 'EKILLED', dead),
    failing('renameSync', 'EKILLED', () => --left <= 0),
    failing('linkSync', 'EKILLED', () => --left <= 0),
    failing('unlinkSync', 'EKILLED', dead),
  ]
  try {
    run()
  } catch {
    // As if killed.
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
  return dead()
}

/** A room in which the handover from one to two was cut off at the first point where `when` holds; sought once for a name. */
export function cutOff(name: string, when: (world: World) => boolean): World {
  const dir = laidOut(`cut off ${name}`, (made) => {
    const found = soughtFor(when)
    writeLayout(readLayout(found.dir), made)
  })
  return worldIn(dir, 100)
}

function soughtFor(when: (world: World) => boolean): World {
  for (let n = 1; n < 100; n++) {
    const { world } = createHeld('church')
    killedAt(n, () => hand(world, 'one', { to: 'two', note: 'n' }))
    fs.rmSync(path.join(world.root, '.state/locks'), { recursive: true, force: true })
    if (when(world)) return world
  }
  throw new Error('there is no such point')
}
export const isBegun = (world: World) =>
  fs.existsSync(path.join(world.root, '.state/handing')) && world.list('.state/handing').length === 1

/** Cut off when the claim had moved, and before. */
export const afterMove = () =>
  cutOff('after', (each) => isBegun(each) && holders(each)[0]!.startsWith('church two'))
export const beforeMove = () =>
  cutOff('before', (each) => isBegun(each) && holders(each)[0]!.startsWith('church one'))
