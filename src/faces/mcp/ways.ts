/** Ways out as an agent takes them that has tools and maybe no shell: the commands that a hint names, as calls of tools. */
import type { Field } from '../../operations/fields.ts'
import { type Tool, tools } from './tools.ts'

/** The fields that the command line takes without a flag, in their order. */
const POSITIONALS: Record<string, string[]> = {
  heartbeat: ['action', 'target', 'phase'],
  claim: ['type', 'name'],
  release: ['type', 'name'],
  send: ['to', 'subject', 'message'],
  inbox: [],
  status: ['session_id'],
  handoff: ['type', 'name'],
}
/** Commands without a tool of their own whose answer is part of another's, with the flags that only make it shorter. */
const WITHIN: Record<string, { tool: string; flags: string[] }> = {
  claims: { tool: 'status', flags: ['--mine', '--expired', '--json'] },
  sessions: { tool: 'status', flags: [] },
}
/** Where a command ends and the sentence goes on. */
const GOES_ON = new Set(['lists', 'tells', 'shows', 'gets', 'if', 'or', 'and', 'then'])

const COMMAND = /\bcoord ([a-z]+)(?![\w-])/g
const WORD = / ("(?:\\.|[^"\\])*"|'[^']*'(?:\\''[^']*')*|[^\s'"]+)/y

/** A hint with each command that a tool can do told as its call, `send {"to":"ada","subject":"…"}`; what only the command line has stays. */
export function waysByTools(hint: string): string {
  let told = ''
  let from = 0
  for (const found of hint.matchAll(COMMAND)) {
    if (found.index < from) continue
    const { words, end } = wordsAt(hint, found.index + found[0].length)
    const call = callOf(found[1]!, words)
    if (call === null) continue
    told += hint.slice(from, found.index) + call
    from = end
  }
  return told + hint.slice(from)
}

/** The words of a command, up to what ends it in a sentence. */
function wordsAt(text: string, start: number): { words: string[]; end: number } {
  const words: string[] = []
  let end = start
  for (;;) {
    WORD.lastIndex = end
    const raw = WORD.exec(text)?.[1]
    if (raw === undefined || GOES_ON.has(raw)) return { words, end }
    const word = /^["']/.test(raw) ? raw : raw.replace(/[,;.:)]+$/, '')
    words.push(unquoted(word))
    end += 1 + word.length
    if (word !== raw) return { words, end }
  }
}

const unquoted = (word: string) =>
  word.startsWith('"')
    ? word.slice(1, -1).replace(/\\(.)/g, '$1')
    : word.startsWith("'")
      ? word.slice(1, -1).replaceAll("'\\''", "'")
      : word

/** The call that does what a command does, or null. */
function callOf(verb: string, words: string[]): string | null {
  const within = Object.hasOwn(WITHIN, verb) ? WITHIN[verb]! : null
  if (within) return words.every((word) => within.flags.includes(word)) ? within.tool : null
  if (verb === 'request' && words.includes('--list')) return null
  const { name, as } = Object.hasOwn(OTHERS, verb) ? OTHERS[verb]! : { name: verb, as: null }
  const tool = tools.get(name)
  const input = tool && inputOf(tool, as ? as(words) : words)
  if (!input) return null
  const given = JSON.stringify(input)
  return given === '{}' ? name : `${name} ${given}`
}

/** Commands that are a field of another tool (more.ts), with the words of which that is made. */
const OTHERS: Record<string, { name: string; as: (words: string[]) => string[] }> = {
  request: { name: 'handoff', as: asHandoff },
  rollcall: { name: 'send', as: asSend },
}

function asHandoff(words: string[]): string[] {
  const answers = words.includes('--grant') || words.includes('--refuse')
  const renamed = words.map((word) => (word === '--reason' ? '--note' : word))
  return answers ? renamed : [...renamed, '--ask']
}

/** To call the roll takes a text; without one it is read. */
function asSend([text, ...more]: string[]): string[] {
  if (text === undefined || text.startsWith('--')) return ['--show']
  const within = more[0] === '--within' ? more : ['--within', '10m', ...more]
  return ['broadcast', text, ...within.map((word) => (word === '--within' ? '--rollcall' : word))]
}

/** What a command's words give to a tool; null where it has no such field, or one is missing. */
function inputOf({ operation, fields }: Tool, words: string[]): Record<string, unknown> | null {
  const input: Record<string, unknown> = {}
  const rest = [...(POSITIONALS[operation.name] ?? [])]
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!
    const name = word.startsWith('--') ? word.slice(2) : rest[0]
    const field = name !== undefined && Object.hasOwn(fields, name) ? fields[name]! : null
    if (!field || name === undefined) return null
    if (!word.startsWith('--') && field.kind !== 'texts') rest.shift()
    const value = !word.startsWith('--') || field.kind === 'flag' ? word : words[++at]
    if (value === undefined) return null
    input[name] = taken(field, value, input[name])
  }
  return Object.keys(fields).every((name) => !fields[name]!.required || name in input) ? input : null
}

function taken({ kind }: Field, text: string, before: unknown): unknown {
  if (kind === 'flag') return true
  if (kind === 'texts') return [...((before as string[]) ?? []), text]
  return kind === 'text' ? text : Number(text)
}
