/** Overlapping claims of files, raced for by real processes. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { overlap } from '../../src/protocol/overlap.ts'
import { type Answer, coord } from '../helpers/cli.ts'
import { inside } from '../helpers/inside.ts'
import { atOnce, loadSession, register, repository, roomOf } from './support.ts'

const GLOBS = ['src/**', 'src/a/*.ts', '**/x.ts', 'src/a/x.ts', 's*/a/?.ts', 'src/{a,b}/x.ts', '**', 'src/a/']

const race = (dir: string, names: string[][]) =>
  atOnce(names.length, (i) => coord({ cwd: dir, session: `s${i}` }, 'claim', 'file', ...names[i]!, '--json'))
const won = (answers: Answer[]) => answers.filter(({ code }) => code === 0)

test('of ten processes that claim overlapping globs at once exactly one wins, round after round', async () => {
  const dir = repository()
  await register(dir, ...Array.from({ length: 10 }, (_, i) => `s${i}`))
  for (let round = 0; round < 5; round++) {
    // Each of these covers src/a/x.ts.
    const answers = await race(
      dir,
      Array.from({ length: 10 }, (_, i) => [GLOBS[(i + round) % GLOBS.length]!]),
    )
    expect(won(answers)).toHaveLength(1)
    const { claim } = won(answers)[0]!.json
    const lost = answers.filter(({ code }) => code !== 0)
    expect([...new Set(lost.map(({ json }) => json.error.code))]).toEqual(['held'])
    expect([...new Set(lost.map(({ json }) => json.error.holder.token))]).toEqual([claim.token])
    const files = fs.readdirSync(path.join(roomOf(dir), 'claims')).filter((name) => name.endsWith('.claim'))
    expect(files).toHaveLength(1)
    inside({ cwd: dir, session: claim.claimed_by }, 'release', '--no-announce')
  }
})

test('of ten that want several each, whoever wins has all, and no two winners overlap', async () => {
  const dir = repository()
  await register(dir, ...Array.from({ length: 10 }, (_, i) => `s${i}`))
  const names = Array.from({ length: 10 }, (_, i) => [`p${i}/**`, `p${(i + 1) % 10}/x.ts`, `q/${i}.ts`])
  const winners = won(await race(dir, names))
  expect(winners.length).toBeGreaterThan(0)
  const { claims } = (await coord({ cwd: dir, env: { AI_AGENT: 'none' } }, 'claims', '--json')).json
  expect(claims).toHaveLength(3 * winners.length)
  for (const one of claims)
    for (const other of claims)
      if (one.claimed_by !== other.claimed_by) expect(overlap(one, other)).toBe(false)
})

test('who waits for a file gets it when the glob over it is released', async () => {
  const dir = repository()
  await register(dir, 'one', 'two')
  const one = { cwd: dir, session: 'one' }
  inside(one, 'claim', 'file', 'src/**')
  const waiting = coord({ cwd: dir, session: 'two' }, 'claim', 'file', 'src/a.ts', '--wait', '30s', '--json')
  const free = coord({ cwd: dir, session: 'two' }, 'wait', 'file', 'src/b.ts', '--timeout', '30s', '--json')
  await vi.waitFor(() => expect(loadSession(dir, 'two').waiting_for).toMatchObject({ holder: 'one' }), 20_000)
  inside(one, 'release', '--no-announce')
  expect(await waiting).toMatchObject({
    code: 0,
    json: { claim: { claimed_by: 'two', resource_name: 'src/a.ts' } },
  })
  expect(await free).toMatchObject({ code: 0, json: { free: true } })
})
