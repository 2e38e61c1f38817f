/**
 * Commits without a parent, by which a machine tells others: written by one process however many files there are, few by none; read with
 * limits, since their content comes from outside. A crash leaves at most loose objects, which git collects.
 */
import fs from 'node:fs'
import path from 'node:path'
import { CoordError } from '../../protocol/errors.ts'
import { runGit } from '../git-run.ts'
import type { Far } from './far.ts'
import { localGit } from './git.ts'
import { addObject, type Objects, packed, writeLoose } from './pack.ts'

/** A file of a commit: its path (`sessions/a.json`) and what is in it. */
export interface CommitFile {
  path: string
  text: string
}

/** So many objects are written one by one: a process costs as much as ten. */
const FEW = 10

/** Write a commit of some files, without parents; its object id. `at`: epoch ms. Throws `conflict` where git refuses. */
export function writeCommit(far: Far, files: CommitFile[], message: string, at: number): string {
  const objects = noObjects(far)
  const commit = addCommit(objects, files, message, at)
  storeObjects(far, objects)
  return commit
}

/** Where to begin with objects for a repository. */
export const noObjects = (far: Far): Objects => ({ algorithm: formatOf(far).algorithm, byId: new Map() })

/** Add what a commit of some files is made of, which is written nowhere yet; its object id. `at`: epoch ms. */
export function addCommit(objects: Objects, files: CommitFile[], message: string, at: number): string {
  const who = `coord <coord@localhost> ${Math.floor(at / 1000)} +0000`
  const tree = addTree(
    objects,
    files.map(({ path, text }) => ({ parts: path.split('/'), text })),
  )
  const text = `tree ${tree}\nauthor ${who}\ncommitter ${who}\n\n${message}\n`
  return addObject(objects, 'commit', Buffer.from(text))
}

/** Write objects where git finds them. Throws `conflict` where git refuses. */
export function storeObjects(far: Far, objects: Objects): void {
  if (objects.byId.size > FEW || formatOf(far).shared || !writeLoose(far.common, objects))
    localGit(far, ['unpack-objects', '-q'], packed(objects))
}

/** Which hash names the objects of a repository, and whether others write there too. Source: git-config(1). */
function formatOf({ common }: Far): { algorithm: Objects['algorithm']; shared: boolean } {
  const text = fs.readFileSync(path.join(common, 'config'), 'utf8')
  const sha256 = /^\s*objectformat\s*=\s*sha256\s*$/im.test(text)
  return { algorithm: sha256 ? 'sha256' : 'sha1', shared: /^\s*sharedrepository\s*=/im.test(text) }
}

interface Leaf {
  parts: string[]
  text: string
}

function addTree(objects: Objects, files: Leaf[]): string {
  const below = new Map<string, Leaf[]>()
  const rows: { name: string; mode: string; oid: string }[] = []
  for (const { parts, text } of files) {
    const [name = '', ...rest] = parts
    if (rest.length === 0)
      rows.push({ name, mode: '100644', oid: addObject(objects, 'blob', Buffer.from(text)) })
    else below.set(name, [...(below.get(name) ?? []), { parts: rest, text }])
  }
  for (const [name, inside] of below) rows.push({ name, mode: '40000', oid: addTree(objects, inside) })
  const order = ({ name, mode }: { name: string; mode: string }) =>
    Buffer.from(mode === '40000' ? `${name}/` : name)
  rows.sort((one, other) => Buffer.compare(order(one), order(other)))
  const body = rows.flatMap(({ name, mode, oid }) => [
    Buffer.from(`${mode} ${name}\0`),
    Buffer.from(oid, 'hex'),
  ])
  return addObject(objects, 'tree', Buffer.concat(body))
}

/** What may come from a commit at most. */
export interface Limits {
  files: number
  bytes_each: number
  bytes: number
}

/** A commit as it was read; `left_out` names what was beyond the limits, or is no plain file. */
export interface ReadCommit {
  commit: string
  files: CommitFile[]
  left_out: string[]
}

/**
 * The plain files of a commit that was fetched (an object id, or one of our refs); null where there is none, or it can't be read. A path
 * is as the other side wrote it: whoever makes a file of it checks it first.
 */
export function readCommit(far: Far, name: string, limits: Limits): ReadCommit | null {
  const call = { cwd: far.cwd, env: far.env, timeout_ms: 20_000 }
  const found = runGit(['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`], call)
  if (!('code' in found) || found.code !== 0) return null
  const commit = found.out.toString('utf8').trim()
  const listed = runGit(['ls-tree', '-r', '-z', '--long', '--full-tree', commit], {
    ...call,
    max_bytes: 64 << 20,
  })
  if (!('code' in listed) || listed.code !== 0) return null
  const { chosen, left_out } = choose(listed.out, limits)
  if (chosen.length === 0) return { commit, files: [], left_out }
  const asked = `${chosen.map(({ oid }) => oid).join('\n')}\n`
  const given = runGit(['cat-file', '--batch'], {
    ...call,
    input: asked,
    max_bytes: limits.bytes * 2 + (1 << 20),
  })
  if (!('code' in given) || given.code !== 0) return null
  const texts = bodies(given.out)
  const files = chosen.map(({ path }, at) => ({ path, text: texts[at]?.text ?? '' }))
  return { commit, files, left_out }
}

function choose(listed: Buffer, limits: Limits) {
  const chosen: { oid: string; path: string }[] = []
  const left_out: string[] = []
  let bytes = 0
  for (const line of listed.toString('utf8').split('\0').slice(0, -1)) {
    const [, mode, oid, size, path] = /^(\d+) \w+ ([0-9a-f]+) +(\d+|-)\t([\s\S]*)$/.exec(line) ?? []
    if (!mode || !oid || path === undefined) continue
    const length = Number(size)
    const fits = length <= limits.bytes_each && bytes + length <= limits.bytes && chosen.length < limits.files
    if (!mode.startsWith('100') || !fits) left_out.push(path)
    else {
      bytes += length
      chosen.push({ oid, path })
    }
  }
  return { chosen, left_out }
}

/**
 * One file each of some commits that were fetched, with the commits' ids, in one process: null for those that are not there, text null
 * where the commit has no such file, or is none. Throws `conflict` where git can't tell: what can't be read is not what is not there.
 */
export function readFiles(
  far: Far,
  wanted: { name: string; path: string }[],
  max_bytes: number,
): ({ commit: string; text: string | null } | null)[] {
  const asked = wanted.map(({ name, path }) => `${name}\n${name}:${path}\n`).join('')
  const call = { cwd: far.cwd, env: far.env, timeout_ms: 20_000, input: asked, max_bytes }
  const given = runGit(['cat-file', '--batch'], call)
  if (!('code' in given) || given.code !== 0) {
    const what = wanted.length === 1 ? wanted[0]!.name : `one of ${wanted.length} refs`
    const why = 'trouble' in given ? given.trouble : given.err.split('\n').at(-1)
    throw new CoordError(
      'conflict',
      `what ${what} holds can't be read: ${why}`,
      'Run git status, then repeat.',
    )
  }
  const found = bodies(given.out)
  return wanted.map((_, at) => {
    const commit = found[at * 2]
    return commit ? { commit: commit.oid, text: found[at * 2 + 1]?.text ?? null } : null
  })
}

/** The bodies in the output of `cat-file --batch`: a line with the size before each, an end of line after it; null for what is missing. */
function bodies(out: Buffer): ({ oid: string; text: string } | null)[] {
  const found: ({ oid: string; text: string } | null)[] = []
  for (let at = 0; at < out.length; ) {
    const end = out.indexOf(10, at)
    if (end < 0) break
    const [, oid, size] = /^([0-9a-f]+) \w+ (\d+)$/.exec(out.toString('utf8', at, end)) ?? []
    const length = Number(size)
    found.push(oid ? { oid, text: out.toString('utf8', end + 1, end + 1 + length) } : null)
    at = end + 1 + (oid ? length + 1 : 0)
  }
  return found
}
