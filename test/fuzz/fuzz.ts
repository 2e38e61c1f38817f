/** `npm run fuzz -- [--seconds 300] [--seed N] [--case N]`: damaged rooms until the time is over; the first line tells the seed. */
import { parseArgs } from 'node:util'
import { fuzz } from './drive.ts'

const options = { seconds: { type: 'string' }, seed: { type: 'string' }, case: { type: 'string' } } as const
const { values } = parseArgs({ options })
const seed = Number(values.seed ?? Math.floor(Date.now() % 1e9))
const seconds = Number(values.seconds ?? 300)
const only = values.case === undefined ? null : Number(values.case)
if (![seed, seconds, only ?? 0].every(Number.isFinite))
  throw new Error('--seconds, --seed and --case are numbers')

console.log(`seed ${seed}`)
const numbers = only === null ? Array.from({ length: 1_000_000 }, (_, n) => n) : [only]
const tell = (line: string) => {
  if (line.startsWith('>') && (only !== null || process.stdout.isTTY)) console.log(line)
}
const { ran, findings } = await fuzz({ home: process.cwd(), seed, numbers, seconds, tell })
for (const { number, what } of findings)
  console.log(`\n${what}\n  again: npm run fuzz -- --seed ${seed} --case ${number}`)
console.log(`\n${ran} rooms, ${findings.length} findings`)
if (findings.length > 0 || ran === 0) process.exitCode = 1
