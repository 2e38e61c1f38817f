/** The library as its users have it: the built file imported here, or the package in a project of its own, run by node. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { execa } from 'execa'
import { cleanEnvironment } from '../helpers/cli.ts'
import { temporaryDirectory } from '../helpers/directories.ts'

const PACKAGE = path.join(import.meta.dirname, '../..')
const BUILT = pathToFileURL(path.join(PACKAGE, 'dist/library.js')).href

export const { CoordError, openRoom } = (await import(
  BUILT
)) as typeof import('../../src/faces/library/index.ts')

/** A git repository without a room, gone after the test. */
export function emptyRepository(): string {
  const dir = temporaryDirectory()
  execFileSync('git', ['init', '-q', '-b', 'main', dir])
  return dir
}

/** A git repository with a room, gone after the test. */
export function repository(): string {
  const dir = emptyRepository()
  openRoom({ cwd: dir, env: {}, create: true })
  return dir
}

/** Make the package known in a project, with nothing in it but what is published. */
export function install(dir: string): string {
  const home = path.join(dir, 'node_modules/git-coord')
  fs.mkdirSync(path.join(home, 'dist'), { recursive: true })
  fs.copyFileSync(path.join(PACKAGE, 'package.json'), path.join(home, 'package.json'))
  for (const file of ['dist/library.js', 'dist/serve.cjs'])
    fs.copyFileSync(path.join(PACKAGE, file), path.join(home, file))
  fs.cpSync(path.join(PACKAGE, 'templates'), path.join(home, 'templates'), { recursive: true })
  return home
}

/** Run a program that imports `git-coord` in a repository, until it exits by itself; killed after 20 seconds. */
export async function run(dir: string, program: string): Promise<{ code: number; out: string; err: string }> {
  if (!fs.existsSync(path.join(dir, 'node_modules'))) install(dir)
  const file = path.join(dir, `program-${Math.random().toString(36).slice(2)}.mjs`)
  fs.writeFileSync(file, program)
  const result = await execa(process.execPath, [file], {
    cwd: dir,
    env: cleanEnvironment(),
    extendEnv: false,
    reject: false,
    timeout: 20_000,
  })
  return { code: result.exitCode ?? -1, out: result.stdout, err: result.stderr }
}
