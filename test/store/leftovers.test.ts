/** What is left over, by the one rule of gc and doctor, and that nothing else is ever removed. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { bootId, ownStart, pidNamespace } from '../../src/store/processes.ts'
import { leftoverChores } from '../../src/store/tidy/plan.ts'
import { upkeepIfDue } from '../../src/store/upkeep.ts'
import { createWorld, EPOCH } from '../helpers/world.ts'
import { failing, listing } from './helpers.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DEAD = 4_194_305
const HERE = `${bootId()} ${pidNamespace()}`
const OWN = `${process.pid} ${ownStart()} ${HERE}`
const ticket = (pid: number, started: string, boot = bootId()) =>
  `one\t2026-11-20T09:00:00.000Z\t${pid}\t${started}\t${boot}\t${pidNamespace()}\n`

function createRoom() {
  const world = createWorld()
  const room = world.as(null).room()
  const file = (name: string) => path.join(world.root, name)
  /** Write a file that was changed so long ago (ms), by the machine's clock. */
  const leave = (name: string, text: string, age = 0) => {
    world.write(name, text)
    const then = (Date.now() - age) / 1000
    fs.utimesSync(file(name), then, then)
  }
  const plan = () => leftoverChores(room, { wall: EPOCH, boot: null }, new Map())
  return { world, file, leave, plan }
}

const LOCK = '.state/locks/session-one'
const TICKET = '.state/waiting/task-x/000000000000001-1-abcd'
const TEMPORARY = `sessions/.tmp-${DEAD}-x-0`
const RUNNING = `sessions/.tmp-${process.pid}-x-0`

/** What lies where, how old, whether it is left over. */
test.each<[string, string, string, number, boolean]>([
  ['a lock of a dead process', LOCK, `${DEAD} 1 ${HERE} abc`, 0, true],
  ['a lock whose pid has another process', LOCK, `${process.pid} 1 ${HERE} abc`, 0, true],
  ['a lock of another pid namespace', LOCK, `${DEAD} 1 ${bootId()} pid:[1] abc`, MINUTE / 2, false],
  [
    'a lock of another pid namespace, a minute old',
    LOCK,
    `${DEAD} 1 ${bootId()} pid:[1] abc`,
    2 * MINUTE,
    true,
  ],
  ['a lock of another boot', LOCK, `${DEAD} 1 other ${pidNamespace()} abc`, MINUTE / 2, false],
  ['a lock that does not tell where', LOCK, `${DEAD} 1 abc`, MINUTE / 2, false],
  ['a lock of a running process', LOCK, `${OWN} abc`, HOUR - MINUTE, false],
  ['a lock that a running process had for an hour', LOCK, `${OWN} abc`, HOUR + MINUTE, true],
  ['a lock that says nothing yet', LOCK, '', MINUTE / 2, false],
  ['a lock that says nothing for a minute', LOCK, '', 2 * MINUTE, true],
  ['a lock from the future', LOCK, '', -2 * MINUTE, true],
  ['the guard of gc and doctor', '.state/locks/gc.lock', '', 2 * HOUR, false],
  ['a place of a dead process', TICKET, ticket(DEAD, '1'), 0, true],
  ['a place of a running process', TICKET, ticket(process.pid, ownStart()), HOUR - MINUTE, false],
  ['a place of another boot', TICKET, ticket(DEAD, '1', 'other'), MINUTE / 2, false],
  ['a place of another boot that nobody touches', TICKET, ticket(DEAD, '1', 'other'), 2 * MINUTE, true],
  ['a temporary file of a dead process', TEMPORARY, 'half', HOUR - MINUTE, false],
  ['an old temporary file of a dead process', TEMPORARY, 'half', HOUR + MINUTE, true],
  ['a temporary file of a running process', RUNNING, 'half', 24 * HOUR - MINUTE, false],
  ['an old temporary file of a running process', RUNNING, 'half', 24 * HOUR + MINUTE, true],
])('%s', (_what, name, text, age, goes) => {
  const { leave, plan, file } = createRoom()
  leave(name, text, age)
  const found = plan().filter((chore) => chore.path === name)
  expect(found.map(({ why }) => typeof why)).toEqual(goes ? ['string'] : [])
  for (const chore of found) expect(chore.run()).toBe(true)
  expect(fs.existsSync(file(name))).toBe(!goes)
})

const DEAD_LINK = '.state/processes/00000000-1-99-1/ghost'
const POINTER = '.state/terminals/pts1'

/** What is left over under a name that somebody may take at any moment, and what somebody puts there. */
const RETAKEN: [what: string, name: string, old: string, taken: string][] = [
  ['a lock', LOCK, `${DEAD} 1 ${HERE} abc`, `${OWN} def`],
  ['a place in a line', TICKET, ticket(DEAD, '1'), ticket(process.pid, ownStart())],
  ['the current session', '.current_session', 'ghost\n', 'one\n'],
  ['the session of a terminal', POINTER, 'ghost', 'one'],
]

test.each(RETAKEN)('%s that was taken anew since it was looked at stays', (_what, name, old, taken) => {
  const { world, leave, plan } = createRoom()
  world.start('one')
  leave(name, old, 2 * HOUR)
  const [chore] = plan().filter(({ path }) => path === name)
  world.write(name, taken)
  expect(chore!.run()).toBe(false)
  expect(world.read(name)).toBe(taken)
})

test.each([...RETAKEN, ['a binding', DEAD_LINK, 'person', 'agent'] as const])(
  '%s that is taken anew in the very moment of its removal is put back, and nothing else is left',
  (_what, name, old, taken) => {
    const { world, leave, plan, file } = createRoom()
    world.start('one')
    leave(name, old, 2 * HOUR)
    const [chore] = plan().filter(({ path }) => path === name)
    const before = listing(path.dirname(file(name))).map((line) => line.split(' ')[0])
    const rename = fs.renameSync.bind(fs)
    const spy = vi.spyOn(fs, 'renameSync').mockImplementationOnce((from, to) => {
      fs.rmSync(file(name))
      world.write(name, taken)
      rename(from, to)
    })
    onTestFinished(() => void spy.mockRestore())
    expect(chore!.run()).toBe(false)
    expect(world.read(name)).toBe(taken)
    expect(listing(path.dirname(file(name))).map((line) => line.split(' ')[0])).toEqual(before)
  },
)

test('upkeep takes temporary files by the same rule, and goes on past one that it can not remove', () => {
  const { world, leave, file } = createRoom()
  const [stuck, old] = [`alerts/.tmp-${DEAD}-x-0`, TEMPORARY]
  for (const name of [stuck, old]) leave(name, 'half', HOUR + MINUTE)
  leave(RUNNING, 'half', 24 * HOUR - MINUTE)
  fs.mkdirSync(file(`claims/.tmp-${DEAD}-x-1-d`), { recursive: true })
  fs.utimesSync(file(`claims/.tmp-${DEAD}-x-1-d`), 1, 1)
  failing('renameSync', 'EACCES', (from) => from === file(stuck))
  upkeepIfDue(world.as(null).room(), { wall: EPOCH, boot: null })
  const names = [stuck, old, RUNNING, `claims/.tmp-${DEAD}-x-1-d`]
  expect(names.filter((name) => fs.existsSync(file(name)))).toEqual([stuck, RUNNING])
})

test('what is moved by mistake, and can not be put back as its name is taken again, stays', () => {
  const { world, leave, plan, file } = createRoom()
  leave(LOCK, `${DEAD} 1 ${HERE} abc`, 2 * HOUR)
  const [chore] = plan().filter(({ path }) => path === LOCK)
  const rename = fs.renameSync.bind(fs)
  const spy = vi.spyOn(fs, 'renameSync').mockImplementationOnce((from, to) => {
    fs.rmSync(file(LOCK))
    world.write(LOCK, `${OWN} second`)
    rename(from, to)
    world.write(LOCK, `${OWN} third`)
  })
  onTestFinished(() => void spy.mockRestore())
  expect(chore!.run()).toBe(false)
  expect(world.read(LOCK)).toBe(`${OWN} third`)
  const texts = fs.readdirSync(file('.state/locks')).map((name) => world.read(`.state/locks/${name}`))
  expect(texts.sort()).toEqual([`${OWN} second`, `${OWN} third`])
})

test.each(['.state/processes/00000000-1-98-1', '.state/held/ghost'])(
  'at %s an empty directory goes, a file or a link in its place is left alone',
  (name) => {
    const there = (put: (file: string, dir: string) => void) => {
      const { world, plan, file } = createRoom()
      fs.mkdirSync(path.dirname(file(name)), { recursive: true })
      put(file(name), world.dir)
      return plan().map((chore) => [chore.path, chore.run()])
    }
    expect(there((file) => fs.mkdirSync(file))).toEqual([[name, true]])
    expect(there((file) => fs.writeFileSync(file, ''))).toEqual([])
    expect(there((file, dir) => fs.symlinkSync(dir, file))).toEqual([])
  },
)

test('what a file names is not looked for outside the room', () => {
  const { world, plan } = createRoom()
  world.write('../bindings.json', '{}')
  world.write('.current_session', '../../../bindings')
  expect(plan()).toMatchObject([{ path: '.current_session', why: 'names no session' }])
})

test('marks of dead processes of a live session go with gc and are no fault, as every room has them', () => {
  const { world, plan } = createRoom()
  world.start('one')
  world.write('.state/processes/00000000-1-99-1/one', 'agent')
  fs.mkdirSync(path.join(world.root, '.state/processes/00000000-1-98-1'))
  const found = plan().map(({ path, why }) => [path, why])
  expect(found.sort()).toEqual([
    ['.state/processes/00000000-1-98-1', undefined],
    ['.state/processes/00000000-1-99-1/one', undefined],
  ])
})
