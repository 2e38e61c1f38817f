/** Faults of a room as `coord doctor` tells them: in which group, in which order, and what mends them. */
import type { Problem } from './picture.ts'

/** A problem with the command that mends it: null where only people can. `fixable`: `coord doctor --fix` does it. */
export interface Fault extends Problem {
  fix: string | null
  fixable: boolean
}

/** Something that was mended: the fault, what was done about it, and where the original is kept. */
export interface Fixed {
  path: string
  kind: string
  detail: string
  done: string
  kept: string | null
}

/** What a check found; `fix` where it knows a command of its own (null: only people can). */
export type Finding = Problem & { fix?: string | null }

const FIX = 'coord doctor --fix'

/** The kinds by group, worst first; those marked `!` are mended by `doctor --fix`. */
const GROUPS: [group: string, kinds: string][] = [
  ['version', 'newer'],
  ['things in the way', '!not-a-directory !not-a-file unwritable'],
  ['claims', '!damaged !damaged-slot orphaned !drifted !unmarked'],
  ['records', '!unreadable !too-big !bad-id !repaired !misnamed !copy !skipped foreign'],
  ['room', 'second-room config template !missing'],
  ['git', 'tracked !exclusions'],
  ['participants', 'unregistered mailbox'],
  ['other machines', 'sync provisional machine'],
  ['agents', 'hooks'],
  ['this machine', 'other-coord clock future'],
  ['leftovers', '!unfinished !leftover backlog'],
]

interface Place {
  group: string
  rank: number
  mended: boolean
}

const PLACES = new Map<string, Place>(
  GROUPS.flatMap(([group, kinds]) => kinds.split(' ').map((kind) => ({ group, kind }))).map(
    ({ group, kind }, rank) => [kind.replace('!', ''), { group, rank, mended: kind.startsWith('!') }],
  ),
)

const UNKNOWN: Place = { group: 'records', rank: 999, mended: false }
const placeOf = ({ kind }: Problem) => PLACES.get(kind) ?? UNKNOWN

/** The heading under which people read a fault. */
export function groupOf(fault: Problem): string {
  return placeOf(fault).group
}

/** What tells a fault from others: a path has one of each kind, but settings may have several. */
const nameOf = ({ kind, path, detail }: Finding) =>
  `${kind} ${path} ${kind === 'config' || kind === 'hooks' ? detail : ''}`

/** Whether a problem is that something else lies where a file or a directory belongs. */
export function isInTheWay({ kind }: Problem): boolean {
  return kind.startsWith('not-a-')
}

/** Problems without those that only repeat another of the same path: a thing in the way is no mailbox, a file that differs needs no second reason. */
export function withoutRepeats<P extends Finding>(problems: P[]): P[] {
  const isDrifted = ({ kind, fix }: Finding) => kind === 'drifted' && fix !== null
  const drifted = new Set(problems.filter(isDrifted).map(({ path }) => path))
  const inTheWay = new Set(problems.filter(isInTheWay).map(({ path }) => path))
  const repeats = ({ kind, path }: P) =>
    (kind === 'unreadable' && drifted.has(path)) || (kind === 'mailbox' && inTheWay.has(path))
  return problems.filter((problem) => !repeats(problem))
}

/** Findings as faults: each once, worst first, with what mends it. */
export function toFaults(findings: Finding[]): Fault[] {
  const distinct = new Map(withoutRepeats(findings).map((finding) => [nameOf(finding), finding]))
  const faults = [...distinct.values()].map(({ path, kind, detail, fix }) => {
    const fixable = fix === undefined && placeOf({ path, kind, detail }).mended
    return { path, kind, detail, fix: fixable ? FIX : (fix ?? null), fixable }
  })
  return faults.sort((a, b) => placeOf(a).rank - placeOf(b).rank || (a.path < b.path ? -1 : 1))
}
