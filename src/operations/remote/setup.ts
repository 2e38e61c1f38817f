/** Choosing a remote: what it allows is tried, not believed, and what all clones must agree on is recorded at the remote itself. */
import type { Context } from '../../context.ts'
import { CoordError, invalid } from '../../protocol/errors.ts'
import { isMachine } from '../../protocol/machines/names.ts'
import type { RemoteTrouble } from '../../protocol/remote/answers.ts'
import { formatInstant } from '../../protocol/time.ts'
import { sha256 } from '../../store/entropy.ts'
import { dropMachine, listMachines } from '../../store/foreign/machines.ts'
import type { Far } from '../../store/remote/far.ts'
import { fetchRefs, listRefs, localGit, openFar, pushRefs } from '../../store/remote/git.ts'
import { LAYOUT, LAYOUT_VERSION, layoutRef, writeLayout } from '../../store/remote/layout.ts'
import { readFiles, writeCommit } from '../../store/remote/objects.ts'
import { ownRepository } from '../../store/remote/own-repository.ts'
import {
  inodeOf,
  lastMachine,
  lastSetting,
  PREFIXES,
  type RemoteSetting,
  saveRemote,
} from '../../store/remote/setting.ts'
import type { Room } from '../../store/room.ts'

const TIMEOUT_MS = 10_000
const SHARDS = 64

/** Try what a remote allows, record the choice of this clone, `anew` under another name, and what all clones share at the remote. Throws `invalid`, `conflict`, `busy`. */
export function setUp(ctx: Context, room: Room, remote: string, anew = false): RemoteSetting {
  const user = openFar(room.root, remote, ctx.gitEnvironment(), TIMEOUT_MS)
  checkRemote(user)
  const far = ownRepository(room, user)
  const before = lastSetting(room)
  const url_hash = sha256(localGit(user, ['remote', 'get-url', '--', remote]).trim()).slice(0, 16)
  const machine = anew ? null : lastMachine(room)
  const own = machine && isMachine(machine) ? machine : ctx.random(8)
  const found = findLayout(far)
  const tried = found ? [found.prefix] : PREFIXES
  let trouble: RemoteTrouble | null = null
  for (const prefix of tried) {
    const probe = probePrefix(ctx, far, prefix, own)
    if ('trouble' in probe) {
      trouble = probe.trouble
      if (trouble.kind === 'unreachable' || trouble.kind === 'unauthorised') break
      continue
    }
    const { shards, layout } = found ?? agreeOnLayout(far, prefix, probe.atomic ? SHARDS : 1)
    if (shards > 1 && !probe.atomic) throw noAtomic(remote)
    const since = formatInstant(ctx.now().wall)
    const { atomic } = probe
    const setting: RemoteSetting = {
      ...{ version: 1, remote, prefix, atomic, shards, layout, machine: own },
      ...{ inode: inodeOf(room), since, timeout_ms: TIMEOUT_MS, url_hash },
      ...(before && copiedAt(before, room, since)),
    }
    saveRemote(room, setting)
    const isOther = before && (before.remote !== remote || (before.url_hash ?? url_hash) !== url_hash)
    if (isOther) dropMachines(far, room, prefix)
    return setting
  }
  throw troubleError(remote, trouble!)
}

/** What a copy finds in its room is its original's, who publishes it. */
const copiedAt = ({ inode, copied_at }: RemoteSetting, room: Room, since: string) =>
  inode !== inodeOf(room) ? { copied_at: since } : copied_at === undefined ? {} : { copied_at }

/** Machines that were known by another remote, and are not at this one, are none of those that this room meets. */
function dropMachines(far: Far, room: Room, prefix: string): void {
  const listed = listRefs(far, [`${prefix}/state/*`])
  if (!listed.ok) return
  for (const { machine } of listMachines(room))
    if (!listed.result.has(`${prefix}/state/${machine}`)) dropMachine(room, machine)
}

function checkRemote(far: Far): void {
  const known = localGit(far, ['remote']).split('\n').filter(Boolean)
  if (known.includes(far.remote)) return
  const hint = known.length > 0 ? `git remote knows ${known.join(', ')}.` : 'git remote add origin URL'
  throw invalid('name', `there is no remote "${far.remote}" in this repository`, hint)
}

/** The error for a remote that does not take part. */
function troubleError(remote: string, { kind, detail }: { kind: string; detail: string }): CoordError {
  const ways: Record<string, string> = {
    unreachable: `Try git ls-remote ${remote}; then repeat.`,
    unauthorised: `Store a credential that needs no prompt: git ls-remote ${remote} must work by itself. If it does, and git's config has an includeIf "gitdir:…/.git", name the directory above: the room asks from there.`,
    refused: 'It takes neither refs/coord/* nor branches coord/*: ask who keeps it.',
    unsupported: 'It is served read-only, by an old git, or is two repositories, one read and one pushed to.',
  }
  const code = kind === 'unreachable' ? 'busy' : 'conflict'
  return new CoordError(code, `${remote} can't arbitrate claims (${kind}): ${detail}`, ways[kind], {
    remote: kind,
  })
}

const noAtomic = (remote: string) =>
  new CoordError(
    'conflict',
    `${remote} does not move several refs at once any more, which other clones rely on`,
    'Ask who keeps it to allow atomic pushes (receive.advertiseAtomic).',
  )

/** What all clones share: where it is, and over how many refs the claims of files are spread. */
interface Layout {
  prefix: string
  shards: number
  /** The commit that says so. */
  layout: string
}

function findLayout(far: Far): Layout | null {
  const listed = listRefs(far, PREFIXES.map(layoutRef))
  if (!listed.ok) throw troubleError(far.remote, listed.trouble)
  const prefix = PREFIXES.find((each) => listed.result.has(layoutRef(each)))
  return prefix === undefined ? null : readLayout(far, prefix)
}

function readLayout(far: Far, prefix: string): Layout {
  const own = `refs/coord-remote/${far.remote}/layout`
  const fetched = fetchRefs(far, [[layoutRef(prefix), own]])
  if (!fetched.ok) throw troubleError(far.remote, fetched.trouble)
  const [read] = readFiles(far, [{ name: own, path: LAYOUT }], 1 << 16)
  try {
    const { version, shards } = JSON.parse(read?.text ?? '') as { version: unknown; shards: unknown }
    if (
      version === LAYOUT_VERSION &&
      Number.isInteger(shards) &&
      Number(shards) >= 1 &&
      Number(shards) <= 256
    )
      return { prefix, shards: Number(shards), layout: read!.commit }
    if (typeof version === 'number' && version < LAYOUT_VERSION)
      throw new CoordError(
        'conflict',
        `${far.remote} is laid out by an earlier coord (version ${version}), which has paths in other refs`,
        `When all clones have this one, delete ${prefix}/layout and ${prefix}/claims/* there, then repeat: git ls-remote ${far.remote} ${prefix}/layout "${prefix}/claims/*" | cut -f2 | xargs git push ${far.remote} --delete`,
      )
    if (typeof version === 'number' && version > LAYOUT_VERSION)
      throw new CoordError(
        'newer_room',
        `${far.remote} is laid out by a newer coord (version ${version})`,
        'Update coord: npm install -g git-coord@latest.',
      )
  } catch (error) {
    if (error instanceof CoordError) throw error
  }
  throw new CoordError(
    'damaged',
    `${prefix}/layout at ${far.remote} can't be read`,
    `If it is not coord's: git push ${far.remote} :${prefix}/layout`,
  )
}

/** Record a layout, or take that of the clone that was faster. */
function agreeOnLayout(far: Far, prefix: string, shards: number): Layout {
  const layout = writeLayout(far, shards)
  const answer = pushRefs(far, [{ ref: layoutRef(prefix), to: layout, was: null }])
  if (answer.ok) return { prefix, shards, layout }
  if (answer.trouble.kind === 'lease') return readLayout(far, prefix)
  throw troubleError(far.remote, answer.trouble)
}

/** Try two refs: made together, seen there, moved from the right value and from no other, and gone again. */
function probePrefix(
  ctx: Context,
  far: Far,
  prefix: string,
  machine: string,
): { atomic: boolean } | { trouble: RemoteTrouble } {
  const refs = ['a', 'b'].map((name) => `${prefix}/probe/${machine}-${ctx.random(6)}-${name}`)
  const [one = '', two = ''] = ['1', '2'].map((text) =>
    writeCommit(far, [{ path: 'probe', text }], 'probe', ctx.now().wall),
  )
  const both = refs.map((ref) => ({ ref, to: one, was: null }))
  const together = pushRefs(far, both, true)
  const alone = together.ok ? together : pushRefs(far, both)
  if (!alone.ok) return { trouble: alone.trouble }
  const moved = pushRefs(far, [{ ref: refs[0]!, to: two, was: one }])
  const trouble = moved.ok ? misplaced(far, refs, [two, one]) : moved.trouble
  const wrong = pushRefs(far, [{ ref: refs[0]!, to: null, was: '1'.repeat(one.length) }])
  const gone = pushRefs(
    far,
    refs.map((ref, at) => ({ ref, to: null, was: at === 0 && moved.ok ? two : one })),
  )
  // From the value that it has: whoever refuses that refuses all that claims would do.
  if (trouble) return { trouble: trouble.kind === 'lease' ? { ...trouble, kind: 'refused' } : trouble }
  if (!gone.ok) return { trouble: gone.trouble }
  const detail = 'it moves a ref from any value'
  return wrong.ok ? { trouble: { kind: 'unsupported', detail } } : { atomic: together.ok }
}

/** What is pushed must be what is read: a push URL may name another repository. */
function misplaced(far: Far, refs: string[], values: string[]): RemoteTrouble | null {
  const seen = listRefs(far, refs)
  if (!seen.ok) return seen.trouble
  if (refs.every((ref, at) => seen.result.get(ref) === values[at])) return null
  const detail = `what is pushed there is not what is read there: git remote get-url --push --all ${far.remote}`
  return { kind: 'unsupported', detail }
}
