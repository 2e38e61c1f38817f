/** What heartbeats of many sessions on several machines leave at their remote, and what a round of sync takes: real rooms, clones and rounds, the clock alone is set on. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { type Context, createContext } from '../src/context.ts'
import { heartbeat } from '../src/operations/heartbeat.ts'
import { init } from '../src/operations/init.ts'
import { remote } from '../src/operations/remote.ts'
import { send } from '../src/operations/send.ts'
import { sync } from '../src/operations/sync.ts'
import { loadSession, writeSession } from '../src/store/sessions.ts'
import { lazy } from '../test/workers/lazy.ts'
import { newSessionRecord } from '../test/workers/sessions.ts'

/** How much: each session beats once between two rounds. */
export interface Size {
  machines: number
  /** Sessions of each machine. */
  sessions: number
  rounds: number
}

export interface Growth {
  heartbeats: number
  publications: number
  /** Bytes of the objects at the remote: as they came, and after `git gc --prune=now`. */
  loose_bytes: number
  packed_bytes: number
  /** What the repository of a clone grew by, and the objects beside it (bytes). */
  clone_bytes: number
  beside_bytes: number
  /** A round in which all machines have news, and one without (ms, medians over the machines). */
  round_ms: number
  idle_ms: number
}

const ENV = {
  PATH: process.env.PATH!,
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'n',
  GIT_AUTHOR_EMAIL: 'a@b',
  GIT_COMMITTER_NAME: 'n',
  GIT_COMMITTER_EMAIL: 'a@b',
}
const EVERY_MS = 20_000
const texts = { readme: '', gitignore: '*\n', template: () => '' }
const git = (cwd: string, ...args: string[]) => execFileSync('git', args, { cwd, env: ENV, stdio: 'pipe' })

/** What all files below a directory take on the disk (bytes). */
function bytesOf(dir: string): number {
  const names = fs.readdirSync(dir, { recursive: true, withFileTypes: true })
  return names
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + fs.statSync(path.join(entry.parentPath, entry.name)).blocks * 512, 0)
}

const median = (values: number[]) => Math.round([...values].sort((a, b) => a - b)[values.length >> 1] ?? 0)

/** Let them beat and sync in `dir`, which is the caller's to remove; `onRound` hears of each round. */
export function measureGrowth(dir: string, size: Size, onRound: (round: number) => void = () => {}): Growth {
  const bare = path.join(dir, 'remote.git')
  git(dir, 'init', '-q', '--bare', '-b', 'main', bare)
  const clock = { wall: Date.now(), ms: 1_000_000 }
  const machines = Array.from({ length: size.machines }, (_, at) => join(dir, bare, at, size.sessions, clock))
  const objects = path.join(bare, 'objects')
  const before = bytesOf(path.join(machines[0]!.dir, '.git'))
  const taken: number[] = []
  for (let round = 0; round < size.rounds; round++) {
    clock.wall += EVERY_MS
    clock.ms += EVERY_MS
    beatAll(machines, round, size)
    for (const machine of machines) taken.push(timed(() => sync.run(machine.as(null), {})))
    onRound(round)
  }
  const last = taken.slice(-size.machines)
  for (const machine of machines) sync.run(machine.as(null), {})
  const idle = machines.map((machine) => timed(() => sync.run(machine.as(null), {})))
  const loose = bytesOf(objects)
  git(bare, 'gc', '-q', '--prune=now')
  return {
    heartbeats: size.rounds * size.machines * size.sessions,
    publications: taken.length,
    loose_bytes: loose,
    packed_bytes: bytesOf(objects),
    clone_bytes: bytesOf(path.join(machines[0]!.dir, '.git')) - before,
    beside_bytes: bytesOf(path.join(machines[0]!.dir, 'COORDINATION/.state/sync')),
    round_ms: median(last),
    idle_ms: median(idle),
  }
}

interface Clock {
  wall: number
  ms: number
}

interface Machine {
  dir: string
  at: number
  as(session: string | null): Context
}

function join(dir: string, bare: string, at: number, sessions: number, clock: Clock): Machine {
  const clone = path.join(dir, `m${at}`)
  git(dir, 'clone', '-q', bare, clone)
  const as = (session: string | null): Context => {
    const ctx = createContext({
      cwd: clone,
      env: ENV,
      dir: path.join(clone, 'COORDINATION'),
      session,
      lazy,
      texts: () => texts,
    })
    return { ...ctx, now: () => ({ wall: clock.wall, boot: { id: `m${at}`, ms: clock.ms } }) }
  }
  init.run(as(null), {})
  for (let index = 0; index < sessions; index++) newSessionRecord(as(null).room(), sessionOf(at, index))
  remote.run(as(null), { action: 'setup' })
  return { dir: clone, at, as }
}

const sessionOf = (at: number, index: number) => `s-${at}-${index}`

/**
 * Every session tells something new: the first of a machine by the command, the others by the record that this leaves, since a hundred thousand
 * commands would take half an hour and no machine publishes more than the record. One of each machine writes to all now and then.
 */
function beatAll(machines: Machine[], round: number, { sessions, rounds }: Size): void {
  const progress = `${Math.floor(((round + 1) / rounds) * 100)}%`
  for (const { as, at } of machines) {
    const room = as(null).room()
    heartbeat.run(as(sessionOf(at, 0)), { action: 'building', target: `part ${round}`, progress })
    const beaten = loadSession(room, sessionOf(at, 0))!
    const text = JSON.stringify(beaten)
    for (let index = 1; index < sessions; index++) {
      const own = text.replaceAll(`part ${round}`, `part ${(round * 7919 + index * 104_729) % 1_000_003}`)
      writeSession(room, { ...JSON.parse(own), session_id: sessionOf(at, index) })
    }
    if (round % 10 === 0)
      send.run(as(sessionOf(at, 0)), { to: 'broadcast', subject: `round ${round}`, message: 'all is well' })
  }
}

function timed(act: () => unknown): number {
  const begun = performance.now()
  act()
  return performance.now() - begun
}
