/** Many processes that append to one history while it is set aside again and again. */
import { execFile, spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test, vi } from 'vitest'
import { cleanEnvironment, coord } from '../helpers/cli.ts'
import { register, repository, roomOf } from './support.ts'

const run = promisify(execFile)
const BUNDLER = path.join(import.meta.dirname, '../../build/bundle-test.mjs')
const WRITERS = 6
const LINES = 1500

/** A script that appends until it is told to stop; `stop` resolves to how many lines it wrote. */
function scriptAppending(file: string) {
  const loop = `i=0; while read -t 0.001; [ $? -gt 128 ]; do echo '{"timestamp":"2026-11-20T10:00:00Z","session":"one","status":"working","message":"script '$i'"}' >> "$1"; i=$((i+1)); done; echo $i`
  const child = spawn('bash', ['-c', loop, 'bash', file], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return async () => {
    let out = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    const closed = new Promise((resolve) => child.once('close', resolve))
    child.stdin.end()
    await closed
    return Number(out)
  }
}

test('no line of any writer is lost or doubled while the history is set aside under them', async () => {
  const dir = repository()
  await register(dir, 'one')
  const { stdout } = await run(process.execPath, [BUNDLER, 'test/workers/append-status.ts'])
  const worker = stdout.trim()
  const env = cleanEnvironment({ COORD_DIR: roomOf(dir) })
  const stop = scriptAppending(path.join(roomOf(dir), 'status/one_status.json'))
  const appended = () =>
    fs.readFileSync(path.join(roomOf(dir), 'status/one_status.json'), 'utf8').split('\n').length
  await vi.waitFor(() => expect(appended()).toBeGreaterThan(12), { timeout: 20_000, interval: 5 })
  const writers = Array.from({ length: WRITERS }, (_, i) =>
    run(process.execPath, [worker, `w${i}`, String(LINES)], { env }),
  )
  await Promise.all(writers)
  const foreign = await stop()
  const parts = fs.readdirSync(path.join(roomOf(dir), 'status')).filter((name) => name.startsWith('one_'))
  expect(parts.length).toBeGreaterThan(2)
  const { json } = await coord({ cwd: dir }, 'history', 'one', '--limit', '99999', '--json')
  expect(json.problems).toEqual([])
  const said = (json.acts as { message: string }[]).map(({ message }) => message)
  const wanted = Array.from({ length: WRITERS }, (_, w) =>
    Array.from({ length: LINES }, (_, i) => `w${w} ${i}`),
  )
  expect(said.filter((message) => message.startsWith('w')).sort()).toEqual(wanted.flat().sort())
  expect(foreign).toBeGreaterThan(10)
  expect(said.filter((message) => message.startsWith('script'))).toHaveLength(foreign)
})
