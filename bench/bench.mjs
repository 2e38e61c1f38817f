// `npm run bench`: every promise about speed in one interleaved run. All process bars are ratios to bare `node -e 0`, taken round by
// round in the same run; NODE_EXTRA_CA_CERTS is unset, since it adds 25 ms to every Node 20 start and would flatter the ratios.
//   -n 21        rounds          --short   fewer rounds and smaller rooms, for CI; a bar counts as broken only beyond 1.4 times
//   --json FILE  the numbers     COORD_BASELINE_DIR: where the original shell scripts are, to be measured beside
import { spawn, spawnSync } from 'node:child_process'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import fs from 'fs-extra'
import { bundleForNode } from '../build/bundle-test.mjs'
import { sessionId, writeRoom } from './room.mjs'

const argv = process.argv.slice(2)
const option = (name, fallback) => (argv.includes(name) ? argv[argv.indexOf(name) + 1] : fallback)
const short = argv.includes('--short')
const rounds = Number(option('-n', short ? 9 : 21))
const tolerance = short ? 1.4 : 1
const heartbeats = short ? 5_000 : 57_600

const bin = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), 'bin', 'coord.cjs')
const env = { PATH: process.env.PATH, HOME: process.env.HOME }
const base = await fs.mkdtemp(path.join(os.tmpdir(), 'coord-bench-'))
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1]
const at = (values, share) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]
const results = []

const bare = { name: 'node -e 0', args: () => ['-e', '0'] }
const coord = (cwd, session, ...args) => ({
  cwd,
  args: (round) => [bin, ...args.map((arg) => arg.replace('%', round))],
  env: { COORD_SESSION: session },
})

function once(subject, round) {
  const from = process.hrtime.bigint()
  const [file, args] = subject.file
    ? [subject.file, subject.args(round)]
    : [process.execPath, subject.args(round)]
  const { status } = spawnSync(file, args, {
    cwd: subject.cwd,
    env: { ...env, ...subject.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return { ms: Number(process.hrtime.bigint() - from) / 1e6, status }
}

/** Make the start-up caches due, so that the untimed first round learns what commands run in this room, as they do in time. */
function ageCaches() {
  const dir = path.join(path.dirname(path.dirname(bin)), 'dist', 'cache')
  const long = Date.now() / 1000 - 7200
  if (fs.existsSync(dir))
    for (const name of fs.readdirSync(dir)) fs.utimesSync(path.join(dir, name), long, long)
}

/** Run the cases of one table interleaved; each with its ratio to the first. `after` runs untimed, so that claims do not pile up (their ledgers do). */
function table(title, cases) {
  const times = cases.map(() => [])
  const codes = cases.map(() => new Set())
  ageCaches()
  for (let round = 0; round <= rounds; round++) {
    cases.forEach((subject, index) => {
      const { ms, status } = once(subject, `${title.length}-${round}`)
      if (round > 0) times[index].push(ms)
      codes[index].add(status)
      if (subject.after && once(subject.after, `${title.length}-${round}`).status !== 0)
        codes[index].add('after')
    })
  }
  cases.forEach((subject, index) => {
    const ratio = median(times[index].map((ms, round) => ms / times[0][round]))
    const wrong = subject.exit !== undefined && [...codes[index]].some((code) => code !== subject.exit)
    report({
      title,
      name: subject.name,
      ms: median(times[index]),
      p90: at(times[index], 0.9),
      ratio,
      bar: subject.bar,
      failed: wrong ? `exit ${[...codes[index]]}` : null,
    })
  })
}

function report(row) {
  const over = row.bar !== undefined && row.ratio > row.bar * tolerance
  const below = row.atLeast !== undefined && row.value < row.atLeast / tolerance
  row.ok = !over && !below && !row.failed
  results.push(row)
  const cells = [
    row.name,
    num(row.ms, 1, 'ms'),
    num(row.p90, 1, 'p90'),
    num(row.ratio, 2, '×'),
    row.bar === undefined ? '' : `≤ ${row.bar}×`,
  ]
  if (row.value !== undefined)
    cells.splice(
      1,
      4,
      `${Math.round(row.value)} ${row.unit}`,
      row.atLeast === undefined ? '' : `${row.most ? '≤' : '≥'} ${row.atLeast}`,
    )
  console.log(
    `  ${row.ok ? ' ' : '✗'} ${cells.filter(Boolean).join('  ')}${row.failed ? `  ${row.failed}` : ''}`,
  )
}
const num = (value, digits, unit) => (value === undefined ? '' : `${value.toFixed(digits)} ${unit}`)

/** Peak memory of a command in MiB, as GNU time tells it; NaN without it. */
function peakMemory(subject) {
  const args = ['-f', '%M', process.execPath, ...subject.args('m')]
  const { stderr } = spawnSync('/usr/bin/time', args, {
    cwd: subject.cwd,
    env: { ...env, ...subject.env },
    encoding: 'utf8',
  })
  return stderr ? Number(stderr.trim().split('\n').at(-1)) / 1024 : Number.NaN
}

/** Start `count` processes at once; the wall time of all and their exit codes. */
function burst(count, subjectOf) {
  return new Promise((resolve) => {
    const codes = []
    const from = process.hrtime.bigint()
    for (let index = 0; index < count; index++) {
      const subject = subjectOf(index)
      const child = spawn(process.execPath, subject.args(index), {
        cwd: subject.cwd,
        env: { ...env, ...subject.env },
        stdio: 'ignore',
      })
      child.on('exit', (code) => {
        codes.push(code)
        if (codes.length === count) resolve({ ms: Number(process.hrtime.bigint() - from) / 1e6, codes })
      })
    }
  })
}

/** How long after a release the process that waits has its grant, by the ledger's own times; milliseconds. */
async function wake(cwd, name) {
  const [holder, waiter] = [sessionId(0), sessionId(1)]
  const root = path.join(cwd, 'COORDINATION')
  once(coord(cwd, holder, 'claim', 'droplet', name), 0)
  const wait = coord(cwd, waiter, 'claim', 'droplet', name, '--wait', '1m')
  const child = spawn(process.execPath, wait.args(0), { cwd, env: { ...env, ...wait.env }, stdio: 'ignore' })
  const ended = new Promise((resolve) => child.on('exit', resolve))
  const session = path.join(root, 'sessions', `${waiter}.json`)
  while (fs.readJsonSync(session).waiting_for?.name !== name) await new Promise((go) => setTimeout(go, 5))
  once(coord(cwd, holder, 'release', 'droplet', name, '--no-announce'), 0)
  await ended
  const slots = fs
    .readdirSync(path.join(root, '.state/ledger', `droplet-${name}`))
    .filter((file) => /^\d+$/.test(file))
  const [, released, granted] = slots
    .sort()
    .map((file) => fs.readJsonSync(path.join(root, '.state/ledger', `droplet-${name}`, file)))
  return Date.parse(granted.at) - Date.parse(released.at)
}

function room(name, size) {
  const cwd = path.join(base, name)
  writeRoom(cwd, size)
  // The disk is still writing the room back for seconds, which would be measured as coord's.
  spawnSync('sync')
  return cwd
}

const seed = process.env.COORD_BASELINE_DIR
const script = (name, cwd, ...args) => ({
  name: `seed ${name}`,
  cwd,
  file: path.join(seed, name),
  args: () => args,
})

try {
  console.log(
    `coord bench: node ${process.version}, ${os.cpus().length} cores, ${rounds} rounds${short ? ', short form' : ''}\n`,
  )
  for (const [sessions, bar, claimBar] of [
    [1, 1.6, 1.6],
    [40, 1.6, 1.6],
    [1000, 2.8, 3.0],
  ]) {
    const cwd = room(`room-${sessions}`, {
      sessions,
      heartbeats: sessions === 1 ? 1440 : heartbeats,
      messages: 100,
    })
    const me = sessionId(0)
    // Another session claims, so that a heartbeat does not check one more lease in every round.
    const claimant = sessionId(sessions > 1 ? 2 : 0)
    if (seed) fs.writeFileSync(path.join(cwd, 'COORDINATION/.current_session'), `${me}\n`)
    console.log(`${sessions} sessions, ${sessions === 1 ? 1440 : heartbeats} heartbeat files`)
    const beat = {
      ...coord(cwd, me, 'heartbeat', 'building', 'target', 'phase'),
      name: 'heartbeat',
      bar,
      exit: 0,
    }
    const cases = [bare, beat]
    cases.push({
      ...coord(cwd, claimant, 'claim', 'droplet', `free-${sessions}-%`),
      name: 'claim, free',
      bar: claimBar,
      exit: 0,
      after: coord(cwd, claimant, 'release', 'droplet', `free-${sessions}-%`, '--no-announce'),
    })
    cases.push({
      ...coord(cwd, claimant, 'claim', 'droplet', 'res-held'),
      name: 'claim, held by another',
      bar: claimBar,
      exit: 1,
    })
    if (seed && sessions <= 40) cases.push(script('session-heartbeat.sh', cwd, 'building', 'target', 'phase'))
    table(`${sessions} sessions`, cases)
    if (sessions === 40) {
      const mib = peakMemory(beat)
      report({
        title: '40 sessions',
        name: 'heartbeat, peak memory',
        value: mib,
        unit: 'MiB',
        most: true,
        failed: mib > 55 ? 'over 55 MiB' : null,
      })
    }
    console.log()
  }

  const messages = short ? 1000 : 9000
  console.log(`1000 sessions, ${messages + 1000} messages`)
  const full = room('room-mail', { sessions: 1000, heartbeats: 1000, messages })
  table('reading', [
    bare,
    { ...coord(full, sessionId(0), 'status'), name: 'status', bar: 10, exit: 0 },
    { ...coord(full, sessionId(0), 'inbox', '--peek'), name: 'inbox', bar: 10, exit: 0 },
  ])
  console.log()

  console.log('50 at once')
  const many = room('burst', { sessions: 50, heartbeats: 50 })
  const floor = await burst(50, () => bare)
  for (let round = 0; round < (short ? 1 : 3); round++) {
    const beats = await burst(50, (i) =>
      coord(many, sessionId(i), 'heartbeat', 'building', `T${i}r${round}`, 'p'),
    )
    const board = fs.readFileSync(path.join(many, 'COORDINATION/STATUS_BOARD.md'), 'utf8')
    const shown = Array.from({ length: 50 }, (_, i) => new RegExp(`T${i}r${round}\\b`).test(board)).filter(
      Boolean,
    ).length
    report({
      title: 'burst',
      name: `50 heartbeats, board shows ${shown}/50`,
      ms: beats.ms,
      ratio: beats.ms / floor.ms,
      bar: 1.6,
      failed: shown === 50 ? null : 'board incomplete',
    })
    const claims = await burst(50, (i) => coord(many, sessionId(i), 'claim', 'droplet', `same-${round}`))
    const winners = claims.codes.filter((code) => code === 0).length
    report({
      title: 'burst',
      name: `50 claims of one resource, ${winners} winner`,
      ms: claims.ms,
      ratio: claims.ms / floor.ms,
      failed: winners === 1 ? null : 'not exactly one winner',
    })
  }

  console.log('\nwaiting')
  const woken = []
  for (let round = 0; round < (short ? 3 : 9); round++) woken.push(await wake(many, `wait-${round}`))
  const slowest = Math.max(...woken)
  report({
    title: 'waiting',
    name: `from the release to the next in line, slowest of ${woken.length}`,
    value: slowest,
    unit: 'ms',
    most: true,
    failed: slowest > 250 * tolerance ? 'over 250 ms' : null,
  })

  console.log('\nclaims a second in one process')
  const inside = JSON.parse(
    spawnSync(process.execPath, [await bundleForNode('bench/claims.ts'), short ? '1' : '3'], {
      encoding: 'utf8',
      env,
    }).stdout,
  )
  report({ title: 'library', name: 'durable', value: inside.durable, unit: '/s', atLeast: 800 })
  report({ title: 'library', name: 'without fsync', value: inside.process, unit: '/s', atLeast: 2500 })
  report({
    title: 'library',
    name: 'one hot resource, first thousand',
    value: inside.hot.first,
    unit: '/s',
    atLeast: 800,
  })
  report({
    title: 'library',
    name: 'one hot resource, last thousand',
    value: inside.hot.last,
    unit: '/s',
    atLeast: 800,
  })
  report({ title: 'library', name: 'whole claims with history and board', value: inside.whole, unit: '/s' })
} finally {
  await fs.remove(base)
}

if (option('--json')) await fs.writeJson(option('--json'), results, { spaces: 1 })
const broken = results.filter(({ ok }) => !ok)
console.log(
  broken.length === 0
    ? '\nevery bar holds'
    : `\n${broken.length} bar${broken.length === 1 ? '' : 's'} broken: ${broken.map(({ title, name }) => `${title}: ${name}`).join('; ')}`,
)
process.exitCode = broken.length === 0 ? 0 : 1
