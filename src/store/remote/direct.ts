/**
 * A push without `git push`, where the remote is a directory of this disk: `git receive-pack` is started as git itself would start it there, with
 * its hooks and settings, and is told what to move in one go. It moves a ref from the value that is named, or not at all. Whatever is not plain
 * here is left to `git push`, before anything was sent or after nothing was answered; asked twice, the remote finds the ref moved already.
 */
import fs from 'node:fs'
import path from 'node:path'
import { reportAnswers, STALE } from '../../protocol/remote/answers.ts'
import { localPath, type Settings } from '../../protocol/remote/local-url.ts'
import {
  type Advertisement,
  pktList,
  readAdvertisement,
  readReport,
} from '../../protocol/remote/pkt-lines.ts'
import { lookAt, readText } from '../disk.ts'
import { runGit, splitNul } from '../git-run.ts'
import type { Answer, Far, Pin, RefMove } from './far.ts'
import { checked, pushRefs } from './git.ts'
import { storeObjects } from './objects.ts'
import { type Objects, packed } from './pack.ts'
import { type Asked, inTime } from './waiting.ts'

const CONFIG_MS = 10_000
const CONFIG_BYTES = 1 << 20
/** What git's config told of a remote is taken for so long by a process that pushes again and again, while the repository's own stays as it is. */
const KNOWN_MS = 1000
/** So many refs are named one by one. */
const FEW = 20
/** What belongs to the repository that pushes, not to the one that receives. Source: `git rev-parse --local-env-vars`. */
const OWN =
  /^GIT_(ALTERNATE_OBJECT_DIRECTORIES|CONFIG|CONFIG_PARAMETERS|CONFIG_COUNT|OBJECT_DIRECTORY|DIR|WORK_TREE|IMPLICIT_WORK_TREE|GRAFT_FILE|INDEX_FILE|NO_REPLACE_OBJECTS|REPLACE_REF_BASE|PREFIX|INTERNAL_SUPER_PREFIX|SHALLOW_FILE|COMMON_DIR|PROTOCOL)$/

/**
 * Move refs of the remote to commits that are in `objects`, and written nowhere yet, as `pushRefs` does it: directly, or else with them written here
 * for `git push`. Throws `conflict` where git can't write them.
 */
export function pushObjects(
  far: Far,
  objects: Objects,
  moves: RefMove[],
  atomic: boolean,
  pin: Pin | null,
): Answer<null> {
  const answer = pushDirectly(far, objects, moves, atomic, pin)
  if (answer) return answer
  storeObjects(far, objects)
  return pushRefs(far, moves, atomic, pin)
}

/** Null where it is for `git push`. */
function pushDirectly(
  far: Far,
  objects: Objects,
  moves: RefMove[],
  atomic: boolean,
  pin: Pin | null,
): Answer<null> | null {
  // What a ref is deleted from is not compared where its object is gone there.
  if (objects.algorithm !== 'sha1' || moves.some(({ to }) => to === null)) return null
  const at = Object.keys(far.env).some((name) => name.startsWith('GIT_TRACE')) ? null : placeOf(far)
  if (at === null) return null
  const place = at.path
  const together = atomic && moves.length > 1
  const seen = moves.map(({ ref }) => valueAt(place, checked(ref)))
  const held = pin && valueAt(place, pin.ref)
  const told = together || (pin && held === null) ? advertised(far, place) : null
  if (told === undefined || (told && !isAble(told, together))) return null
  if (pin && pin.oid !== (told ? told.refs.get(pin.ref) : held)) return { ok: false, trouble: STALE }
  // Where it is seen here it costs the remote nothing; where it is not, the remote refuses it.
  const isLate = ({ ref, was }: RefMove, nth: number) =>
    told ? (told.refs.get(ref) ?? null) !== was : seen[nth] !== null && seen[nth] !== was
  if ((together || moves.length === 1) && moves.some(isLate)) return { ok: false, trouble: STALE }
  return send(far, at, moves, together, packed(objects))
}

/** A remote on this disk: where it lies, and whether anything may hide refs of it by settings. */
interface Place {
  path: string
  hides: boolean
}

/** What was told last: a process pushes for one room. */
let known: { key: string; place: Place | null; until: number } | undefined

/** Where the remote lies, as git's config told within the last second. */
function placeOf(far: Far): Place | null {
  const config = lookAt(path.join(far.users ?? far.common, 'config'))
  const key = [far.common, far.remote, config?.ino, config?.mtimeMs, config?.size].join('\0')
  const now = performance.now()
  if (known?.key === key && now < known.until) return known.place
  known = { key, place: askPlace(far), until: now + KNOWN_MS }
  return known.place
}

/** Where the remote lies, as git's config tells; null where it is no directory of this disk. */
function askPlace({ cwd, env, remote }: Far): Place | null {
  const keys = `^(remote\\.${remote.replaceAll('.', '\\.')}\\.|url\\.|protocol\\.|(receive|transfer)\\.hiderefs)`
  const answer = runGit(['config', '-z', '--get-regexp', keys], { cwd, env, timeout_ms: CONFIG_MS })
  if ('trouble' in answer || answer.code !== 0) return null
  const settings = splitNul(answer.out).map((each) => {
    const end = each.indexOf('\n')
    return end < 0 ? [each, ''] : [each.slice(0, end), each.slice(end + 1)]
  })
  const found = localPath(remote, settings as Settings)
  if (found === null) return null
  const own = readText(path.join(gitDirectory(found), 'config'), CONFIG_BYTES)
  const hides = settings.some(([key]) => key!.endsWith('.hiderefs'))
  return { path: found, hides: hides || !('text' in own) || /hiderefs|include/i.test(own.text) }
}

function gitDirectory(place: string): string {
  const inside = path.join(place, '.git')
  return fs.existsSync(inside) ? inside : place
}

/** Where a ref is by the files of a repository; null where they do not tell. Source: gitrepository-layout(5). */
function valueAt(place: string, ref: string): string | null {
  const loose = readText(path.join(gitDirectory(place), ref), 100)
  return 'text' in loose ? (/^([0-9a-f]{40})\n?$/.exec(loose.text)?.[1] ?? null) : null
}

/** What the repository tells before a push; undefined where it does not. */
function advertised(far: Far, place: string): Advertisement | undefined {
  const answer = receive(far, ['--advertise-refs', place], '', [])
  return 'code' in answer && answer.code === 0 ? (readAdvertisement(answer.out) ?? undefined) : undefined
}

function isAble({ capabilities }: Advertisement, together: boolean): boolean {
  const formats = [...capabilities].filter((each) => each.startsWith('object-format='))
  const wanted = together ? ['report-status', 'atomic'] : ['report-status']
  return wanted.every((each) => capabilities.has(each)) && formats.every((each) => each.endsWith('=sha1'))
}

/**
 * What is left out of what the remote does for a push. It looks whether all that a commit needs is there, from which it takes what other refs
 * have, so that it reads each of them: all but those that are moved are hidden from it, where nobody hides any; ours need nothing of others.
 * Nor are its refs looked through a second time, as those of the store that its quarantine borrows from, and it looks whether a `gc` is
 * due after one push of sixteen. Source: git-config(1), `transfer.hideRefs`.
 */
function settingsFor({ hides }: Place, moves: RefMove[]): string[] {
  const hidden = hides || moves.length > FEW ? [] : ['refs', ...moves.map(({ ref }) => `!${ref}`)]
  const isDue = moves[0]?.to?.startsWith('0')
  const told = ['core.alternateRefsCommand=true', ...(isDue ? [] : ['receive.autogc=false'])]
  return [...told, ...hidden.map((each) => `receive.hideRefs=${each}`)].flatMap((each) => ['-c', each])
}

const NONE = '0'.repeat(40)

function send(
  far: Far,
  place: Place,
  moves: RefMove[],
  together: boolean,
  pack: Uint8Array,
): Answer<null> | null {
  const capabilities = `report-status${together ? ' atomic' : ''} agent=coord`
  const commands = moves.map(({ ref, to, was }) => `${was ?? NONE} ${to} ${ref}`)
  const list = pktList(commands.map((each, at) => (at === 0 ? `${each}\0 ${capabilities}` : each)))
  const answer = receive(
    far,
    ['--stateless-rpc', place.path],
    Buffer.concat([list, pack]),
    settingsFor(place, moves),
  )
  if ('trouble' in answer) return { ok: false, trouble: answer.trouble }
  const report = readReport(answer.out)
  if (!report || moves.some(({ ref }) => !report.refs.has(ref))) return null
  const answers = reportAnswers(report.refs)
  if (moves.every(({ ref }) => answers.get(ref) === null)) return { ok: true, result: null }
  const trouble = moves.flatMap(({ ref }) => answers.get(ref) ?? [])[0]
  return { ok: false, trouble: trouble ?? STALE }
}

/** Run the receiving side, which sees of our environment what it would be given by `git push`. */
function receive(far: Far, args: string[], input: string | Uint8Array, settings: string[]): Asked {
  const env = Object.fromEntries(Object.entries(far.env).filter(([name]) => !OWN.test(name)))
  return inTime(far, (timeout_ms) =>
    runGit(['receive-pack', ...args], { cwd: far.cwd, env, timeout_ms, input, settings }),
  )
}
