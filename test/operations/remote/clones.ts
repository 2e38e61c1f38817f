/** Several rooms in clones of one repository, each with a clock that the test moves, which a bare remote holds together. */
import fs from 'node:fs'
import path from 'node:path'
import { claim } from '../../../src/operations/claim.ts'
import { claims } from '../../../src/operations/claims.ts'
import { init } from '../../../src/operations/init.ts'
import { release } from '../../../src/operations/release.ts'
import { remote as remoteOperation } from '../../../src/operations/remote.ts'
import { laidOut } from '../../helpers/layouts.ts'
import { EPOCH, type World, worldIn } from '../../helpers/world.ts'
import { ENV, layOutRemote, type Remote, remoteIn } from '../../store/remote/remotes.ts'

export interface Room {
  world: World
  clone: string
  as: World['as']
  take(by: string, ...names: string[]): ReturnType<typeof claim.run>
  give(by: string, name: string, more?: object): ReturnType<typeof release.run>
  /** `name holder` of each claim, with a `?` where it is provisional. */
  held(): string[]
  remote(action: string, name?: string): ReturnType<typeof remoteOperation.run>
  mail(id: string): Record<string, any>[]
}

/** A room in a clone of its own; its boot clock is another machine's unless `boot` is given. */
export function roomIn(remote: Remote, name: string, sessions: string[], boot = name): Room {
  const room = roomAt(remote.clone(name), name, boot)
  init.run(room.as(null), {})
  for (const id of sessions) room.world.start(id)
  return room
}

/** A copy of a room with its clone that nothing tells from it, as one of the whole disk. */
export function copyOf(room: Room, name: string): Room {
  const clone = `${room.clone}-${name}`
  fs.cpSync(room.clone, clone, { recursive: true })
  const copy = roomAt(clone, name, name)
  ownInode(copy.world.root)
  return copy
}

/** Nothing tells a room from the one that it was copied from. */
function ownInode(root: string): void {
  const file = path.join(root, '.state/remote.json')
  const inode = String(fs.statSync(root, { bigint: true }).ino)
  fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(fs.readFileSync(file, 'utf8')), inode }))
}

/** A room that is there already. */
export function roomAt(clone: string, name: string, boot: string, turn = 0): Room {
  const world = worldIn(clone, name.charCodeAt(0) * 1_000_003 + turn * 500_000)
  const as: World['as'] = (session, env = {}) => {
    const ctx = world.as(session, { ...ENV, ...env })
    // Time as another machine has it: its own boot, and its own idea of how long it runs.
    return { ...ctx, now: () => ({ wall: world.now, boot: { id: boot, ms: world.now - EPOCH } }) }
  }
  return {
    world,
    clone,
    as,
    take: (by, ...names) =>
      claim.run(as(by), { ...resource(names[0]!), name: names.map((each) => resource(each).name) }),
    give: (by, each, more = {}) => release.run(as(by), { ...resource(each), 'no-announce': true, ...more }),
    held: () =>
      claims
        .run(as(null), {})
        .claims.map((each) => `${each.resource_name} ${each.claimed_by}${'provisional' in each ? '?' : ''}`)
        .sort(),
    remote: (action, given) =>
      remoteOperation.run(as(null), given === undefined ? { action } : { action, name: given }),
    mail: (id) => {
      try {
        return world.list(`messages/direct/${id}`).map((file) => world.json(`messages/direct/${id}/${file}`))
      } catch {
        return []
      }
    },
  }
}

const resource = (name: string) => (/[./*]/.test(name) ? { type: 'file', name } : { type: 'droplet', name })

/** Two rooms, `a` with `one` and `two`, `b` with `three`, whose claims a remote arbitrates. Laid out once where it is a remote like any other. */
export function twoRooms(given?: Remote) {
  const remote = given ?? remoteIn(laidOut('two rooms', (dir) => void setUpRooms(layOutRemote(dir))))
  const { a, b } = given ? setUpRooms(given) : { a: laidOutRoom(remote, 'a'), b: laidOutRoom(remote, 'b') }
  const advance = (millis: number) => {
    a.world.advance(millis)
    b.world.advance(millis)
  }
  return { remote, a, b, advance }
}

function setUpRooms(remote: Remote): { a: Room; b: Room } {
  const a = roomIn(remote, 'a', ['one', 'two'])
  const b = roomIn(remote, 'b', ['three'])
  a.remote('setup')
  b.remote('setup')
  return { a, b }
}

function laidOutRoom({ dir }: Remote, name: string): Room {
  const room = roomAt(path.join(dir, name), name, name, 1)
  ownInode(room.world.root)
  return room
}
