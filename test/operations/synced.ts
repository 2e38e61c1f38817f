/** Clones of one project, each with a room and a session, and a bare remote between them. */
import fs from 'node:fs'
import path from 'node:path'
import { init } from '../../src/operations/init.ts'
import { sync } from '../../src/operations/sync.ts'
import type { Round } from '../../src/operations/syncing/round.ts'
import { saveRemote } from '../../src/store/remote/setting.ts'
import { laidOut } from '../helpers/layouts.ts'
import { type World, worldIn } from '../helpers/world.ts'
import { ENV, git, layOutRemote, remoteIn } from '../store/remote/remotes.ts'

export interface Machine {
  /** What the clone is called at the remote. */
  id: string
  dir: string
  world: World
  /** The context of a command of a session, with what git needs. */
  as(session: string | null): ReturnType<World['as']>
  sync(): Round
}

export interface Team {
  bare: string
  dir: string
  machines: Machine[]
  /** Every machine once, in order. */
  round(): Round[]
  advance(millis: number): void
}

/** `count` machines `aaaaaaaa`, `bbbbbbbb` …, each with a session `s-a`, `s-b` …, on prefix `refs/coord`. */
export function createTeam(count: number, prefix = 'refs/coord', format: string[] = []): Team {
  const letters = [...'abcdefghij'].slice(0, count)
  const layout = (to: string) => {
    const remote = layOutRemote(to, format)
    letters.forEach((letter, at) => void furnish(remote.clone(letter), letter, at))
  }
  const dir = laidOut(`team ${count} ${format.join(' ')}`, layout)
  const machines = letters.map((letter, at) => joinTeam(path.join(dir, letter), letter, prefix, at))
  return {
    ...{ bare: remoteIn(dir).bare, dir, machines },
    round: () => machines.map((machine) => machine.sync()),
    advance(millis) {
      for (const { world } of machines) world.advance(millis)
    },
  }
}

function furnish(dir: string, letter: string, seed: number): void {
  const world = worldIn(dir, seed * 1000)
  init.run(world.as(null, ENV), {})
  world.start(`s-${letter}`, { work: `work of ${letter}` })
}

function joinTeam(dir: string, letter: string, prefix: string, seed: number): Machine {
  const world = worldIn(dir, seed * 1000 + 500)
  const as = (session: string | null) => world.as(session, ENV)
  const id = letter.repeat(8)
  const inode = String(fs.statSync(world.root, { bigint: true }).ino)
  const rest = { inode, atomic: true, shards: 1, since: '2026-11-20T10:00:00.000Z', timeout_ms: 20_000 }
  saveRemote(as(null).room(), { version: 1, remote: 'origin', prefix, machine: id, ...rest })
  return { id, dir, world, as, sync: () => sync.run(as(null), {}) }
}

export const stateRef = (id: string) => `refs/coord/state/${id}`

/** The files that a machine has published, by name. */
export function publishedBy(bare: string, ref: string): Map<string, string> {
  const names = git(bare, 'ls-tree', '-r', '--name-only', ref).split('\n')
  return new Map(names.map((name) => [name, git(bare, 'show', `${ref}:${name}`)]))
}

/** Put a tree of one's own making at a ref of the remote: rows of `git mktree`, and blobs for `BLOB:text`. */
export function forge(
  bare: string,
  ref: string,
  rows: [mode: string, type: string, what: string, name: string][],
) {
  const lines = rows.map(([mode, type, what, name]) => `${mode} ${type} ${what}\t${name}\0`).join('')
  const tree = withInput(bare, lines, 'mktree', '-z', '--missing')
  const commit = git(bare, 'commit-tree', '-m', 'x', tree)
  git(bare, 'update-ref', ref, commit)
  return commit
}

/** A blob in the remote; its object id. */
export const blob = (bare: string, text: string) => withInput(bare, text, 'hash-object', '-w', '--stdin')

function withInput(bare: string, input: string, ...args: string[]): string {
  const file = path.join(path.dirname(bare), `input-${process.hrtime.bigint()}`)
  fs.writeFileSync(file, input)
  const fd = fs.openSync(file, 'r')
  try {
    const { execFileSync } = process.getBuiltinModule('node:child_process')
    return execFileSync('git', args, { cwd: bare, env: ENV, stdio: [fd, 'pipe', 'pipe'] })
      .toString()
      .trim()
  } finally {
    fs.closeSync(fd)
    fs.rmSync(file)
  }
}
