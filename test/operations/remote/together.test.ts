/** What waits for the remote in several domains goes out with as few pushes as may be. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { createRemote, git, untouched } from '../../store/remote/remotes.ts'
import { twoRooms } from './clones.ts'

const FILES = ['src/api/a.ts', 'src/ui/b.ts', 'docs/api/**', 'README.md']

/** How often the remote took a push, and how many refs it moved. */
function counted(bare: string) {
  const file = path.join(bare, 'pushes')
  fs.writeFileSync(path.join(bare, 'hooks/post-receive'), `#!/bin/sh\ncat >> ${file}\necho . >> ${file}\n`, {
    mode: 0o755,
  })
  return () => {
    const lines = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n') : []
    fs.rmSync(file, { force: true })
    return lines.filter((line) => line === '.').length
  }
}

/** `a` holds seven claims in four domains, made while the remote was away. */
function waiting() {
  const remote = createRemote()
  const rooms = twoRooms(remote)
  rooms.a.take('two', 'other')
  rooms.b.take('three', 'own')
  fs.renameSync(remote.bare, `${remote.bare}.away`)
  for (const name of ['church', 'chapel', 'temple']) rooms.a.take('one', name)
  rooms.a.take('one', ...FILES)
  fs.renameSync(`${remote.bare}.away`, remote.bare)
  rooms.advance(31_000)
  return { ...rooms, remote, pushes: counted(remote.bare) }
}

const isWaiting = (claim: string) => claim.endsWith('?')

test('seven claims that wait in four domains go out by one push, and the other clone sees them all', () => {
  const { a, b, pushes } = waiting()
  expect(a.held().filter(isWaiting)).toHaveLength(7)
  expect(a.remote('settle').settled).toMatchObject({ taken: 7, lost: [], trouble: null })
  expect(pushes()).toBe(1)
  expect(a.held().filter(isWaiting)).toEqual([])
  b.remote('settle')
  expect(b.held()).toEqual(a.held())
  expect(b.held().filter((each) => each.endsWith(' one'))).toHaveLength(7)
  a.remote('settle')
  expect(pushes()).toBe(0)
})

test('where another clone moved one of the refs meanwhile, each is settled for itself, and nothing of the other is lost', () => {
  const { a, b, pushes } = waiting()
  b.take('three', 'src/api/z.ts')
  pushes()
  expect(a.remote('settle').settled).toMatchObject({ taken: 7, lost: [], trouble: null })
  expect(pushes()).toBeGreaterThan(1)
  expect(a.held().filter(isWaiting)).toEqual([])
  b.remote('settle')
  expect(b.held()).toEqual(a.held())
  expect(b.held()).toContain('src/api/z.ts three')
})

test('one that another clone was first with is lost, and the others are taken', () => {
  const { a, b } = waiting()
  b.take('three', 'church')
  expect(a.remote('settle').settled).toMatchObject({ taken: 6, lost: [{ resource: 'droplet/church' }] })
  expect(a.held()).toContain('church three')
  expect(a.held().filter(isWaiting)).toEqual([])
})

test("claims leave neither objects nor refs in the user's repository, and what lies in the room's own may be lost", () => {
  const { a, b } = twoRooms()
  const seen = () =>
    [a, b].map(({ clone }) => [
      git(clone, 'count-objects', '-v'),
      git(clone, 'for-each-ref'),
      untouched(clone).slice(1),
    ])
  const before = seen()
  const kept = path.join(a.clone, 'COORDINATION/.state/remote')
  const own = path.join(kept, fs.readdirSync(kept).find((name) => name.startsWith('git-'))!)
  a.take('one', 'src/x.ts')
  b.take('three', 'lib/y.ts', 'lib/z.ts')
  a.take('one', 'docs/**')
  a.remote('settle')
  expect(seen()).toEqual(before)
  expect(fs.existsSync(own)).toBe(true)
  for (const lost of ['objects', 'refs', 'HEAD', 'config', '.']) {
    const objects = path.join(own, lost)
    if (lost === 'objects')
      for (const dir of fs.readdirSync(objects)) fs.rmSync(path.join(objects, dir), { recursive: true })
    else fs.rmSync(objects, { recursive: true })
    b.take('three', `src/at-${lost}.ts`, `lib/y/at-${lost}.ts`)
    a.remote('settle')
    const [held] = a.held().filter((each) => each.startsWith(`src/at-${lost}.ts`))
    expect(held).toBe(`src/at-${lost}.ts three`)
    expect(() => a.take('one', 'lib/y/**')).toThrow('three')
  }
})
