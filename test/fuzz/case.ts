/** One case: a room in use, one of its files spoiled, every command run on it, and what must hold after each. */
import fs from 'node:fs'
import path from 'node:path'
import { lookAt } from '../../src/store/disk.ts'
import { runInside, type Said } from '../helpers/caught.ts'
import { faultsOf, faultsOfPrototypes } from './holds.ts'
import { type Random, randomOf, shuffled } from './random.ts'
import { KINDS, kindOf, NOW } from './room.ts'
import { CANARY, SPOILS, type Spoil } from './spoils.ts'
import { differences, filesOf, type Tree, treeOf } from './walk.ts'

export interface Case {
  /** Which one it is: `seed` and this say all. */
  number: number
  kind: string
  spoil: Spoil
}

/**
 * The n-th case of a seed: both lists in an order by the seed, walked side by side and shifted by one when they meet again, so that a few
 * cases have every kind and every spoil, and all have every pair; then again with other details.
 */
export function caseOf(seed: number, number: number): Case {
  const kinds = shuffled(KINDS, seed)
  const spoils = shuffled(SPOILS, seed + 1)
  const all = kinds.length * spoils.length
  const shift = Math.floor((number * gcd(kinds.length, spoils.length)) / all)
  return { number, kind: kinds[number % kinds.length]![0], spoil: spoils[(number + shift) % spoils.length]! }
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

const LOOKS = [
  ...[
    ['status'],
    ['status', 'one'],
    ['board', '--print'],
    ['claims'],
    ['sessions', '--all'],
    ['history', 'one'],
  ],
  ...[['messages'], ['doctor'], ['whoami'], ['handoff', '--list'], ['gc', '--dry-run']],
  ...[
    ['claims', 'droplet/church'],
    ['history'],
    ['report', '--no-log'],
    ['log', '--date', '2026-11-20'],
    ['board', '--print', '--at', '2026-11-20T12:14:30Z'],
    ['config', 'get'],
  ],
]
const ACTS = [
  ...[
    ['heartbeat', 'building', 'church'],
    ['claim', 'droplet', 'fresh'],
    ['claim', 'droplet', 'tower'],
  ],
  ...[['renew', 'droplet', 'church'], ['inbox'], ['release', 'droplet', 'church'], ['send', 'two', 'hello']],
]
const MENDS = [
  ['doctor', '--fix'],
  ['gc'],
  ['heartbeat', 'testing'],
  ['claim', 'task', 'later'],
  ['doctor'],
  ['status'],
]

/** What acts of a session may change: its own files, those derived from all (alerts too: who is refused sees which conflicts are over), and the machine's notes. */
const OWN = [
  ...[
    /^STATUS_BOARD\.md$/,
    /^index\.json$/,
    /^alerts\/[^/]*_(conflict|overlap)-[^/]*\.json$/,
    /^\.current_session$/,
    /^sessions\/one\.json$/,
    /^status\/one_status\./,
  ],
  ...[
    /^receipts\/one\.jsonl$/,
    /^claims\/droplet-(church|fresh|tower)\.claim$/,
    /^\.state\/(?!ledger|mail|quarantine)/,
  ],
  /(^|\/)\.tmp-/,
]

export interface Place {
  /** Where the package is: bin, templates. */
  home: string
  template: string
  /** A socket that somebody listens on. */
  socket: string
}

/** Run a case in a directory of its own; what went wrong. */
export function runCase(place: Place, dir: string, seed: number, { number, kind, spoil }: Case): string[] {
  const cwd = path.join(dir, 'room')
  const outside = path.join(dir, 'outside')
  fs.cpSync(place.template, cwd, { recursive: true, verbatimSymlinks: true })
  fs.mkdirSync(outside)
  fs.writeFileSync(path.join(outside, 'secret.json'), `{"session_id":"${CANARY}","status":"active"}`)
  fs.linkSync(place.socket, path.join(outside, 'socket'))
  const random = randomOf(seed, number)
  // Git is asked by other processes, which is most of the time.
  if (random.below(6) > 0) fs.rmSync(path.join(cwd, '.git'), { recursive: true })
  const root = path.join(cwd, 'COORDINATION')
  const file = random.pick(filesOf(root).filter((each) => kindOf(each) === kind))
  spoil.spoil({ root, file, outside, random })
  const check = checker({ place, cwd, root, outside, random })
  check.looks()
  check.names(file, spoil)
  check.acts()
  check.mends(file, spoil)
  const faults = [...check.faults, ...faultsOfPrototypes()]
  return faults.map((fault) => `${file}: ${spoil.name}: ${fault}`)
}

interface Setting {
  place: Place
  cwd: string
  root: string
  outside: string
  random: Random
}

function checker({ place, cwd, root, outside, random }: Setting) {
  const faults: string[] = []
  const tell = (args: string[], what: string[]) =>
    faults.push(...what.map((fault) => `coord ${args.join(' ')}: ${fault}`))
  const beyond = treeOf(outside)
  const host = { home: place.home, cwd, env: { PATH: process.env.PATH, COORD_NOW: NOW } }
  const run = (words: string[]): Said => {
    const json = random.below(2) === 0
    const args = [...words, ...(json ? ['--json'] : []), '--session', 'one']
    const said = runInside(host, args)
    tell(args, faultsOf(said, json))
    tell(
      args,
      differences(beyond, treeOf(outside)).map((changed) => `it changed ${changed} outside of the room`),
    )
    return said
  }
  const looks = () => {
    const before = treeOf(cwd)
    for (const look of LOOKS) run(look)
    tell(
      ['(readers)'],
      differences(before, treeOf(cwd)).map((changed) => `changed ${changed}`),
    )
  }
  const acts = () => {
    for (const act of ACTS) {
      const before = treeOf(root)
      run(act)
      tell(
        act,
        foreign(before, treeOf(root)).map((changed) => `it changed ${changed}`),
      )
    }
  }
  /** Who looks learns which file can't be read; what was set aside of a history is told by whoever reads all of it. */
  const names = (file: string, spoil: Spoil) => {
    if (!spoil.broken || !mustBeNamed(file)) return
    const said = [
      ['doctor', '--limit', '500'],
      ['history', 'one'],
    ].map((args) => runInside(host, [...args, '--json']).out)
    if (!said.join().includes(JSON.stringify(file).slice(1, -1)))
      tell(['doctor'], ['it does not name the file'])
  }
  /** Whatever is mended, the original is kept. */
  const mends = (file: string, spoil: Spoil) => {
    const kept = contentOf(path.join(root, file))
    for (const mend of MENDS) run(mend)
    if (kept && spoil.broken && mustBeNamed(file) && !isKept(root, kept))
      tell(['doctor', '--fix'], [`it lost ${file}`])
  }
  return { faults, looks, names, acts, mends }
}

/** What was changed that is not the session's own: what was there before, made another or removed. */
const foreign = (before: Tree, after: Tree) =>
  differences(before, after).filter((file) => before.has(file) && !OWN.some((own) => own.test(file)))

/** Whether a broken file of a kind is somebody's record. What is derived, or only spares time, is made anew without a word. */
const mustBeNamed = (file: string) => NAMED.includes(kindOf(file) ?? '')
const NAMED = [
  ...[
    'session',
    'heartbeat',
    'claim',
    'broadcast',
    'direct message',
    'receipts',
    'status',
    'status set aside',
  ],
  ...['config', 'slot', 'binding', 'begun handoff'],
]

interface Content {
  ino: number
  bytes: Buffer | null
}

function contentOf(file: string): Content | null {
  const stat = lookAt(file)
  if (!stat) return null
  return { ino: stat.ino, bytes: stat.isFile() && stat.size < 10_000_000 ? fs.readFileSync(file) : null }
}

/** Whether a thing is still somewhere in the room: itself, or its bytes, to which lines may have been added. */
function isKept(root: string, { ino, bytes }: Content): boolean {
  return fs.readdirSync(root, { recursive: true, withFileTypes: true }).some((entry) => {
    const file = path.join(entry.parentPath, entry.name)
    const stat = fs.lstatSync(file, { throwIfNoEntry: false })
    if (!stat) return false
    if (bytes === null) return stat.ino === ino
    return (
      stat.isFile() &&
      stat.size >= bytes.length &&
      fs.readFileSync(file).subarray(0, bytes.length).equals(bytes)
    )
  })
}
