/**
 * Whether two names of type `file` can mean one file: exact between a path and a glob (picomatch, files beginning with a dot included);
 * between two globs never missed, and told too often only where `[…]` meets `[…]` or a group repeats or negates. Names are folded.
 */
import picomatch from 'picomatch/posix'
import { inside } from './areas.ts'
import type { Resource } from './claims.ts'
import { invalid } from './errors.ts'
import { type Atom, alternativesOf, charAtom, picomatchText, type Segment } from './globs.ts'
import { fold } from './names.ts'
import type { Lease } from './records.ts'

const OPTIONS = { dot: true, nonegate: true, literalBrackets: false, regex: false }

/** A regular expression may try this many runs against each other; with more it could take for ever, and the walk below decides alone. */
const RUNS = 3

interface Pattern {
  segments: Segment[]
  test: RegExp | null
}
const compiled = new Map<string, Pattern[]>()

const isRun = ({ kind }: Atom) => kind === 'run'
const isGroup = ({ kind, text }: Atom) => kind === 'run' && text !== '*'
const runsIn = (segments: Segment[]) =>
  segments.reduce((sum, segment) => sum + (segment?.filter(isRun).length ?? 1), 0)

/** A glob ready to match, in its folded form, as names are compared. Throws `invalid` for one that can't be read, or that fits nothing. */
export function compileGlob(glob: string): Pattern[] {
  let found = compiled.get(glob)
  if (!found) {
    found = alternativesOf(fold(glob)).flatMap((segments) =>
      segments.length > 0 ? patternOf(glob, segments) : [],
    )
    if (found.length === 0)
      throw invalid('name', `name ${JSON.stringify(glob)} fits no path`, 'e.g. src/auth/**')
    compiled.set(glob, found)
  }
  return found
}

const tooFree = (glob: string, why: string) =>
  invalid('name', `name ${JSON.stringify(glob)} ${why}`, 'Claim it in parts.')

function patternOf(glob: string, segments: Segment[]): Pattern {
  const endless = segments.flatMap((segment) => segment ?? []).find((atom) => atom.endless)
  if (endless) throw tooFree(glob, `has ${endless.text}, which can fit one name in too many ways`)
  const grouped = segments.some((segment) => segment?.some(isGroup))
  if (runsIn(segments) > RUNS) {
    if (!grouped) return { segments, test: null }
    const why = `has more than ${RUNS} wildcards beside a group that repeats or negates`
    throw tooFree(glob, why)
  }
  const test = picomatch.makeRe(picomatchText(segments), OPTIONS)
  if (test.source === '$^')
    throw invalid('name', `name ${JSON.stringify(glob)} fits no path`, 'Check its brackets.')
  return { segments, test }
}

/** Absolute names are those of files outside of the repository: no relative one means them. */
const isAbsolute = (name: string) => name.startsWith('/')

/** Whether a glob covers a path. */
export function covers(glob: string, path: string): boolean {
  if (isAbsolute(glob) !== isAbsolute(path)) return false
  const name = inside(path)
  const parts = name.split('/').map((part) => part.split('').map(charAtom))
  return compileGlob(glob).some(
    ({ segments, test }) => patternsMeet(segments, parts) && (test?.test(name) ?? true),
  )
}

/** Whether some path may fit both globs. */
export function globsMeet(a: string, b: string): boolean {
  if (isAbsolute(a) !== isAbsolute(b)) return false
  const others = compileGlob(b)
  return compileGlob(a).some((one) => others.some((other) => patternsMeet(one.segments, other.segments)))
}

/** Whether two resources, of which any may be a glob, can mean one file. A glob of a record that can't be read meets everything. */
export function overlap(a: Resource, b: Resource): boolean {
  try {
    if (a.glob && b.glob) return globsMeet(a.resource_name, b.resource_name)
    if (a.glob) return covers(a.resource_name, b.resource_name)
    if (b.glob) return covers(b.resource_name, a.resource_name)
  } catch {
    return true
  }
  return fold(a.resource_name) === fold(b.resource_name)
}

/** The claims of files that overlap one of the resources. */
export function overlapped(claims: Lease[], resources: Resource[]): Lease[] {
  return claims.filter(
    (claim) => claim.resource_type === 'file' && resources.some((resource) => overlap(claim, resource)),
  )
}

/** Any number of directories, none too; what picomatch lets a group match may be nothing, so its segment counts as that. */
const isDeep = (segment: Segment) => segment === null || segment.some(isGroup)

const patternsMeet = (a: Segment[], b: Segment[]) =>
  meet(a, b, isDeep, (one, other) => meet(one!, other!, isRun, atomsMeet))

function atomsMeet(a: Atom, b: Atom): boolean {
  const [one, other] = [a, b].map((atom) => (atom.kind === 'char' ? atom.char! : null)) as [
    string | null,
    string | null,
  ]
  if (one !== null && other !== null) return one === other
  if (a.set && other !== null) return a.set.test(other)
  if (b.set && one !== null) return b.set.test(one)
  return true
}

/** Whether two patterns have something in common: walks both at once; `isAny` takes any number of places. */
function meet<T>(a: T[], b: T[], isAny: (part: T) => boolean, fits: (one: T, other: T) => boolean): boolean {
  const seen = new Set<number>()
  const from = (i: number, j: number): boolean => {
    if (i === a.length && j === b.length) return true
    const key = i * (b.length + 1) + j
    if (seen.has(key)) return false
    seen.add(key)
    const anyA = i < a.length && isAny(a[i]!)
    const anyB = j < b.length && isAny(b[j]!)
    if ((anyA && from(i + 1, j)) || (anyB && from(i, j + 1))) return true
    if (i === a.length || j === b.length || (anyA && anyB)) return false
    if (anyA) return from(i, j + 1)
    if (anyB) return from(i + 1, j)
    return fits(a[i]!, b[j]!) && from(i + 1, j + 1)
  }
  return from(0, 0)
}
