/** What a command has started, in real processes: found by descent and by its mark, and nothing else. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { findTree, signalProcess, treeMark } from '../../src/store/process-tree.ts'
import { isAlive, readProcess } from '../../src/store/processes.ts'
import { temporaryDirectory } from '../helpers/directories.ts'

/**
 * A script whose processes write their pids to files named by their letters; ended with the test, whoever they are. A file that is empty
 * still is read again: a `mv` that puts it in place would be a process of the tree.
 */
async function begun(script: string, letters: string[], env = treeMark({})) {
  const dir = temporaryDirectory()
  const child = spawn('bash', ['-c', script], { cwd: dir, env: { PATH: process.env.PATH, ...env } })
  await once(child, 'spawn')
  const read = (letter: string) => {
    const file = path.join(dir, letter)
    return fs.existsSync(file) ? readProcess(Number(fs.readFileSync(file, 'utf8'))) : null
  }
  onTestFinished(async () => {
    for (const found of letters.map(read)) if (found) signalProcess(found, 'SIGKILL')
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  })
  await vi.waitFor(() => expect(letters.map(read)).not.toContain(null), { timeout: 20_000, interval: 10 })
  return { child, root: readProcess(child.pid!)!, of: (letter: string) => read(letter)! }
}

const pidsOf = (tree: { pid: number }[]) => tree.map(({ pid }) => pid).sort()

describe('the tree of a command', () => {
  test('holds its descendants, in a session of their own too, parents first', async () => {
    const { root, of } = await begun(
      'setsid bash -c "sleep 100 & echo \\$! > b; wait" & echo $! > a; wait',
      ['a', 'b'],
      {},
    )
    expect(findTree([root]).map(({ pid }) => pid)).toEqual([root.pid, of('a').pid, of('b').pid])
  })

  test('holds an orphan by its mark, but no daemon, which has a session of its own', async () => {
    const { root, of } = await begun(
      `(sleep 100 & echo $! > a)
       (setsid bash -c 'echo $$ > d; exec sleep 100' &)
       exec sleep 100`,
      ['a', 'd'],
    )
    await vi.waitFor(() => expect([of('a').parent, of('d').parent]).not.toContain(root.pid), 20_000)
    expect(pidsOf(findTree([root]))).toEqual(pidsOf([root, of('a')]))
  })

  test('holds the orphan of a command that runs one itself, and its own marks no other tree', async () => {
    const inner = await begun('(sleep 100 & echo $! > a); exec sleep 100', ['a'], {
      COORD_RUN: `1-1 ${treeMark({}).COORD_RUN} 2-2`,
    })
    const other = await begun('(sleep 100 & echo $! > a); exec sleep 100', ['a'], {
      COORD_RUN: `${treeMark({}).COORD_RUN}9`,
    })
    const found = pidsOf(findTree([]))
    expect(found).toContain(inner.of('a').pid)
    expect(found).not.toContain(other.of('a').pid)
  })

  test('knows again what it knew, though its parents are gone; not a process that has its pid now', async () => {
    const { child, root, of } = await begun('sleep 100 & echo $! > a; wait', ['a'], {})
    const known = findTree([root])
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(pidsOf(findTree(known))).toEqual([of('a').pid])
    expect(findTree(known.map((each) => ({ ...each, started: `${each.started}1` })))).toEqual([])
  })

  test('is without what has ended and was not waited for', async () => {
    const ends = `bash -c 'until [ "$(</proc/$PPID/comm)" = sleep ]; do :; done'`
    const { root, of } = await begun(`${ends} & echo $! > a; exec sleep 100`, ['a'], {})
    await vi.waitFor(() => expect(of('a').over).toBe(true), { timeout: 20_000, interval: 10 })
    expect(pidsOf(findTree([root]))).toEqual([root.pid])
  })
})

test('a command inside another one bears the marks of both', () => {
  const { COORD_RUN: own } = treeMark({})
  expect(own).toBe(`${process.pid}-${readProcess(process.pid)!.started}`)
  expect(treeMark({ COORD_RUN: '7-70' })).toEqual({ COORD_RUN: `7-70 ${own}` })
})

test('only the process that was found is signalled, not one that got its pid', async () => {
  const { child, root } = await begun('exec sleep 100', [])
  signalProcess({ ...root, started: '1' }, 'SIGKILL')
  expect(isAlive(root.pid, root.started)).toBe('alive')
  signalProcess(root, 'SIGTERM')
  const [, signal] = await once(child, 'exit')
  expect(signal).toBe('SIGTERM')
  signalProcess(root, 'SIGTERM')
})
