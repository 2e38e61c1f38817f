// What 100,000 heartbeats of 1,000 sessions on 10 machines make of a remote, and what a round of sync takes then. Exits with 1 where a bar does not hold.
// node bench/growth.mjs [ROUNDS] [SESSIONS] [MACHINES]: sessions of each machine; every session beats once a round. The full size takes some minutes.
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { bundleForNode } from '../build/bundle-test.mjs'

const [rounds = 100, sessions = 100, machines = 10] = process.argv.slice(2).map(Number)
const GROWTH_BYTES = 5_000_000
const FIRST_MS = 10_000
const FIRST_KIB = 250_000
const coord = path.join(import.meta.dirname, '../bin/coord.cjs')
const env = { PATH: process.env.PATH, HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', AI_AGENT: 'none' }
const kib = (bytes) => `${Math.round(bytes / 1024).toLocaleString('en')} KiB`

const { measureGrowth } = await import(await bundleForNode('bench/growth.ts'))
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coord-bench-growth-'))
const failed = []
try {
  const shown = (round) => process.stderr.isTTY && process.stderr.write(`\rround ${round + 1} of ${rounds} `)
  const grown = measureGrowth(dir, { rounds, sessions, machines }, shown)
  const first = firstRound()
  console.log(
    `${os.availableParallelism()} processors, load ${os.loadavg()[0].toFixed(1)}, node ${process.version}, ${execFileSync('git', ['--version'])}`,
  )
  console.log('| what | measured |\n| --- | --- |')
  row(
    `${grown.heartbeats.toLocaleString('en')} heartbeats of ${sessions * machines} sessions on ${machines} machines`,
    `${grown.publications} publications`,
  )
  row('the remote after them', kib(grown.loose_bytes))
  row('… and after gc', kib(grown.packed_bytes), grown.packed_bytes < GROWTH_BYTES)
  row('the repository of a clone grew by', kib(grown.clone_bytes), grown.clone_bytes < GROWTH_BYTES)
  row('the objects that sync keeps beside it', kib(grown.beside_bytes))
  row('a round in which every machine has news', `${grown.round_ms} ms`)
  row('a round in which nothing changed', `${grown.idle_ms} ms`)
  row(
    `the first round of another clone, which reads ${sessions * machines} sessions`,
    `${first.ms} ms, ${Math.round(first.kib / 1024)} MiB`,
    first.ms < FIRST_MS && first.kib < FIRST_KIB,
  )
} finally {
  fs.rmSync(dir, { recursive: true, force: true })
}
for (const what of failed) console.error(`the bar does not hold: ${what}`)
process.exitCode = failed.length > 0 ? 1 : 0

function row(what, measured, holds = true) {
  console.log(`| ${what} | ${measured} |`)
  if (!holds) failed.push(`${what}: ${measured}`)
}

/** A clone that joins now, by the command line: its time, and its peak memory (KiB). */
function firstRound() {
  const clone = path.join(dir, 'late')
  const options = { cwd: clone, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit', 'pipe'] }
  execFileSync('git', ['clone', '-q', 'remote.git', 'late'], { cwd: dir, env, stdio: 'pipe' })
  for (const args of [
    ['start', '--id', 'late', '--quiet'],
    ['remote', 'setup', '--quiet'],
  ])
    execFileSync(process.execPath, [coord, ...args], { cwd: clone, env })
  const begun = performance.now()
  const { output, status } = spawnSync(
    process.execPath,
    ['-r', path.join(import.meta.dirname, 'peak.cjs'), coord, 'sync', '--json'],
    options,
  )
  const ms = Math.round(performance.now() - begun)
  const read = status === 0 ? JSON.parse(output[1]).machines.reduce((sum, each) => sum + each.sessions, 0) : 0
  if (read !== sessions * machines) failed.push(`a clone that joins read ${read} sessions`)
  return { ms, kib: Number(output[3]) }
}
