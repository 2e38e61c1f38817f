// Measuring processes: one after another in turns, many at once, and how much memory one takes.
import { spawn, spawnSync } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import fs from 'fs-extra'

const home = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
export const bin = path.join(home, 'bin', 'coord.cjs')
const PEAK = path.join(home, 'bench', 'peak.cjs')
/** Without NODE_EXTRA_CA_CERTS, which adds 25 ms to every Node 20 start and would flatter the ratios. */
export const env = { PATH: process.env.PATH, HOME: process.env.HOME }

/** Bare Node: what every ratio is to. */
export const bare = { name: 'node -e 0', args: () => ['-e', '0'] }

/** A command of a session in a room's repository; `%` in its arguments is the round. */
export const coord = (cwd, session, ...args) => ({
  cwd,
  args: (round) => [bin, ...args.map((arg) => arg.replace('%', round))],
  env: { COORD_SESSION: session },
})

/** A hook of a Claude Code session: one event, `%` in its text is the round. */
export const hook = (cwd, event, given = {}) => ({
  cwd,
  args: () => [bin, 'hook', 'claude'],
  input: (round) =>
    JSON.stringify({ session_id: 'bench', cwd, hook_event_name: event, ...given }).replaceAll('%', round),
})

/** A hook of git by itself, as the session; it goes on with a warning where it fails. `asks` are the calls of git that it can't do without. */
export const gitHook = (cwd, session, args, asks) => ({
  cwd,
  args: () => [bin, 'hook', 'git', ...args],
  env: { COORD_SESSION: session },
  silent: true,
  asks: asks.map((given) => ({ cwd, file: 'git', args: () => given })),
})

export const median = (values) => share(values, 0.5)
export const share = (values, part) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))]

/** Run a subject once: milliseconds, exit code, and how many bytes it said on stderr. */
export function once(subject, round = 0) {
  const from = process.hrtime.bigint()
  const { status, stderr } = spawnSync(subject.file ?? process.execPath, subject.args(round), {
    cwd: subject.cwd,
    env: { ...env, ...subject.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    input: subject.input?.(round) ?? '',
  })
  return { ms: Number(process.hrtime.bigint() - from) / 1e6, status, said: stderr?.length ?? 0 }
}

/** Peak memory of a Node process in MiB, as the process tells it at its exit (getrusage(2)); undefined for others. */
export function peakMemory(subject, round) {
  if (subject.file) return undefined
  const { output } = spawnSync(process.execPath, ['-r', PEAK, ...subject.args(round)], {
    cwd: subject.cwd,
    env: { ...env, ...subject.env },
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    input: subject.input?.(round) ?? '',
    encoding: 'utf8',
  })
  return Number(output[3]) / 1024
}

/** Make the start-up caches due: what runs next is learnt by its cache, as all that runs in a room is in time. */
function ageCaches() {
  const dir = path.join(home, 'dist', 'cache')
  const long = Date.now() / 1000 - 7200
  if (fs.existsSync(dir))
    for (const name of fs.readdirSync(dir)) fs.utimesSync(path.join(dir, name), long, long)
}

/**
 * Run subjects in turns, two rounds untimed, after the first of which the room is what it is in time; for each its median, 90th
 * percentile, peak memory, the median of its ratios to the first of the same round, and what went wrong. `after` of a subject runs untimed, so that claims do not pile up (their ledgers do).
 */
export function interleave(label, subjects, rounds) {
  const times = subjects.map(() => [])
  const codes = subjects.map(() => new Set())
  const run = (subject, index, round) => {
    const { ms, status, said } = once(subject, round)
    codes[index].add(subject.silent && said > 0 ? 'with a warning' : status)
    // What others' programs take is not coord's: they run by themselves beside it, and their time is taken off.
    const others = (subject.asks ?? []).reduce((sum, ask) => sum + once(ask, round).ms, 0)
    if (subject.after && once(subject.after, round).status !== 0) codes[index].add('after')
    return ms - others
  }
  for (let round = -1; round <= rounds; round++)
    for (const [index, subject] of subjects.entries()) {
      if (round <= 0) ageCaches()
      const ms = run(subject, index, `${label}-${round}`)
      if (round > 0) times[index].push(ms)
    }
  return subjects.map((subject, index) => ({
    ms: median(times[index]),
    p90: share(times[index], 0.9),
    ratio: median(times[index].map((ms, round) => ms / times[0][round])),
    mib: peakMemory(subject, `${label}-m`),
    failed: wrongExit(subject, codes[index]),
  }))
}

function wrongExit({ exit }, codes) {
  const wrong = exit !== undefined && [...codes].some((code) => code !== exit)
  return wrong ? `exit ${[...codes]}` : null
}

/**
 * Have each directory that is made in `dir` lie somewhere else on the disk, as those of different projects do. ext4 puts it where its parent is
 * otherwise. Other file systems know no such flag. Source: chattr(1), `T`.
 */
export function spreadOut(dir) {
  spawnSync('chattr', ['+T', dir], { stdio: 'ignore' })
}

const PROBES = 40
const CALM = 6
const PLACES = 50

/** How many times as long as opening a file it takes to make one, in a directory. */
function costOfFiles(dir) {
  const file = path.join(dir, 'probe-')
  const timed = (flags) =>
    Array.from({ length: PROBES }, (_, i) => {
      const from = process.hrtime.bigint()
      fs.closeSync(fs.openSync(file + i, flags))
      return Number(process.hrtime.bigint() - from)
    })
  const [made, opened] = [timed('wx'), timed('r')].map(median)
  for (let i = 0; i < PROBES; i++) fs.unlinkSync(file + i)
  return made / opened
}

/**
 * Make a directory in one that is spread out, where files are made at an ordinary price. ext4 without a journal passes over each inode of a
 * group that was freed within five minutes (`recently_deleted` in fs/ext4/ialloc.c): where the last run removed its files, a new one takes up
 * to 2 ms.
 */
export function makeCalmPlace(parent, name) {
  const dir = path.join(parent, name)
  for (let i = 0; i < PLACES; i++) {
    const place = path.join(parent, `.place-${i}-${name}`)
    fs.mkdirSync(place)
    if (costOfFiles(place) > CALM && i < PLACES - 1) continue
    fs.renameSync(place, dir)
    return dir
  }
}

/** Start `count` processes at once; the wall time of all in milliseconds, and their exit codes. */
export async function burst(count, subjectOf) {
  const from = process.hrtime.bigint()
  const codes = await Promise.all(
    Array.from({ length: count }, (_, index) => exitOf(subjectOf(index), index)),
  )
  return { ms: Number(process.hrtime.bigint() - from) / 1e6, codes }
}

/** Start a subject; its exit code once it is over. */
export function exitOf(subject, round = 0) {
  const child = spawn(process.execPath, subject.args(round), {
    cwd: subject.cwd,
    env: { ...env, ...subject.env },
    stdio: 'ignore',
  })
  return new Promise((resolve) => child.on('exit', resolve))
}
