import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { config } from '../../src/operations/config.ts'
import { everything } from '../cli/rooms.ts'
import { createWorld, type World } from '../helpers/world.ts'
import { codeOf, errorOf, failing, listing } from '../store/helpers.ts'

const get = (world: World, key?: string) => config.run(world.as(null), { action: 'get', key })
const set = (world: World, key: string, value: string) =>
  config.run(world.as(null), { action: 'set', key, value })

test('set changes one value of config.json and its copy, and keeps the rest as people wrote it', () => {
  const world = createWorld()
  world.write('config.json', '{\n\t"ours": [1],\n\t"claims": {\n\t\t"maxFor": "9d"\n\t}\n}\n')
  const { setting, was } = set(world, 'claims.defaultFor', '2 hours')
  expect(setting).toEqual({ key: 'claims.defaultFor', value: '2 hours', default: '4h', is_default: false })
  expect(was).toBe('4h')
  expect(world.read('config.json')).toBe(
    '{\n\t"ours": [\n\t\t1\n\t],\n\t"claims": {\n\t\t"maxFor": "9d",\n\t\t"defaultFor": "2 hours"\n\t}\n}\n',
  )
  expect(world.read('.state/config.json')).toBe(world.read('config.json'))
  expect(world.as(null).room().config.claims.defaultFor).toBe(7_200_000)
})

test.each([
  ['/etc/x.json', false],
  ['../x.json', false],
  ['status', false],
  ['nowhere/status.json', false],
  ['COORDINATION/status.json', false],
  ['', false],
  ['status.json', true],
  ['~/.claude/status.json', true],
  ['null', true],
])('the legacy link %j is one that can be written: %j', (link, may) => {
  const world = createWorld()
  fs.mkdirSync(path.join(world.dir, 'home/.claude'), { recursive: true })
  const before = world.read('config.json')
  const ctx = world.as(null, { HOME: path.join(world.dir, 'home') })
  const change = () => config.run(ctx, { action: 'set', key: 'compat.legacyStatusLink', value: link })
  if (may) return void expect(change().setting?.value).toBe(link === 'null' ? null : link)
  expect(change).toThrow(
    expect.objectContaining({
      code: 'invalid',
      details: { argument: 'value' },
      hint: expect.stringContaining('null'),
    }),
  )
  expect(world.read('config.json')).toBe(before)
})

test('setting what is set already writes nothing', () => {
  const world = createWorld()
  const before = fs.statSync(path.join(world.root, 'config.json')).ino
  expect(set(world, 'claims.defaultFor', '4h')).toMatchObject({ already: true })
  expect(fs.statSync(path.join(world.root, 'config.json')).ino).toBe(before)
})

test('a write that fails leaves the old config whole, and no other file', () => {
  const world = createWorld()
  set(world, 'git.branch', 'warm')
  const before = everything(world.root)
  failing('renameSync', 'ENOSPC', (_from, to) => String(to).endsWith('/config.json'))
  expect(codeOf(() => set(world, 'claims.defaultFor', '2h'))).toBe('disk_full')
  expect(everything(world.root)).toEqual(before)
})

test('get changes nothing', () => {
  const world = createWorld()
  const before = listing(world.root)
  get(world)
  get(world, 'claims.maxFor')
  expect(listing(world.root)).toEqual(before)
})

test.each([
  ['no JSON', '{"claims": '],
  ['a list', '[]'],
  ['a text', '"x"'],
  ['nothing', ''],
])('a config.json that holds %s makes get and set fail with the way out, and stays', (_what, text) => {
  const world = createWorld()
  world.write('config.json', text)
  expect(() => get(world)).toThrow(
    expect.objectContaining({
      code: 'invalid',
      hint: expect.stringContaining('.broken && coord doctor --fix'),
    }),
  )
  expect(codeOf(() => set(world, 'claims.maxFor', '1d'))).toBe('invalid')
  expect(world.read('config.json')).toBe(text)
})

test('a config.json that is a symlink is not followed', () => {
  const world = createWorld()
  const outside = path.join(world.dir, 'outside.json')
  fs.renameSync(path.join(world.root, 'config.json'), outside)
  fs.symlinkSync(outside, path.join(world.root, 'config.json'))
  const before = fs.readFileSync(outside, 'utf8')
  expect(codeOf(() => set(world, 'claims.maxFor', '1d'))).toBe('invalid')
  expect(fs.readFileSync(outside, 'utf8')).toBe(before)
  expect(fs.lstatSync(path.join(world.root, 'config.json')).isSymbolicLink()).toBe(true)
})

test('a bad value in the file is named: by get of its key as invalid, in the list beside the default; set mends it', () => {
  const world = createWorld()
  world.write('config.json', '{ "claims": { "maxFor": "soon" } }')
  expect(() => get(world, 'claims.maxFor')).toThrow(
    expect.objectContaining({ code: 'invalid', hint: 'coord config set claims.maxFor 7d' }),
  )
  const listed = get(world).settings?.find(({ key }) => key === 'claims.maxFor')
  expect(listed).toMatchObject({ value: '7d', trouble: 'can\'t be "soon"' })
  expect(set(world, 'claims.maxFor', '3d').setting).toMatchObject({ value: '3d', is_default: false })
  expect(world.json('config.json')).toEqual({ claims: { maxFor: '3d' } })
})

test('while config.json is missing get reads its copy, and set is refused', () => {
  const world = createWorld()
  set(world, 'claims.maxFor', '3d')
  fs.rmSync(path.join(world.root, 'config.json'))
  expect(get(world, 'claims.maxFor').setting?.value).toBe('3d')
  expect(codeOf(() => set(world, 'claims.maxFor', '4d'))).toBe('conflict')
  expect(fs.existsSync(path.join(world.root, 'config.json'))).toBe(false)
})

test.each([
  [
    'claims.defaultFor',
    '10d',
    'claims.defaultFor (10d) is longer than claims.maxFor (7d)',
    'at most 7d',
    'claims.maxFor 10d',
  ],
  [
    'claims.maxFor',
    '1h',
    'claims.defaultFor (4h) is longer than claims.maxFor (1h)',
    'at least 4h',
    'claims.defaultFor 1h',
  ],
  [
    'sessions.staleAfter',
    '16m',
    'than sessions.silentAfter (15m)',
    'at most 15m',
    'sessions.silentAfter 16m',
  ],
  ['sessions.goneAfter', '1m', 'sessions.silentAfter (15m)', 'at least 15m', 'sessions.silentAfter 1m'],
])(
  'set %s %s, which contradicts another setting, is refused, naming both',
  (key, value, message, bound, first) => {
    const world = createWorld()
    const before = world.read('config.json')
    const error = errorOf(() => set(world, key, value))
    expect(error).toMatchObject({ code: 'invalid', details: { argument: 'value' } })
    expect(error.message).toContain(message)
    expect(error.hint).toContain(bound)
    expect(error.hint).toContain(`coord config set ${first}`)
    expect(world.read('config.json')).toBe(before)
  },
)

test('a contradiction of other settings, written by hand, does not stop a change', () => {
  const world = createWorld()
  world.write('config.json', '{ "claims": { "defaultFor": "10d" } }')
  expect(set(world, 'git.branch', 'x').setting?.value).toBe('x')
  expect(set(world, 'claims.maxFor', '10d').setting?.value).toBe('10d')
})

test('get of a group lists its settings', () => {
  const world = createWorld()
  const keys = get(world, 'claims').settings?.map(({ key }) => key)
  expect(keys).toEqual(
    ['defaultFor', 'maxFor', 'autoRenew', 'skewMargin', 'durability'].map((name) => `claims.${name}`),
  )
  expect(codeOf(() => get(world, 'claim'))).toBe('invalid')
})

test('outside git the room can not be tracked, and setting what is so already is no failure', () => {
  const world = createWorld()
  const before = world.read('config.json')
  expect(errorOf(() => set(world, 'git.track', 'true'))).toMatchObject({
    code: 'invalid',
    details: { argument: 'value' },
  })
  expect(set(world, 'git.track', 'false')).toMatchObject({ already: true, changed: [] })
  expect(world.read('config.json')).toBe(before)
})

test('a room of a newer protocol is not touched', () => {
  const world = createWorld()
  world.write('config.json', '{ "version": 99 }')
  expect(codeOf(() => set(world, 'claims.maxFor', '4d'))).toBe('newer_room')
})

test('a byte order mark at the beginning of config.json bothers no reader, and stays', () => {
  const world = createWorld()
  world.write('config.json', '\ufeff{ "claims": { "defaultFor": "2h" } }')
  const room = () => world.as(null).room()
  expect([room().problems, room().config.claims.defaultFor]).toEqual([[], 7_200_000])
  expect(set(world, 'claims.maxFor', '9d').setting?.value).toBe('9d')
  expect(world.read('config.json')).toMatch(/^\ufeff\{\n/)
  expect(world.read('.state/config.json')).toBe(world.read('config.json'))
  fs.rmSync(path.join(world.root, 'config.json'))
  expect(room().config.claims.defaultFor).toBe(7_200_000)
})

test('what a hint gives to be typed is one shell word each', () => {
  const world = createWorld()
  expect(errorOf(() => set(world, 'claims.defaultFor', '8 days')).hint).toContain(
    "coord config set claims.maxFor '8 days'",
  )
  const given = { action: 'get', key: 'claims.maxFor', value: '8 days' }
  expect(errorOf(() => config.run(world.as(null), given)).hint).toBe(
    "coord config set claims.maxFor '8 days'",
  )
})

test('a broken config.json is moved to a name that nothing has', () => {
  const world = createWorld()
  world.write('config.json', '{')
  world.write('config.json.broken', 'the first')
  fs.mkdirSync(path.join(world.root, 'config.json.broken-2'))
  expect(errorOf(() => get(world)).hint).toContain('/config.json.broken-3 && coord doctor --fix')
})
