/**
 * A file layer that fails or kills at its n-th call. Loaded before anything else (`node -r`, or the first import of a test), it stands
 * between a program and the synchronous functions of node:fs, and counts those that concern a directory. A plan says what happens there:
 * `{below, at, as}`: `as` an errno, or `kill`; `lasting`: from then on; `torn`: a write takes half first; `late`: the call has its effect,
 * and then fails. In a process of its own the plan comes in COORD_FAULT_PLAN, and a kill is SIGKILL. Within a test, where the process must
 * live on, a kill is an exception, and until `disarm` no call changes or reads anything any more, whoever catches it.
 */
'use strict'
const fs = require('node:fs')

const NUMBERS = { EIO: 5, EACCES: 13, EMFILE: 24, ENOSPC: 28 }
const READS = ['EIO']
const LOOKS = ['EIO', 'EACCES']
const LISTS = ['EIO', 'EACCES', 'EMFILE']
const NAMES = ['EIO', 'EACCES', 'ENOSPC']
const FILES = ['EIO', 'EACCES', 'EMFILE', 'ENOSPC']

/** What each call can fail with; whether it may change the disk, so that a kill before it differs from one before the next call. */
const CALLS = {
  accessSync: { errnos: LOOKS },
  chmodSync: { errnos: LOOKS, changes: true },
  closeSync: { errnos: READS, always: true },
  copyFileSync: { errnos: FILES, changes: true, second: true },
  existsSync: { errnos: LOOKS, answer: false },
  fstatSync: { errnos: READS },
  fsyncSync: { errnos: ['EIO', 'ENOSPC'], skipped: true },
  ftruncateSync: { errnos: READS, changes: true },
  linkSync: { errnos: NAMES, changes: true, second: true },
  lstatSync: { errnos: LOOKS },
  mkdirSync: { errnos: NAMES, changes: true },
  mkdtempSync: { errnos: NAMES, changes: true },
  openSync: { errnos: FILES, changes: (args) => isForWriting(args[1]), reads: LISTS },
  opendirSync: { errnos: LISTS },
  readFileSync: { errnos: LISTS },
  readSync: { errnos: READS },
  readdirSync: { errnos: LISTS },
  readlinkSync: { errnos: LOOKS },
  realpathSync: { errnos: LOOKS },
  renameSync: { errnos: NAMES, changes: true, second: true },
  rmSync: { errnos: LOOKS, changes: true },
  rmdirSync: { errnos: LOOKS, changes: true },
  statSync: { errnos: LOOKS },
  symlinkSync: { errnos: NAMES, changes: true, second: true },
  truncateSync: { errnos: FILES, changes: true },
  unlinkSync: { errnos: LOOKS, changes: true },
  utimesSync: { errnos: LOOKS, changes: true },
  writeFileSync: { errnos: FILES, changes: true },
  writeSync: { errnos: ['EIO', 'ENOSPC'], changes: true },
}

const isForWriting = (flags) => (typeof flags === 'number' ? (flags & 3) !== 0 : /[wa+]/.test(flags ?? 'r'))

class Killed extends Error {}

let plan = null
let count = 0
let calls = []
let dead = false
let inside = false
let skipped = 0n
const descriptors = new Set()

/** Count from now on, and do what a plan says. */
function arm(next) {
  plan = next
  count = 0
  calls = []
  dead = false
  descriptors.clear()
}

/** Let every call through. What was counted: each call with what it may fail with, and whether it may change the disk. */
function disarm() {
  const seen = { calls, reached: plan !== null && calls.length >= (plan.at ?? Infinity), dead }
  plan = null
  dead = false
  return seen
}

function concerns(name, args) {
  if (typeof args[0] === 'number') return descriptors.has(args[0])
  const places = CALLS[name].second ? [args[0], args[1]] : [args[0]]
  return places.some((place) => String(place).startsWith(plan.below))
}

function systemError(code, name, place) {
  const syscall = name.replace(/Sync$/, '')
  const error = new Error(`${code}: made by a test, ${syscall} '${place}'`)
  return Object.assign(error, { code, errno: -NUMBERS[code], syscall, path: String(place) })
}

/** One counted call: let through, failed, or the last one. */
function pass(name, args, real) {
  const kind = CALLS[name]
  const at = ++count
  const changes = typeof kind.changes === 'function' ? kind.changes(args) : kind.changes === true
  const errnos = (!changes && kind.reads) || kind.errnos
  calls.push({ name, place: args[kind.second ? 1 : 0], errnos, changes })
  const due = at === plan.at || (plan.lasting && at > plan.at)
  if (!due) return real()
  if (plan.as === 'kill') return die(name, args)
  if (!errnos.includes(plan.as)) return real()
  if (kind.answer !== undefined) return kind.answer
  if (name === 'writeSync' && plan.torn && plan.as === 'ENOSPC' && at === plan.at) return writeHalf(args)
  if (kind.always || (plan.late && changes)) real()
  throw systemError(plan.as, name, args[0])
}

function writeHalf([fd, data]) {
  const bytes = Buffer.from(data)
  return originals.writeSync.call(fs, fd, bytes, 0, bytes.length >> 1)
}

function die(name, args) {
  if (name === 'writeSync' && plan.torn) writeHalf(args)
  if (plan.real) process.kill(process.pid, 'SIGKILL')
  dead = true
  throw new Killed('killed')
}

const originals = {}

function wrap(name) {
  const original = fs[name]
  originals[name] = original
  const wrapped = (...args) => {
    if (plan === null || inside) return original.apply(fs, args)
    if (dead) throw new Killed('killed')
    if (!concerns(name, args)) return original.apply(fs, args)
    const real = () => {
      inside = true
      try {
        return CALLS[name].skipped && !plan.real ? undefined : original.apply(fs, args)
      } finally {
        inside = false
      }
    }
    const result = pass(name, args, real)
    if (name === 'openSync') descriptors.add(result)
    if (name === 'closeSync') descriptors.delete(args[0])
    return result
  }
  fs[name] = Object.assign(wrapped, original)
}

for (const name of Object.keys(CALLS)) wrap(name)

/** Within a test nobody waits: a pause moves the clock that it is measured by. */
const { hrtime } = process
const bigint = hrtime.bigint.bind(hrtime)
hrtime.bigint = () => bigint() + skipped
const wait = Atomics.wait
Atomics.wait = (array, index, value, millis) => {
  if (plan === null || plan.real) return wait(array, index, value, millis)
  skipped += BigInt(Math.ceil(millis)) * 1_000_000n
  return 'timed-out'
}

module.exports = { arm, disarm, Killed }

const given = process.env.COORD_FAULT_PLAN
if (given) {
  const { log, ...rest } = JSON.parse(given)
  arm({ ...rest, real: true })
  process.on('exit', () => {
    const seen = disarm()
    if (log) fs.writeFileSync(log, JSON.stringify(seen))
  })
}
