/** A room of its own for each test: a temporary directory, a clock that the test moves, counted randomness. */
import fs from 'node:fs'
import path from 'node:path'
import { type Context, createContext } from '../../src/context.ts'
import { init } from '../../src/operations/init.ts'
import { start } from '../../src/operations/start.ts'
import { forgetHeads } from '../../src/store/ledger.ts'
import { loadTexts } from '../../src/store/texts.ts'
import { lazy } from '../workers/lazy.ts'
import { laidOut } from './layouts.ts'

const PACKAGE = path.join(import.meta.dirname, '../..')
export const EPOCH = Date.parse('2026-11-20T10:00:00.000Z')

export interface World {
  dir: string
  /** The COORDINATION directory. */
  root: string
  now: number
  /** The context of one command, as a session. */
  as(session: string | null, env?: Record<string, string>): Context
  /** Register a session under an id. */
  start(id: string, given?: { name?: string; work?: string; capability?: string[] }): void
  advance(millis: number): void
  read(file: string): string
  json(file: string): Record<string, unknown>
  write(file: string, text: string): void
  list(directory: string): string[]
}

/** A room with a pinned clock, outside git, and the sessions named. */
export function createWorld(...sessions: string[]): World {
  const dir = laidOut(`room ${sessions.join(' ')}`, (made) => {
    const world = worldIn(made)
    init.run(world.as(null), {})
    for (const id of sessions) world.start(id)
  })
  return worldIn(dir, 1 + sessions.length)
}

/** The world of a directory whose room is there already, or is still to be made. */
export function worldIn(dir: string, seed = 0): World {
  const root = path.join(dir, 'COORDINATION')
  const world: World = {
    dir,
    root,
    now: EPOCH,
    as(session, env = {}) {
      forgetHeads()
      const pinned = { COORD_NOW: new Date(world.now).toISOString(), COORD_SEED: String(++seed), ...env }
      return createContext({
        cwd: dir,
        env: pinned,
        dir: root,
        session,
        lazy,
        texts: () => ({ ...loadTexts(PACKAGE), readme: '# room\n', gitignore: '*\n' }),
      })
    },
    start: (id, given = {}) => void start.run(world.as(null), { id, ...given }),
    advance(millis) {
      world.now += millis
    },
    read: (file) => fs.readFileSync(path.join(root, file), 'utf8'),
    json: (file) => JSON.parse(world.read(file)) as Record<string, unknown>,
    write(file, text) {
      fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
      fs.writeFileSync(path.join(root, file), text)
    },
    list: (directory) =>
      fs
        .readdirSync(path.join(root, directory))
        .filter((name) => !name.startsWith('.'))
        .sort(),
  }
  return world
}
