/** Commands in a room of their own, at every point of which the disk fails or the process is killed. */

import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { CoordError, ERRORS } from '../../src/protocol/errors.ts'
import { asCoordError } from '../../src/store/disk.ts'
import { ownStart } from '../../src/store/processes.ts'
import { type World, worldIn } from '../helpers/world.ts'
import { checkAfterwards } from './afterwards.ts'
import { type Call, layer, type Plan } from './layer.ts'
import { differences, type Picture, takePicture } from './picture.ts'
import { age, furnish, type Scene } from './scenes.ts'

/** Rooms as the scenes begin with, each made once. */
export interface Stage {
  home: string
  rooms: Record<Scene['room'], World>
  fresh(room: Scene['room']): World
}

/** One name for all: sessions are of the project that the repository is called, and copies are not to be others. */
const REPOSITORY = 'guidance'

export function setStage(): Stage {
  const home = fs.realpathSync(
    fs.mkdtempSync(path.join(fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir(), 'coord-faults-')),
  )
  const make = (name: string) => {
    const dir = path.join(home, name, REPOSITORY)
    bareRepository(dir)
    return worldIn(dir)
  }
  const rooms = { none: make('none'), used: make('used'), old: make('old') }
  furnish(rooms.used)
  furnish(rooms.old)
  age(rooms.old)
  let count = 0
  return {
    home,
    rooms,
    fresh(room) {
      const dir = path.join(home, `case-${count++}`, REPOSITORY)
      fs.cpSync(rooms[room].dir, dir, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
      const world = worldIn(dir, 1000)
      world.now = rooms[room].now
      return world
    },
  }
}

/** As much of a repository as coord looks at. */
function bareRepository(dir: string): void {
  for (const name of ['objects', 'refs', 'info'])
    fs.mkdirSync(path.join(dir, '.git', name), { recursive: true })
  fs.writeFileSync(path.join(dir, '.git/HEAD'), 'ref: refs/heads/main\n')
  fs.writeFileSync(path.join(dir, '.git/config'), '[core]\n\trepositoryformatversion = 0\n')
}

/** A scene as it goes without faults: every call it makes, and the room before and after. */
export interface Rehearsal {
  scene: Scene
  calls: Call[]
  before: Picture
  after: Picture
  /** What was found wrong in the rooms that were looked at, by their digests. */
  known: Map<string, string[]>
}

export function rehearse(stage: Stage, scene: Scene): Rehearsal {
  const world = stage.fresh(scene.room)
  const before = takePicture(world.root, isSpoilt)
  layer.arm({ below: world.dir })
  let calls: Call[]
  try {
    scene.run(world)
  } finally {
    calls = layer.disarm().calls
  }
  const after = takePicture(world.root, isSpoilt)
  drop(world)
  return { scene, calls, before, after, known: new Map() }
}

const drop = (world: World) => fs.rmSync(path.dirname(world.dir), { recursive: true, force: true })

/** What was damaged before the command came. */
export const isSpoilt = (file: string) => file.includes('spoilt')

/** Every point at which a scene can fail, and how. `errnosOf` chooses among what the call can fail with. */
export function plansFor({ calls }: Rehearsal): Plan[] {
  return calls.flatMap(({ name, errnos, changes }, i) => {
    const at = i + 1
    const plans: Plan[] = changes ? [{ at, as: 'kill' }] : []
    for (const as of errnos) plans.push({ at, as }, { at, as, lasting: true })
    if (name === 'writeSync')
      plans.push({ at, as: 'kill', torn: true }, { at, as: 'ENOSPC', lasting: true, torn: true })
    if (changes && name !== 'openSync' && name !== 'writeSync') plans.push({ at, as: 'EIO', late: true })
    return plans
  })
}

/** Play a scene with a fault; what was wrong then, as sentences. */
export function play(stage: Stage, rehearsal: Rehearsal, plan: Plan): string[] {
  const { scene, before, after } = rehearsal
  const world = stage.fresh(scene.room)
  try {
    const outcome = perform(scene, world, plan)
    bury(world.root)
    const faults = outcome.fault ? [outcome.fault] : []
    const state = `${outcome.done} ${JSON.stringify(outcome.told)} ${digest(world)}`
    if (!rehearsal.known.has(state)) {
      const isSure = (part: keyof Picture, key: string) =>
        outcome.done && (scene.promises?.includes(part) || outcome.told[part]?.includes(key)) === true
      const seen = tried(() => differences(before, takePicture(world.root, isSpoilt), after, isSure))
      rehearsal.known.set(state, [...seen, ...tried(() => checkAfterwards(world, rehearsal))])
    }
    return [...faults, ...rehearsal.known.get(state)!]
  } finally {
    drop(world)
  }
}

const UUIDS = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

/** What lies in a directory, but for what differs from run to run: two rooms of one digest need not both be looked at. */
function digest(world: World): string {
  const hash = createHash('sha256')
  const walk = (dir: string) => {
    for (const entry of fs
      .readdirSync(dir, { withFileTypes: true })
      .sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const file = `${dir}/${entry.name}`
      hash.update(`${entry.name.replace(/^\.tmp-(\d+)-.*$/, '.tmp-$1')}\n`)
      if (entry.isDirectory()) walk(file)
      else if (entry.isFile() && !/\/locks\//.test(file))
        hash.update(`${fs.readFileSync(file, 'latin1').replaceAll(world.dir, '').replace(UUIDS, '')}\n`)
    }
    hash.update('..\n')
  }
  walk(world.dir)
  return hash.digest('hex')
}

function tried(run: () => string[]): string[] {
  try {
    return run()
  } catch (error) {
    return [(error as Error).message]
  }
}

interface Outcome {
  /** Whether it answered. */
  done: boolean
  told: Partial<Record<keyof Picture, string[]>>
  fault?: string | undefined
}

function perform(scene: Scene, world: World, plan: Plan): Outcome {
  layer.arm({ below: world.dir, ...plan })
  try {
    const answer = scene.run(world)
    const { dead } = layer.disarm()
    return dead ? { done: false, told: {} } : { done: true, told: scene.told?.(answer) ?? {} }
  } catch (error) {
    const { dead } = layer.disarm()
    return { done: false, told: {}, fault: dead ? undefined : faultOf(error) }
  }
}

/** What the command line would call a fault of coord itself. */
function faultOf(thrown: unknown): string | undefined {
  const error = asCoordError(thrown, 'the room')
  if (error instanceof CoordError && error.code in ERRORS && error.code !== 'bug') return undefined
  return `it answered with ${(error as Error)?.stack ?? error}`
}

const NOBODY = 999_999_999

/** Our process is to look dead to those who come later: so do its locks, tickets and temporary files, which are an hour old. */
export function bury(root: string): void {
  if (!fs.existsSync(root)) return
  const own = `.tmp-${process.pid}-`
  // With its start behind it: the digits alone may stand in a time or in another process's start.
  const ourselves = new RegExp(`\\b${process.pid}(?=( |\\t|,"started":")${ownStart()}\\b)`, 'g')
  const past = Date.now() / 1000 - 2 * 3600
  for (const entry of fs.readdirSync(root, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name)
    if (entry.name.startsWith(own)) {
      const renamed = path.join(entry.parentPath, entry.name.replace(own, `.tmp-${NOBODY}-`))
      fs.renameSync(file, renamed)
      fs.utimesSync(renamed, past, past)
    } else if (/\/\.state\/(locks|bindings)$|\/\.state\/waiting\//.test(entry.parentPath)) {
      if (entry.isFile())
        fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(ourselves, String(NOBODY)))
      fs.utimesSync(file, past, past)
    }
  }
}
