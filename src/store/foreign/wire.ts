/**
 * The states of machines on their way through a remote: `<prefix>/state/<machine>`, each written by one machine alone. Their objects lie
 * in `.state/sync/objects`, beside the repository's own, and no ref of ours names them: the user's repository neither grows nor shows
 * anything (`git log --all`), however often machines publish. All of it can be fetched again, so it is thrown away now and then.
 */
import path from 'node:path'
import { isMachine } from '../../protocol/machines/names.ts'
import { troubleOf } from '../../protocol/remote/answers.ts'
import { ensureDirectory, replaceFile } from '../atomic.ts'
import { readText } from '../disk.ts'
import type { Answer, Far } from '../remote/far.ts'
import { apart, ask, listRefs, localGit, pushRefs } from '../remote/git.ts'
import { farOf, type RemoteSetting } from '../remote/setting.ts'
import { inRoom, place, type Room } from '../room.ts'
import { removeTree } from '../trees.ts'

const SYNC = '.state/sync'
const OBJECTS = `${SYNC}/objects`
/** What bringing the states of others here may take. */
const FETCH_MS = 60_000
const FETCH_FLAGS = [
  ...['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', '--refmap=', '--no-prune'],
  ...['--no-recurse-submodules', '--no-filter'],
]

/** The way to the remote, with the place for objects. */
export interface Wire {
  far: Far
  prefix: string
  machine: string
}

const refOf = ({ prefix }: Wire, machine: string) => `${prefix}/state/${machine}`

/** Open the way to a room's remote; makes the place for objects. Throws `conflict` outside git. */
export function openWire(room: Room, setting: RemoteSetting, env: Record<string, string>): Wire {
  const far = farOf(room, setting, env)
  const objects = inRoom(room, OBJECTS)
  ensureDirectory(room.root, `${objects}/info`)
  const own = `${path.join(far.common, 'objects')}\n`
  const told = readText(`${objects}/info/alternates`, 1 << 16)
  if (!('text' in told) || told.text !== own) replaceFile(place(room, OBJECTS, 'info/alternates'), own)
  writeFormat(room, far.common)
  const { prefix, machine } = setting
  // What writes objects takes `common` for the place that has them, and the config that names their format.
  return {
    far: { ...far, common: inRoom(room, SYNC), env: { ...far.env, GIT_OBJECT_DIRECTORY: objects } },
    prefix,
    machine,
  }
}

/** Tell beside the objects which hash names them, as the repository's own config does. */
function writeFormat(room: Room, common: string): void {
  const told = readText(path.join(common, 'config'), 1 << 20)
  const isLong = 'text' in told && /^\s*objectformat\s*=\s*sha256\s*$/im.test(told.text)
  const format = isLong ? '[extensions]\n\tobjectformat = sha256\n' : '[core]\n'
  const known = readText(inRoom(room, SYNC, 'config'), 4096)
  if (!('text' in known) || known.text !== format) replaceFile(place(room, SYNC, 'config'), format)
}

/** Throw the objects away: the next round fetches what it needs. Only who has the lease may. */
export function dropObjects(room: Room): void {
  removeTree(room, OBJECTS)
}

/** The machines that have published, with the commit of each; names that are none are counted. */
export function listStates(wire: Wire): Answer<{ heads: Map<string, string>; strange: number }> {
  const stem = refOf(wire, '')
  const answer = listRefs(wire.far, [`${stem}*`])
  if (!answer.ok) return answer
  const heads = new Map<string, string>()
  let strange = 0
  for (const [ref, oid] of answer.result)
    if (ref.startsWith(stem) && isMachine(ref.slice(stem.length))) heads.set(ref.slice(stem.length), oid)
    else strange++
  return { ok: true, result: { heads, strange } }
}

/** Bring the states of some machines here. `known` are commits that were here before, so that only what is new travels. */
export function fetchStates(wire: Wire, machines: string[], known: string[]): Answer<null> {
  const tips = present(wire, known).map((oid) => `--negotiation-tip=${oid}`)
  const nothing = tips.length === 0 ? ['-c', 'fetch.negotiationAlgorithm=noop'] : []
  const settings = ['-c', 'fetch.fsckObjects=true', '-c', 'fetch.writeCommitGraph=false', ...nothing]
  const { far } = wire
  const refs = machines.map((machine) => refOf(wire, machine))
  const patient = { ...far, timeout_ms: Math.max(FETCH_MS, far.timeout_ms) }
  const answer = ask(patient, [...settings, 'fetch', ...FETCH_FLAGS, ...tips, '--', far.remote, ...refs])
  if ('trouble' in answer) return { ok: false, trouble: answer.trouble }
  return answer.code === 0 ? { ok: true, result: null } : { ok: false, trouble: troubleOf(answer.err) }
}

/** Those of some commits that are here. */
function present({ far }: Wire, oids: string[]): string[] {
  if (oids.length === 0) return []
  const told = localGit(far, ['cat-file', '--batch-check=%(objecttype)'], `${oids.join('\n')}\n`)
  const types = String(told).split('\n')
  return oids.filter((_, at) => types[at] === 'commit')
}

/** Put this machine's state there, in the place of `was` (null: none). */
export function pushState(wire: Wire, commit: string, was: string | null): Answer<null> {
  const ref = refOf(wire, wire.machine)
  return pushRefs(apart(wire.far, ref), [{ ref, to: commit, was }])
}
