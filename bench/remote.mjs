// How many claims a second a bare remote on this disk arbitrates, and whether a resource ever had two winners.
// node bench/remote.mjs [SECONDS] [CLONES,…] [ROW]: each clone is a process of its own. Prints a table and the load of the machine.
import { execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import readline from 'node:readline'
import { bundleForNode } from '../build/bundle-test.mjs'
import { makeCalmPlace, spreadOut } from './measure.mjs'

const seconds = Number(process.argv[2] ?? 10)
const sizes = (process.argv[3] ?? '1,8,32').split(',').map(Number)
const coord = path.join(import.meta.dirname, '../bin/coord.cjs')
const env = { PATH: process.env.PATH, HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', AI_AGENT: 'none' }
const author = {
  GIT_AUTHOR_NAME: 'n',
  GIT_AUTHOR_EMAIL: 'a@b',
  GIT_COMMITTER_NAME: 'n',
  GIT_COMMITTER_EMAIL: 'a@b',
}
const run = (cwd, file, ...args) =>
  execFileSync(file, args, { cwd, env: { ...env, ...author }, stdio: 'pipe' })
/** CPU that a process and those that it waited for took, in ms: git, and what git ran at the remote. Source: proc_pid_stat(5). */
const TICK_MS = 1000 / Number(execFileSync('getconf', ['CLK_TCK']))
function cpuOf(pid) {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields.slice(11, 15).reduce((sum, each) => sum + Number(each) * TICK_MS, 0)
}
const worker = await bundleForNode('test/workers/claims.ts')

/** Clones of one bare remote, each with a room that it arbitrates, and a process that claims in it. */
function createClones(count) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coord-bench-remote-'))
  spreadOut(dir)
  run(makeCalmPlace(dir, 'remote.git'), 'git', 'init', '-q', '--bare', '-b', 'main')
  const clones = Array.from({ length: count }, (_, at) => {
    const top = makeCalmPlace(dir, `c${at}`)
    run(dir, 'git', 'clone', '-q', 'remote.git', top)
    run(top, process.execPath, coord, 'start', '--id', `s${at}`, '--quiet')
    run(top, process.execPath, coord, 'remote', 'setup')
    const child = spawn(process.execPath, [worker], {
      cwd: top,
      env: { ...env, COORD_DIR: path.join(top, 'COORDINATION') },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const ask = async (wish) => {
      child.stdin.write(`${JSON.stringify({ ...wish, session: `s${at}`, ttl: '1h', token: null })}\n`)
      return JSON.parse((await lines.next()).value)
    }
    return { ask, lines, child }
  })
  return { dir, clones }
}

/** One row: every clone claims as fast as it can, `name` says what. */
async function measure(count, what, name) {
  const { dir, clones } = createClones(count)
  for (const { lines } of clones) await lines.next()
  const spentCpu = () => clones.reduce((sum, { child }) => sum + cpuOf(child.pid), 0)
  const idle = spentCpu()
  const winners = new Map()
  const millis = []
  const lost = { held: 0, other: 0 }
  const begun = process.hrtime.bigint()
  const since = () => Number(process.hrtime.bigint() - begun) / 1e6
  await Promise.all(
    clones.map(async ({ ask }, at) => {
      for (let i = 0; since() < seconds * 1000; i++) {
        const wish = { op: 'claim', ...name(at, i) }
        const from = since()
        const answer = await ask(wish)
        if (answer.ok) {
          millis.push(since() - from)
          winners.set(wish.name, new Set([...(winners.get(wish.name) ?? []), at]))
        } else lost[answer.reason === 'held' ? 'held' : 'other']++
      }
    }),
  )
  const spent = since() / 1000
  const cpu = spentCpu() - idle
  for (const { child } of clones) child.kill()
  fs.rmSync(dir, { recursive: true, force: true })
  millis.sort((a, b) => a - b)
  const at = (share) =>
    Math.round(millis[Math.min(millis.length - 1, Math.floor(millis.length * share))] ?? 0)
  const doubles = [...winners.values()].filter((each) => each.size > 1).length
  const rate = (millis.length / spent).toFixed(1)
  console.log(
    `| ${what} | ${count} | ${rate} | ${at(0.5)} / ${at(0.95)} / ${at(1)} | ${(cpu / Math.max(1, millis.length)).toFixed(1)} | ${lost.held} | ${lost.other} | ${doubles} | ${os.loadavg()[0].toFixed(1)} |`,
  )
}

console.log(
  `${os.availableParallelism()} processors, load ${os.loadavg()[0].toFixed(1)} before, node ${process.version}, ${run('.', 'git', '--version')}`,
)
console.log(
  '| what | clones | claims/s | p50 / p95 / max ms | CPU ms a claim | refused | other | double winners | load |',
)
console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- |')
const ROWS = [
  ['names of their own', (at, i) => ({ type: 'droplet', name: `d-${at}-${i}` })],
  ['files, each clone an area', (at, i) => ({ type: 'file', name: `src/${at}/${i}.ts` })],
  ['files, all in one area', (at, i) => ({ type: 'file', name: `src/api/${at}-${i}.ts` })],
]
const wanted = process.argv[4] ?? ''
for (const [what, name] of ROWS.filter(([each]) => each.includes(wanted)))
  for (const count of sizes) await measure(count, what, name)
