/** `coord run` on a real terminal: the keys and the input are the command's own, as under flock(1). */
import fs from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, vi } from 'vitest'
import { signalProcess } from '../../src/store/process-tree.ts'
import { readProcess } from '../../src/store/processes.ts'
import { makeRoom, type Room, real } from '../cli/rooms.ts'
import { coord } from '../helpers/cli.ts'
import { BIN } from './support.ts'
import { Tmux } from './tmux.ts'

const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 20 })
const file = (room: Room, name: string) => path.join(room.dir, name)
const read = (room: Room, name: string) =>
  fs.existsSync(file(room, name)) ? fs.readFileSync(file(room, name), 'utf8').trim() : null

/** A room, and a shell in it that acts as session `one`. */
async function shellIn() {
  const room = await makeRoom('one', 'two')
  const server = new Tmux(room.dir)
  await server.ready()
  const pane = server.pane()
  server.type(pane, `export COORD_SESSION=one; coord() { '${process.execPath}' '${BIN}' "$@"; }`)
  return {
    room,
    type: (line: string) => server.type(pane, line),
    press: (key: string) => server.press(pane, key),
  }
}

/** Counts what it gets, also what comes half a second late. */
const COUNTS = `const fs = require('fs')
process.on('SIGINT', () => fs.appendFileSync('ints', 'int\\n'))
fs.writeFileSync('began', '')
setInterval(() => fs.existsSync('enough') && setTimeout(() => process.exit(5), 500), 20)`

real('tmux')('Ctrl-C reaches the command once, and coord waits for what it makes of it', async () => {
  const { room, type, press } = await shellIn()
  fs.writeFileSync(file(room, 'counts.cjs'), COUNTS)
  type(`coord run droplet x -- '${process.execPath}' counts.cjs; echo $? > code`)
  await until(() => expect(read(room, 'began')).not.toBe(null))
  press('C-c')
  await until(() => expect(read(room, 'ints')).not.toBe(null))
  expect(room.files('claims')).toEqual(['droplet-x.claim'])
  fs.writeFileSync(file(room, 'enough'), '')
  await until(() => expect(read(room, 'code')).toBe('5'))
  expect(read(room, 'ints')).toBe('int')
  expect(room.files('claims')).toEqual([])
})

real('tmux')('the command reads from the terminal, also beside a process in the background', async () => {
  const { room, type } = await shellIn()
  type(`coord run droplet x -- bash -c 'sleep 20 & touch began; read n; echo $n > name; kill %1' | cat`)
  await until(() => expect(read(room, 'began')).not.toBe(null))
  type('ada')
  await until(() => expect(read(room, 'name')).toBe('ada'))
})

real('tmux')('Ctrl-Z stops both; what has lost its claim meanwhile is stopped when it goes on', async () => {
  const { room, type, press } = await shellIn()
  type(`coord run droplet x --for 1s -- bash -c 'sleep 1000 & echo $! > pid.new; mv pid.new pid; wait'`)
  await until(() => expect(read(room, 'pid')).not.toBe(null))
  const sleep = readProcess(Number(read(room, 'pid')))!
  onTestFinished(() => signalProcess(sleep, 'SIGKILL'))
  const state = () => /^State:\t(\w)/m.exec(fs.readFileSync(`/proc/${sleep.pid}/status`, 'utf8'))?.[1]
  press('C-z')
  await until(() => expect(state()).toBe('T'))
  const { code } = await coord({ cwd: room.dir, session: 'two' }, 'claim', 'droplet', 'x', '--wait', '10s')
  expect(code).toBe(0)
  type('fg; echo $? > code')
  await until(() => expect(read(room, 'code')).toBe('1'))
  const now = readProcess(sleep.pid)
  expect(now?.started === sleep.started && !now.over).toBe(false)
})
