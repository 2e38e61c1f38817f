import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import {
  type Binding,
  bind,
  bindAgent,
  boundTo,
  isCutOff,
  isShellAlive,
  isStartedHere,
  noteBinding,
  readBinding,
  sessionOfAgent,
  sessionOfTerminal,
  unbind,
} from '../../src/store/bindings.ts'
import {
  ancestors,
  bootId,
  ownStart,
  type Process,
  pidNamespace,
  readProcess,
} from '../../src/store/processes.ts'
import { temporaryDirectory } from '../helpers/directories.ts'
import { createWorld } from '../helpers/world.ts'

const own = { pid: process.pid, started: ownStart() }
const shell: Process = {
  pid: 4_000_001,
  started: '11',
  name: 'bash',
  over: false,
  parent: 4_000_002,
  session: 4_000_001,
  terminal: 0,
}
const editor: Process = {
  pid: 4_000_002,
  started: '10',
  name: 'editor',
  over: false,
  parent: 1,
  session: 4_000_002,
  terminal: 0,
}

function createBindings() {
  const world = createWorld()
  const room = world.as(null).room()
  const add = (session: string, chain: { pid: number; started: string }[], more: Partial<Binding> = {}) =>
    bind(room, {
      session,
      chain,
      boot_id: 'boot',
      pid_ns: 'pid:[1]',
      terminal: null,
      under: 'person',
      ...more,
    })
  const found = (chain: Process[], under: 'agent' | 'person' = 'person', boot = 'boot', ns = 'pid:[1]') =>
    boundTo(room, chain, boot, ns, under)
  return { world, room, add, found }
}

test('a session is found by each process it was started from, nearest first', () => {
  const { add, found } = createBindings()
  add('one', [shell, editor])
  expect(found([shell, editor])).toEqual([['one'], ['one']])
})

test('the same pid of another start, boot or namespace is another process', () => {
  const { add, found } = createBindings()
  add('one', [shell])
  expect(found([{ ...shell, started: '12' }])).toEqual([[]])
  expect(found([shell], 'person', 'boot2')).toEqual([[]])
  expect(found([shell], 'person', 'boot', 'pid:[2]')).toEqual([[]])
})

test('a session started by a person is not found under an agent, nor the other way round', () => {
  const { add, found } = createBindings()
  add('person', [shell])
  add('agent', [shell], { under: 'agent' })
  expect(found([shell], 'agent')).toEqual([['agent']])
  expect(found([shell], 'person')).toEqual([['person']])
})

test('a session whose own shell still runs elsewhere under a shared ancestor is left out', () => {
  const { add, found } = createBindings()
  add('elsewhere', [own, editor])
  add('here', [shell, editor])
  expect(found([shell, editor])).toEqual([['here'], ['here']])
  expect(found([editor])).toEqual([['here']])
})

test('a session without bindings any more is not found', () => {
  const { room, add, found } = createBindings()
  add('one', [shell, editor], { terminal: 'tty boot 5' })
  unbind(room, 'one')
  expect(found([shell, editor])).toEqual([[], []])
  expect(sessionOfTerminal(room, 'tty boot 5')).toBeNull()
  expect(readBinding(room, 'one')).toBeNull()
})

test('unbinding leaves the terminal to the session that took it over', () => {
  const { room, add } = createBindings()
  add('one', [shell], { terminal: 'tty boot 5' })
  add('two', [shell], { terminal: 'tty boot 5' })
  unbind(room, 'one')
  expect(sessionOfTerminal(room, 'tty boot 5')).toBe('two')
})

test("an agent's id leads to its session, whatever characters it has", () => {
  const { room, world } = createBindings()
  bindAgent(room, 'claude:../../x', 'one')
  expect(sessionOfAgent(room, 'claude:../../x')).toBe('one')
  expect(sessionOfAgent(room, 'claude:other')).toBeNull()
  expect(fs.existsSync(path.join(world.dir, 'x'))).toBe(false)
})

test('the shell of a session lives as long as one process of its chain', () => {
  const { room, add } = createBindings()
  add('dead', [shell])
  add('alive', [shell, own])
  expect(isShellAlive(room, 'dead')).toBe(false)
  expect(isShellAlive(room, 'alive')).toBe(true)
  expect(isShellAlive(room, 'unknown')).toBe(false)
})

test('by its binding alone a session is known to the nearest process of its start that runs: not to an editor with many shells', async () => {
  const { room, add } = createBindings()
  const [sh, agent] = [await runningAs('bash'), await runningAs('agent')]
  const here = { boot_id: bootId(), pid_ns: pidNamespace() }
  add('shell', [sh, agent], here)
  add('gone', [shell, sh, agent], here)
  add('under', [shell, agent], { ...here, under: 'agent' })
  add('editor', [shell, agent], here)
  add('elsewhere', [sh, agent])
  const known = (chain: Process[], under: 'agent' | 'person') =>
    ['shell', 'gone', 'under', 'editor', 'elsewhere'].filter((id) => isStartedHere(room, id, chain, under))
  expect(known([sh, agent], 'person')).toEqual(['shell', 'gone'])
  expect(known([agent], 'agent')).toEqual(['under'])
  expect(known([agent], 'person')).toEqual([])
})

test('a new binding takes away the ways of the old one, keeps those of both, and leads nowhere itself', () => {
  const { room, add, found } = createBindings()
  add('one', [shell, editor], { terminal: 'tty boot 5' })
  noteBinding(room, { ...readBinding(room, 'one')!, chain: [{ ...shell, pid: 7 }, editor], terminal: null })
  expect(found([shell])).toEqual([[]])
  expect(found([{ ...shell, pid: 7 }, editor])).toEqual([[], ['one']])
  expect(sessionOfTerminal(room, 'tty boot 5')).toBeNull()
})

test.each(['junk', '[]', '{"chain": 3}', ''])('a binding that says %j is none', (text) => {
  const { world, room } = createBindings()
  world.write('.state/bindings/one.json', text)
  expect(readBinding(room, 'one')).toBeNull()
})

test('a session of this very process is found by its real ancestors', () => {
  const { room, world } = createBindings()
  world.start('one')
  const found = boundTo(room, ancestors(), bootId(), pidNamespace(), 'person')
  expect(found.length).toBeGreaterThan(0)
  expect(found.every((ids) => ids.length === 1 && ids[0] === 'one')).toBe(true)
})

test('an agent is not taken for another one that still runs under the same editor; a shell that runs proves nothing', async () => {
  const { add, found } = createBindings()
  const other = await runningAs('agent')
  const helper = await runningAs('bash')
  add('other', [other, editor], { under: 'agent' })
  expect(found([editor], 'agent')).toEqual([[]])
  add('mine', [helper, editor], { under: 'agent' })
  expect(found([editor], 'agent')).toEqual([['mine']])
})

/** A process of a given name that runs as long as the test. */
async function runningAs(name: string): Promise<Process> {
  const file = path.join(temporaryDirectory(), name)
  fs.copyFileSync(fs.realpathSync('/bin/sleep'), file)
  const child = spawn(file, ['60'])
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child, 'spawn')
  return readProcess(child.pid!)!
}

test.each([
  ['of a process that is gone was cut off', { pid: 999_999_999, started: '1' }, {}, true],
  ['of a process that runs was not', own, {}, false],
  ['of another boot is not known', { pid: 999_999_999, started: '1' }, { boot_id: 'another' }, false],
  ['without a mark was not', undefined, {}, false],
])('a start %s', (_what, starting, more, cut) => {
  const room = createWorld().as(null).room()
  const binding = { session: 'one', chain: [], terminal: null, under: 'person' as const }
  const here = { boot_id: bootId(), pid_ns: pidNamespace() }
  noteBinding(room, { ...binding, ...here, ...more, ...(starting ? { starting } : {}) })
  expect(isCutOff(room, 'one')).toBe(cut)
})

test('a start that comes to its end while one looks whether it was cut off was not', () => {
  const world = createWorld()
  const room = world.as(null).room()
  const place = { boot_id: bootId(), pid_ns: pidNamespace() }
  const binding = { session: 'one', chain: [], ...place, terminal: null, under: 'agent' as const }
  const begun = { ...binding, starting: { pid: 2 ** 22 + 1, started: '1' } }
  bind(room, begun)
  expect(isCutOff(room, 'one')).toBe(true)
  const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
    bind(room, binding)
    throw Object.assign(new Error('gone'), { code: 'ESRCH' })
  })
  onTestFinished(() => void kill.mockRestore())
  expect(isCutOff(room, 'one')).toBe(false)
})
