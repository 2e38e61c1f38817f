/**
 * Globs as names of type `file`: `*`, `**`, `?`, `[…]`, `{a,b}` and extended groups, `\` before a character that stands for itself. A glob
 * is parsed once, its alternatives written out; matching and overlapping both go by what is parsed here, so that they can't disagree.
 */
import { invalid } from './errors.ts'

/** One place of a pattern: a character, any one (`?`), some (`[…]`), or any run of them (`*`, `+(…)`, `!(…)`). `text` is how picomatch takes it. */
export interface Atom {
  /** A regular expression for it may take for ever: its repetitions, or what is in it, can fit one text in many ways. */
  endless?: boolean
  kind: 'char' | 'any' | 'set' | 'run'
  text: string
  char?: string
  set?: RegExp
}

/** A part between slashes; null is `**`. */
export type Segment = Atom[] | null
type Token = Atom | '/' | { options: Token[][] }

/** As many alternatives as a glob may have when its groups are written out. */
const ALTERNATIVES = 64
const SPECIAL = /[*?[\]{}()!+@|^$"'\\,]/

/** A character as it stands. */
export const charAtom = (char: string): Atom =>
  // picomatch folds runs of backslashes; the few names that have one may match a little more.
  char === '\\'
    ? { kind: 'any', text: '?', char }
    : { kind: 'char', char, text: SPECIAL.test(char) ? `\\${char}` : char }

const refuse = (glob: string, why: string) =>
  invalid(
    'name',
    `name ${JSON.stringify(glob)} ${why}`,
    'Known: * ** ? [a-z] {a,b}; \\ before a character that is meant as it stands.',
  )

/** Whether a text has wildcards; a character after `\`, and a bracket without its partner, stand for themselves. */
export function isGlob(text: string): boolean {
  return tokensOf(text).some((token) => token !== '/' && (!('kind' in token) || token.char === undefined))
}

/** The path that a text without wildcards means: without its backslashes. */
export function literalOf(text: string): string {
  return text.replace(/\\(.)/gsu, '$1')
}

/** A path as a glob that matches just it. */
export function escapeGlob(path: string): string {
  return path.replace(/[*?[\]{}\\]|[@+!](?=\()/g, '\\$&')
}

/** The directories before the first wildcard, as a path, and the rest, a glob. */
export function splitGlob(glob: string): { base: string; rest: string } {
  const parts = glob.split('/')
  const open = parts.findIndex(
    (_, at) => isGlob(parts.slice(0, at + 1).join('/')) || /[[{(]/.test(parts[at]!.replace(/\\./gsu, '')),
  )
  const cut = open < 0 ? parts.length - 1 : open
  return { base: literalOf(parts.slice(0, cut).join('/')), rest: parts.slice(cut).join('/') }
}

/** The alternatives of a glob, as segments. Throws `invalid` for what can't be told exactly. */
export function alternativesOf(glob: string): Segment[][] {
  return writtenOut(glob, tokensOf(glob)).map(segmentsOf)
}

/** A pattern as picomatch takes it. */
export function picomatchText(segments: Segment[]): string {
  return segments.map((segment) => segment?.map(({ text }) => text).join('') ?? '**').join('/')
}

function tokensOf(glob: string): Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < glob.length; ) {
    const { token, next } = tokenAt(glob, at)
    tokens.push(token)
    at = next
  }
  return tokens
}

function tokenAt(glob: string, at: number): { token: Token; next: number } {
  const char = glob[at]!
  if (char === '\\' && at + 1 < glob.length) return { token: charAtom(glob[at + 1]!), next: at + 2 }
  if (char === '/') return { token: '/', next: at + 1 }
  if ('?*+@!'.includes(char) && glob[at + 1] === '(') {
    const end = closing(glob, at + 1)
    if (end > 0) return { token: group(glob, char, glob.slice(at + 2, end)), next: end + 1 }
  }
  if (char === '*') return { token: { kind: 'run', text: '*' }, next: at + 1 }
  if (char === '?') return { token: { kind: 'any', text: '?' }, next: at + 1 }
  const end = char === '[' ? endOfSet(glob, at) : char === '{' ? closing(glob, at) : -1
  if (char === '[' && end > 0) return { token: setOf(glob, glob.slice(at + 1, end)), next: end + 1 }
  if (char === '{' && end > 0) {
    const parts = splitTop(glob.slice(at + 1, end), ',')
    if (parts.length > 1) return { token: { options: parts.map(tokensOf) }, next: end + 1 }
    if (/\.\./.test(parts[0]!)) throw refuse(glob, 'has a range in braces')
  }
  return { token: charAtom(char), next: at + 1 }
}

/** `@(a|b)` and `?(a|b)` are alternatives; the repeated and the negated ones are runs, within their segment. */
function group(glob: string, prefix: string, body: string): Token {
  const parts = splitTop(body, '|').map(tokensOf)
  if (prefix === '@') return { options: parts }
  if (prefix === '?') return { options: [[], ...parts] }
  const inner = parts.flatMap((tokens) => writtenOut(glob, tokens))
  const texts = inner.map((all) =>
    all
      .map((token) => {
        if (token === '/') throw refuse(glob, `has a slash in ${prefix}(…)`)
        return token.text
      })
      .join(''),
  )
  const endless =
    (prefix !== '!' && inner.length > 1) ||
    inner.some((all) => all.some((token) => token !== '/' && token.kind === 'run'))
  return { kind: 'run', text: `${prefix}(${texts.join('|')})`, endless }
}

/** Where a bracket closes, others nested in it; -1 for never. */
function closing(glob: string, from: number): number {
  const [open, close] = glob[from] === '{' ? '{}' : '()'
  let depth = 0
  for (let at = from; at < glob.length; at++) {
    if (glob[at] === '\\') at++
    else if (glob[at] === open) depth++
    else if (glob[at] === close && --depth === 0) return at
  }
  return -1
}

/** Where a set closes: a `]` at its beginning belongs to it. */
function endOfSet(glob: string, from: number): number {
  let at = from + (/[!^]/.test(glob[from + 1] ?? '') ? 2 : 1)
  if (glob[at] === ']') at++
  while (at < glob.length && glob[at] !== ']' && glob[at] !== '/') at += glob[at] === '\\' ? 2 : 1
  return glob[at] === ']' && at > from + 1 ? at : -1
}

function splitTop(text: string, mark: string): string[] {
  const parts = ['']
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if ('{('.includes(char)) depth++
    if ('})'.includes(char)) depth--
    if (char === mark && depth === 0) parts.push('')
    else parts[parts.length - 1] += char === '\\' ? char + (text[++at] ?? '') : char
  }
  return parts
}

function setOf(glob: string, body: string): Atom {
  if (/\[[:.=]/.test(body)) throw refuse(glob, 'has a named class of characters')
  const negated = /^[!^]/.test(body)
  const inner = (negated ? body.slice(1) : body).replace(/\\(.)|[[\]^]/gsu, (all, char?: string) =>
    /^\w$/.test(char ?? '') ? char! : `\\${char ?? all}`,
  )
  const text = `[${negated ? '^' : ''}${inner}]`
  try {
    const set = new RegExp(`^${text}$`)
    if (negated || !set.test('/')) return { kind: 'set', text, set }
  } catch {
    // Falls through: a range the wrong way round.
  }
  throw refuse(glob, `has ${text}, which no character or a slash fits`)
}

/** Every combination of the alternatives. */
function writtenOut(glob: string, tokens: Token[]): (Atom | '/')[][] {
  let all: (Atom | '/')[][] = [[]]
  for (const token of tokens) {
    const options: (Atom | '/')[][] =
      token !== '/' && 'options' in token
        ? token.options.flatMap((each) => writtenOut(glob, each))
        : [[token]]
    all = all.flatMap((before) => options.map((option) => [...before, ...option]))
    if (all.length > ALTERNATIVES) throw refuse(glob, `has more than ${ALTERNATIVES} alternatives`)
  }
  return all
}

const isHere = (part: Atom[]) => part.length === 1 && part[0]!.char === '.'
const isStar = (atom: Atom | undefined) => atom?.text === '*'

/** Cut at the slashes: empty parts and `.` go, `**` alone is any number of directories, other runs of stars are one. */
function segmentsOf(tokens: (Atom | '/')[]): Segment[] {
  const parts: Atom[][] = [[]]
  for (const token of tokens) {
    if (token === '/') parts.push([])
    else parts.at(-1)!.push(token)
  }
  const segments: Segment[] = []
  for (const part of parts.filter((each) => each.length > 0 && !isHere(each))) {
    const deep = part.length === 2 && part.every(isStar)
    const single = part.filter((atom, at) => !isStar(atom) || !isStar(part[at - 1]))
    if (!deep) segments.push(single)
    else if (segments.length === 0 || segments.at(-1) !== null) segments.push(null)
  }
  return segments
}
