/** Damaged rooms of every kind, in processes of their own. `npm run fuzz` goes on for longer; COORD_FUZZ_SEED repeats a run. */
import path from 'node:path'
import { expect, test } from 'vitest'
import { caseOf } from './case.ts'
import { fuzz } from './drive.ts'
import { FAULTS } from './faults.ts'
import { KINDS } from './room.ts'
import { SPOILS } from './spoils.ts'

const HOME = path.join(import.meta.dirname, '../..')
const SEED = Number(process.env.COORD_FUZZ_SEED ?? 1)
const numbers = Array.from({ length: Math.max(KINDS.length, SPOILS.length) }, (_, number) => number)

test('few cases have every kind of file and every spoil, all have every pair, and the same seed gives the same', () => {
  const some = numbers.map((number) => caseOf(SEED, number))
  expect(new Set(some.map(({ kind }) => kind)).size).toBe(KINDS.length)
  expect(new Set(some.map(({ spoil }) => spoil.name)).size).toBe(SPOILS.length)
  const count = KINDS.length * SPOILS.length
  const all = Array.from({ length: count }, (_, number) => caseOf(SEED, number))
  expect(new Set(all.map(({ kind, spoil }) => `${kind}: ${spoil.name}`)).size).toBe(count)
  expect(some.map(({ kind }) => kind)).toEqual(numbers.map((number) => caseOf(SEED, number).kind))
})

test('whatever lies where a record should be, every command works or refuses, and nothing is lost', async () => {
  const { ran, findings } = await fuzz({ home: HOME, seed: SEED, numbers })
  expect(findings, `npm run fuzz -- --seed ${SEED} --case N repeats one`).toEqual([])
  expect(ran).toBe(numbers.length)
}, 120_000)

test.each(Object.entries(FAULTS))(
  'a reader that %s is found',
  async (_name, { planted, kind, spoil, tells }) => {
    const isIt = (number: number) => {
      const found = caseOf(SEED, number)
      return found.kind === kind && found.spoil.name === spoil
    }
    const number = Array.from({ length: KINDS.length * SPOILS.length }, (_, n) => n).findIndex(isIt)
    const { findings } = await fuzz({ home: HOME, seed: SEED, numbers: [number], planted, patience_ms: 4000 })
    expect(findings.map(({ what }) => what).join('\n')).toMatch(tells)
  },
)
