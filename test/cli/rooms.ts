/** Rooms for the tests of the command line: real directories, a pinned clock, gone when the file's tests are done. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { type Answer, coord } from '../helpers/cli.ts'
import { fileDirectory } from '../helpers/directories.ts'
import { inside } from '../helpers/inside.ts'
import { type Layout, readLayout, writeLayout } from '../helpers/layouts.ts'

/** The pinned time of the tests; `at` moves it. */
export const NOW = '2026-11-20T10:00:00.000Z'
export const PINNED = { COORD_NOW: NOW, COORD_SEED: '1' }

/** The pinned environment some minutes later. */
export function minutesLater(minutes: number): Record<string, string> {
  return { ...PINNED, COORD_NOW: new Date(Date.parse(NOW) + minutes * 60_000).toISOString() }
}

/** An empty directory. */
export function emptyDirectory(): string {
  const dir = fileDirectory()
  fs.chmodSync(dir, 0o755)
  return dir
}

/** A git repository without a room. */
export function repository(): string {
  const dir = emptyDirectory()
  execFileSync('git', ['init', '-q', '-b', 'main', dir])
  return dir
}

/** What is made at the first call, and only then. */
export function once<Made>(make: () => Promise<Made>): () => Promise<Made> {
  let made: Promise<Made> | undefined
  return () => {
    made ??= make()
    return made
  }
}

const layouts = new Map<string, Layout>()

/** A copy of a directory that `emptyDirectory` gave, as it was when first copied, as if all in it had been made there: its name is replaced wherever it stands. */
export function copyOf(template: string): string {
  const layout = layouts.get(template) ?? readLayout(template)
  layouts.set(template, layout)
  const dir = emptyDirectory()
  writeLayout(layout, dir)
  return dir
}

const templates = new Map<string, () => Promise<string>>()

/** A directory with a room, outside git, and the sessions named. Made by coord once for each set of names, then copied. */
export async function makeRoom(...sessions: string[]): Promise<Room> {
  const key = sessions.join(' ')
  const template = templates.get(key) ?? once(() => layOutRoom(sessions))
  templates.set(key, template)
  return roomAt(copyOf(await template()))
}

async function layOutRoom(sessions: string[]): Promise<string> {
  const dir = emptyDirectory()
  await done({ cwd: dir }, 'init')
  for (const id of sessions) await done({ cwd: dir }, 'start', '--id', id)
  return dir
}

/** The room of a directory, with coord run as one of its sessions. */
export function roomAt(dir: string) {
  const root = path.join(dir, 'COORDINATION')
  return {
    dir,
    root,
    as: (session: string, ...args: string[]) => coord({ cwd: dir, session, env: PINNED }, ...args),
    /** As nobody known, at the pinned time. */
    plain: (...args: string[]) => coord({ cwd: dir, env: PINNED }, ...args),
    /** As a session, some minutes later. */
    later: (minutes: number, session: string, ...args: string[]) =>
      coord({ cwd: dir, session, env: minutesLater(minutes) }, ...args),
    /** What comes before that which a test asks: as a session, within this process. */
    did: (session: string, ...args: string[]) => done({ cwd: dir, session }, ...args),
    didLater: (minutes: number, session: string, ...args: string[]) =>
      done({ cwd: dir, session, env: minutesLater(minutes) }, ...args),
    files: (directory: string) =>
      fs.readdirSync(path.join(root, directory)).filter((name) => !name.startsWith('.')),
    read: (file: string) => fs.readFileSync(path.join(root, file), 'utf8'),
    everything: () => everything(root),
  }
}
export type Room = ReturnType<typeof roomAt>

/** The texts of all files below a directory, by path. */
export function everything(dir: string): Record<string, string> {
  const entries = fs
    .readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
  const files = entries.map((entry) => path.join(entry.parentPath, entry.name)).sort()
  return Object.fromEntries(files.map((file) => [path.relative(dir, file), fs.readFileSync(file, 'utf8')]))
}

/** The paths whose texts differ between two looks at a room. */
export function changes(before: Record<string, string>, after: Record<string, string>): string[] {
  return Object.keys({ ...before, ...after }).filter((file) => before[file] !== after[file])
}

/** Run coord where it must succeed, as what comes before that which a test asks: within this process. */
export async function done(
  call: { cwd: string; session?: string; env?: Record<string, string> },
  ...args: string[]
): Promise<Answer> {
  const answer = inside({ ...call, env: { ...PINNED, ...call.env } }, ...args)
  expect(answer.code, `coord ${args.join(' ')}: ${answer.err}`).toBe(0)
  return answer
}

/** Expect an answer with exit 0 and nothing on stderr; its stdout. */
export function said(answer: Answer): string {
  expect(answer).toMatchObject({ code: 0, err: '' })
  return answer.out
}

/** The id of a message in an answer, by its last four letters. */
export const shortId = (answer: Answer): string => answer.json.message.id.slice(-4)

/** Whether a tool is on PATH. */
export const has = (tool: string) =>
  (process.env.PATH ?? '').split(path.delimiter).some((dir) => fs.existsSync(path.join(dir, tool)))

/** A test that needs a tool: skipped where it is absent, but not in CI, where `.ci/run` installs it. */
export const real = (tool: string) => test.skipIf(!has(tool) && process.env.CI !== 'true')
