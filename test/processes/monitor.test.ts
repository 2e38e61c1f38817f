/** The monitor that goes on: a real terminal, real panes, signals. */
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { cleanEnvironment } from '../helpers/cli.ts'
import { BIN, repository } from './support.ts'
import { Tmux } from './tmux.ts'

const RUN = `'${process.execPath}' '${BIN}'`
const LONG = { timeout: 20_000 }

test('on a terminal the summary is drawn anew, with what stands in the pane of who gives no sign', async () => {
  const dir = repository()
  const server = new Tmux(dir)
  await server.ready()
  const stuck = server.pane()
  const sevenAgo = `COORD_NOW=${new Date(Date.now() - 7 * 60_000).toISOString()}`
  await server.coord(stuck, "start --id stuck --work 'landing page'", sevenAgo)
  await server.coord(stuck, "push working 'making the page' 0.3", sevenAgo)
  const watcher = server.pane()
  server.type(stuck, "clear; printf 'Proceed?\\n\\n  (y/n)\\n'; cat")
  server.type(watcher, `${RUN} monitor --tmux --interval 1s`)
  const screen = () => server.tmux('capture-pane', '-p', '-t', watcher)
  await expect.poll(screen, LONG).toContain('│   (y/n)')
  expect(screen()).toMatch(
    /◐ {2}stuck {2}███░{7} {2}30% {2}no update for 7\.\d minutes: making the page\n *│ Proceed\?\n *│ {3}\(y\/n\)/,
  )
  fs.appendFileSync(
    path.join(dir, 'COORDINATION/status/foreign_status.json'),
    `{"timestamp":"${new Date().toISOString()}","session":"foreign","status":"error","message":"boom"}`,
  )
  await expect.poll(screen, LONG).toContain('error (1)')
  expect(screen().match(/total sessions/g)).toHaveLength(1)
  server.press(watcher, 'C-c')
  server.type(watcher, 'echo "ended $?"')
  await expect.poll(screen, LONG).toContain('ended 130')
})

test('elsewhere each change is an object on a line, and an alert comes with what it is of', async () => {
  const dir = repository()
  const env = cleanEnvironment()
  const run = (...args: string[]) => spawn(process.execPath, [BIN, ...args], { cwd: dir, env })
  await new Promise((done) => run('init').once('close', done))
  const monitor = run('monitor', '--interval', '1', '--json', '--exec', 'cat >> told.jsonl; sleep 60')
  onTestFinished(() => void monitor.kill('SIGKILL'))
  let out = ''
  monitor.stdout.on('data', (part) => {
    out += part
  })
  const lines = () =>
    out
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  await expect.poll(lines, LONG).toHaveLength(1)
  run('push', 'error', 'disk full', '--session', 'm')
  await expect.poll(lines, LONG).toHaveLength(2)
  expect(lines()[1]).toMatchObject({ severity: 'critical', alerts: [{ kind: 'error', session_id: 'm' }] })
  const told = path.join(dir, 'told.jsonl')
  await expect.poll(() => fs.existsSync(told) && fs.readFileSync(told, 'utf8'), LONG).toContain('disk full')
  const ended = new Promise((done) => monitor.once('close', done))
  monitor.kill('SIGTERM')
  expect(await ended).toBe(143)
})
