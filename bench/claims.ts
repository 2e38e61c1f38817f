/**
 * How many claims a second one process makes, through the operation itself, and how many in the time that bare node takes, asked beside each
 * window: a rate alone tells of the machine. Prints one JSON object. `node claims.mjs DIR SECONDS`: DIR has 22 directories for its rooms.
 */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { createContext } from '../src/context.ts'
import { claim } from '../src/operations/claim.ts'
import { transact } from '../src/operations/leases.ts'
import { decideClaim, decideRelease } from '../src/protocol/claims.ts'
import { layOut } from '../src/store/layout.ts'
import { lazy } from '../test/workers/lazy.ts'
import { newSessionRecord } from '../test/workers/sessions.ts'

const base = process.argv[2]!
const seconds = Number(process.argv[3] ?? 3)
const places = fs.readdirSync(base)
const WINDOWS = 9
const HOT_ROOMS = 3
const BARE_RUNS = 5
const RESOURCES = 16
const texts = { readme: '', gitignore: '', template: () => '' }

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!

/** A rate, and what it comes to in the time of one bare node. */
interface Seen {
  rate: number
  perNode: number
}

/** The one whose share of a bare node is the median. */
const middle = (seen: Seen[]): Seen => seen.sort((a, b) => a.perNode - b.perNode)[seen.length >> 1]!

/** The seconds that bare node takes now. */
function bareNode(): number {
  const times = Array.from({ length: BARE_RUNS }, () => {
    const from = process.hrtime.bigint()
    if (spawnSync(process.execPath, ['-e', '0']).status !== 0) throw new Error('node -e 0 failed')
    return Number(process.hrtime.bigint() - from) / 1e9
  })
  return median(times)
}

/** A rate with what bare node takes before and after it was measured; `after` can be the next one's `before`. */
function besideBareNode(measure: () => number, before = bareNode()): Seen & { after: number } {
  const rate = measure()
  const after = bareNode()
  return { rate, perNode: (rate * (before + after)) / 2, after }
}

/** A context in a room of its own with one session. */
function roomWith(durability: 'power' | 'process') {
  const root = path.join(base, places.shift()!, 'COORDINATION')
  layOut(root, texts)
  fs.writeFileSync(path.join(root, 'config.json'), JSON.stringify({ claims: { durability } }))
  const ctx = createContext({ cwd: base, env: {}, dir: root, session: 'bench', lazy, texts: () => texts })
  newSessionRecord(ctx.room(), 'bench')
  return ctx
}

/** Grants a second, with and without fsync: the median of windows taken in turns, since a disk has its moods. */
function grantRates(): { durable: Seen; process: Seen } {
  let before = bareNode()
  const windows = Array.from({ length: WINDOWS }, () => {
    const durable = besideBareNode(() => grants('power'), before)
    const quick = besideBareNode(() => grants('process'), durable.after)
    before = quick.after
    return { durable, process: quick }
  })
  return {
    durable: middle(windows.map(({ durable }) => durable)),
    process: middle(windows.map((window) => window.process)),
  }
}

/** Grants a second over some resources, each given back untimed: the ledger's own work, without board and history. At 3,000 a second their ledgers are full after half a window, at 1,000 they have forty slots at its end. */
function grants(durability: 'power' | 'process'): number {
  const ctx = roomWith(durability)
  let spent = 0
  let count = 0
  for (; spent < (seconds / WINDOWS) * 1e9; count++) {
    const from = process.hrtime.bigint()
    grant(ctx, `r${count % RESOURCES}`)
    spent += Number(process.hrtime.bigint() - from)
    giveBack(ctx, `r${count % RESOURCES}`)
  }
  return count / (spent / 1e9)
}

function grant(ctx: ReturnType<typeof roomWith>, name: string): void {
  const room = ctx.room()
  const resource = { resource_type: 'task', resource_name: name }
  const wish = {
    by: 'bench',
    resources: [resource],
    term_ms: 60_000,
    claim_ids: [ctx.random(16)],
    renew: true,
    fields: {},
  }
  const outcome = transact(ctx, room, 'bench', [resource], (holdings) =>
    decideClaim(holdings, wish, ctx.now(), 0, () => null),
  )
  if (!outcome.ok) throw new Error(outcome.refusal.code)
}

function giveBack(ctx: ReturnType<typeof roomWith>, name: string): void {
  const resource = { resource_type: 'task', resource_name: name }
  const ask = { by: 'bench', resource, token: null, force: null }
  transact(ctx, ctx.room(), 'bench', [resource], (holdings) => decideRelease(holdings, ask, []))
}

/** Transitions a second of one resource, at the beginning and at the end of 10,000 of them: medians of rooms. */
function hot(transitions: number): { first: Seen; last: Seen } {
  const rooms = Array.from({ length: HOT_ROOMS }, () => hotIn(transitions))
  return { first: middle(rooms.map(({ first }) => first)), last: middle(rooms.map(({ last }) => last)) }
}

function hotIn(transitions: number): { first: Seen; last: Seen } {
  const ctx = roomWith('power')
  const part = Math.max(1, Math.floor(transitions / 10))
  const go = () => moves(ctx, part)
  const first = besideBareNode(go)
  for (let done = part; done < transitions - part; done += part) go()
  return { first, last: besideBareNode(go) }
}

/** Transitions a second, of so many. */
function moves(ctx: ReturnType<typeof roomWith>, count: number): number {
  const from = process.hrtime.bigint()
  for (let i = 0; i < count; i += 2) {
    grant(ctx, 'hot')
    giveBack(ctx, 'hot')
  }
  return count / (Number(process.hrtime.bigint() - from) / 1e9)
}

/** Whole claims a second, with history, memory and board. */
function whole(): number {
  const ctx = roomWith('power')
  const until = Date.now() + seconds * 1000
  let count = 0
  for (; Date.now() < until; count++) claim.run(ctx, { type: 'task', name: [`w${count % 50}`], for: '1h' })
  return count / seconds
}

const result = {
  ...grantRates(),
  hot: hot(seconds < 2 ? 1000 : 10_000),
  whole: besideBareNode(whole),
}
process.stdout.write(`${JSON.stringify(result)}\n`)
