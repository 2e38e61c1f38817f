/** The claims that `coord commit` recorded on the room's branch, for clones without the room. Asks git alone; writes nothing. */

import { isRecord } from '../protocol/shapes.ts'
import type { Look } from '../protocol/tenancy.ts'
import { TRAILER } from './git.ts'
import { type GitCall, gitOutput } from './git-run.ts'

/** The records of a room: where they come from, and one look for each. */
export interface RecordedRoom {
  ref: string
  looks: Look[]
}

/** As many records as are looked at, the newest. */
const MOST = 5000

/** The records on a branch of this clone or of a remote, whichever is newer; null where there is none. */
export function readRecorded(branch: string, call: GitCall): RecordedRoom | null {
  const where = [
    '--sort=-committerdate',
    '--count=1',
    '--format=%(refname)',
    `refs/heads/${branch}`,
    `refs/remotes/*/${branch}`,
  ]
  const ref = gitOutput(['for-each-ref', ...where], call)
    .toString()
    .trim()
  if (ref === '' || !isOwn(ref, call)) return null
  const log = ['log', '--first-parent', '--reverse', `--max-count=${MOST}`]
  const commits = gitOutput([...log, '--format=%H %ct', ref, '--'], call)
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' ') as [id: string, time: string])
  const changes = gitOutput(
    [...log, '--raw', '--no-abbrev', '--no-renames', '--root', '--format=%H', ref, '--', 'claims/'],
    call,
  )
  return { ref, looks: looksOf(commits, changesOf(changes.toString()), call) }
}

/** A branch of that name that somebody else made tells nothing of claims. */
const isOwn = (ref: string, call: GitCall) =>
  gitOutput(['cat-file', 'commit', ref], call).toString().split('\n').includes(TRAILER)

type Change = { file: string; blob: string | null }

const RAW = /^:\d+ \d+ [0-9a-f]+ ([0-9a-f]+) [A-Z]\d*\t(.*)$/

/** The claim files that each commit wrote or removed, by its id. */
function changesOf(log: string): Map<string, Change[]> {
  const changes = new Map<string, Change[]>()
  let current: Change[] = []
  for (const line of log.split('\n')) {
    const [, blob, file] = RAW.exec(line) ?? []
    if (blob) current.push({ file: file!, blob: /^0+$/.test(blob) ? null : blob })
    if (!/^[0-9a-f]{40,64}$/.test(line)) continue
    current = []
    changes.set(line, current)
  }
  return changes
}

function looksOf(
  commits: [id: string, time: string][],
  changes: Map<string, Change[]>,
  call: GitCall,
): Look[] {
  const blobs = [...changes.values()].flat().flatMap(({ blob }) => blob ?? [])
  const claims = readClaims([...new Set(blobs)], call)
  const there = new Map<string, string>()
  return commits.map(([id, time]) => {
    for (const { file, blob } of changes.get(id) ?? []) {
      if (blob === null) there.delete(file)
      else there.set(file, blob)
    }
    return { at: Number(time) * 1000, claims: [...there.values()].flatMap((blob) => claims.get(blob) ?? []) }
  })
}

/** The claims in blobs, by the blob's id; one that can't be read is left out. */
function readClaims(ids: string[], call: GitCall): Map<string, Look['claims'][number]> {
  const claims = new Map<string, Look['claims'][number]>()
  const out = gitOutput(['cat-file', '--batch'], { ...call, input: ids.map((id) => `${id}\n`).join('') })
  for (let at = 0; at < out.length; ) {
    const end = out.indexOf(10, at)
    const [id, , size] = out.toString('utf8', at, end).split(' ')
    const next = end + 1 + Number(size ?? 0)
    try {
      const claim: unknown = JSON.parse(out.toString('utf8', end + 1, next))
      if (isRecord('claim', claim)) claims.set(id!, claim)
    } catch {
      // No claim that can be read.
    }
    if (size === undefined) break
    at = next + 1
  }
  return claims
}
