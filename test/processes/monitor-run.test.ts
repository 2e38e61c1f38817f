/** What the monitor runs, with those that outlive it and hold its pipes. */
import { expect, onTestFinished, test } from 'vitest'
import { runTask } from '../../src/faces/cli/monitor/run.ts'
import { cleanEnvironment } from '../helpers/cli.ts'

const env = cleanEnvironment()
const LONG_MS = 60_000

/** Run a line of shell that tells the pid of the one that it leaves behind; it goes with the test. */
async function timed(line: string, rest: { timeout_ms?: number; signal?: AbortSignal } = {}) {
  const began = performance.now()
  const said = await runTask('sh', ['-c', line], { timeout_ms: LONG_MS, env, ...rest }).catch(
    (error: Error) => error.message,
  )
  const left = /pid=(\d+)/.exec(said)?.[1]
  if (left) onTestFinished(() => void process.kill(Number(left), 'SIGKILL'))
  return { said, took: performance.now() - began }
}

test('whoever it starts in the background does not hold it', async () => {
  const { said, took } = await timed('setsid sleep 20 & echo pid=$!; echo done')
  expect(said).toMatch(/^pid=\d+\ndone\n$/)
  expect(took).toBeLessThan(5000)
})

test('what it says last is heard, and why it failed', async () => {
  expect((await timed('echo one; echo two')).said).toBe('one\ntwo\n')
  expect((await timed('echo first >&2; echo why >&2; exit 3')).said).toBe('exited 3: why')
  expect((await timed('kill -TERM $$')).said).toBe('was ended by SIGTERM')
  expect((await timed('cat')).said).toBe('')
  expect(
    await runTask('no-such-program', [], { timeout_ms: 1000, env }).catch((error) => error.message),
  ).toBe('is not installed')
})

test('its time ends at its limit, whoever holds its pipes', async () => {
  const { said, took } = await timed('setsid sleep 8 & sleep 60', { timeout_ms: 300 })
  expect(said).toBe('took longer than 0.3 s')
  expect(took).toBeLessThan(5000)
})

test('a signal ends it, whoever holds its pipes', async () => {
  const { said, took } = await timed('setsid sleep 8 & sleep 60', { signal: AbortSignal.timeout(300) })
  expect(said).toBe('was interrupted')
  expect(took).toBeLessThan(5000)
})
