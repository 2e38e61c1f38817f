/** The original protocol's scripts, run as they stand beside a room. */
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { cleanEnvironment } from '../helpers/cli.ts'
import { temporaryDirectory } from '../helpers/directories.ts'

export const FIXTURES = path.join(import.meta.dirname, '../fixtures/seed')

export interface Said {
  code: number | null
  out: string
}

/** Run `session-<name>.sh` in the directory that holds COORDINATION/. */
export function script(
  dir: string,
  name: string,
  args: string[] = [],
  env: Record<string, string> = {},
): Said {
  const file = path.join(FIXTURES, `session-${name}.sh`)
  const { status, stdout } = spawnSync('bash', [file, ...args], {
    cwd: dir,
    env: cleanEnvironment(env),
    encoding: 'utf8',
  })
  return { code: status, out: stdout }
}

/** The directories that the protocol asks people to make by hand. */
export function bareRoom(): string {
  const dir = temporaryDirectory()
  for (const name of [
    'sessions',
    'heartbeats',
    'claims',
    'messages/broadcast',
    'messages/direct',
    'handoffs',
  ]) {
    fs.mkdirSync(path.join(dir, 'COORDINATION', name), { recursive: true })
  }
  return dir
}

export const currentSession = (dir: string) => fs.readFileSync(inRoom(dir, '.current_session'), 'utf8').trim()
export const inRoom = (dir: string, ...parts: string[]) => path.join(dir, 'COORDINATION', ...parts)

/** Become a session by session-start.sh; its ids are seconds, so that the next one may have to wait. */
export function startByScript(dir: string): string {
  const taken = fs.readdirSync(inRoom(dir, 'sessions'))
  for (;;) {
    script(dir, 'start')
    const id = currentSession(dir)
    if (!taken.includes(`${id}.json`)) return id
  }
}

/** Let the scripts act as a session. */
export const becomeByScript = (dir: string, id: string) =>
  fs.writeFileSync(inRoom(dir, '.current_session'), `${id}\n`)

/** Change a JSON file with jq, as a shell script would. */
export function jq(file: string, filter: string): void {
  const text = execFileSync('jq', [filter, file], { encoding: 'utf8' })
  fs.writeFileSync(file, text)
}
