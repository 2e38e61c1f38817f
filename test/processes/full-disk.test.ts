/** A full disk and a read-only one: clear refusals, nothing half done, a release gets through. */
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { expect, type TestContext, test } from 'vitest'
import { coord } from '../helpers/cli.ts'
import { temporaryDirectory } from '../helpers/directories.ts'
import { filesBelow, register, roomOf } from './support.ts'

/** Run in a small file system of its own, unmounted in the end; skip where mounting is not permitted. */
async function onSmallDisk(context: TestContext, run: (dir: string) => Promise<void>): Promise<void> {
  const dir = temporaryDirectory()
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', dir], { encoding: 'utf8' })
  if (mounted.status !== 0)
    context.skip(`mounting is not permitted: ${mounted.stderr?.trim() ?? mounted.error}`)
  try {
    await run(dir)
  } finally {
    execFileSync('umount', [dir])
  }
}

/** Write until nothing more fits; returns the file that does it. */
function fill(dir: string): string {
  const file = path.join(dir, 'filler')
  const fd = fs.openSync(file, 'w')
  try {
    for (;;) fs.writeSync(fd, Buffer.alloc(4096))
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC')
  } finally {
    fs.closeSync(fd)
  }
  return file
}

test('on a full disk a claim is refused whole, readers work, and a release gets through', async (context) => {
  await onSmallDisk(context, async (dir) => {
    await coord({ cwd: dir }, 'init')
    await register(dir, 'one', 'two')
    const one = { cwd: dir, session: 'one' }
    expect((await coord(one, 'claim', 'task', 'held')).code).toBe(0)
    const filler = fill(dir)
    const before = filesBelow(roomOf(dir)).toSorted()
    const refused = await coord(one, 'claim', 'task', 'new', '--json')
    expect([refused.code, refused.json.error.code]).toEqual([3, 'disk_full'])
    expect(refused.json.error.path).toContain('COORDINATION')
    const beat = await coord(one, 'heartbeat', 'building', 'x', '--json')
    expect([beat.code, beat.json.error.code]).toEqual([3, 'disk_full'])
    const sent = await coord(one, 'send', 'two', 'hello', 'text', '--json')
    expect([sent.code, sent.json.error.code]).toEqual([3, 'disk_full'])
    expect(filesBelow(roomOf(dir)).toSorted()).toEqual(before)
    const status = await coord({ cwd: dir }, 'status', '--json')
    expect(status.json.claims.map((claim: any) => claim.resource_name)).toEqual(['held'])
    expect(status.json.problems).toEqual([])
    expect((await coord({ cwd: dir }, 'board', '--print')).out).toContain('task/held')
    expect((await coord(one, 'release', 'task', 'held')).code).toBe(0)
    expect((await coord({ cwd: dir }, 'claims', '--json')).json.claims).toEqual([])
    fs.unlinkSync(filler)
    expect((await coord({ cwd: dir, session: 'two' }, 'claim', 'task', 'held')).code).toBe(0)
  })
})

test('what a full disk keeps from being noted is a warning, not a failure', async (context) => {
  await onSmallDisk(context, async (dir) => {
    await coord({ cwd: dir }, 'init')
    await register(dir, 'one')
    const one = { cwd: dir, session: 'one' }
    await coord(one, 'claim', 'task', 'held')
    fs.unlinkSync(path.join(roomOf(dir), '.state', 'reserve'))
    fill(dir)
    const { code, json, err } = await coord(one, 'release', 'task', 'held', '--json')
    if (code === 0) expect(err).toContain('no space left')
    else expect([code, json.error.code]).toEqual([3, 'disk_full'])
    const { claims } = (await coord({ cwd: dir }, 'claims', '--json')).json
    expect(claims).toHaveLength(code === 0 ? 0 : 1)
  })
})

test('a read-only room can be read by every reader; writers say what cannot be written', async (context) => {
  await onSmallDisk(context, async (dir) => {
    await coord({ cwd: dir }, 'init')
    await register(dir, 'one', 'two')
    await coord({ cwd: dir, session: 'one' }, 'claim', 'task', 'held')
    await coord({ cwd: dir, session: 'one' }, 'send', 'broadcast', 'hello', 'all')
    execFileSync('mount', ['-o', 'remount,ro', dir])
    const one = { cwd: dir, session: 'one' }
    for (const reader of [
      ['status'],
      ['sessions'],
      ['claims'],
      ['messages'],
      ['whoami'],
      ['board', '--print'],
      ['handoff', '--list'],
    ]) {
      expect((await coord(one, ...reader, '--json')).code, reader[0]).toBe(0)
    }
    const writers = [
      ['claim', 'task', 'new'],
      ['release', 'task', 'held'],
      ['heartbeat', 'x'],
      ['start'],
      ['send', 'broadcast', 'a', 'b'],
      ['handoff'],
      ['handoff', '--to', 'two'],
    ]
    for (const writer of writers) {
      const { code, json } = await coord(one, ...writer, '--json')
      expect([code, json.error.code], writer[0]).toEqual([3, 'unwritable'])
      expect(json.error.path, writer[0]).toContain(roomOf(dir))
    }
  })
})
