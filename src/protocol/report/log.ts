/**
 * The session log: a Markdown file a day, entries one below the other, each with a heading that tells its time. Entries of coord are
 * written in the form of the seed (`### TIME - [TASK] TITLE`, `**Author:** …`); what people write between them stays theirs.
 */
import { visible } from '../escape.ts'
import type { Session } from '../records.ts'
import { formatInstant } from '../time.ts'

/** The kinds of entries that people and agents add, with the word that begins their titles. */
export const ENTRY_KINDS = { note: 'Note', issue: 'Issue', fix: 'Fix' } as const
export type EntryKind = keyof typeof ENTRY_KINDS

/** The title and the task of a report's entry. */
export const REPORT = { title: 'Cross-LLM Session Dashboard Status', task_id: 'H.0' } as const

/** An entry as it is read: `kind` is null for one of another form, `at` as its heading tells it, null for text without a heading. */
export interface LogEntry {
  at: string | null
  kind: EntryKind | 'report' | null
  task_id: string | null
  title: string
  author: string | null
  text: string
}

/** An entry to be written; `at` in epoch ms. */
export interface NewEntry {
  at: number
  task_id: string | null
  title: string
  author: string
  text: string
}

/** The UTC day of an instant (epoch ms), as the log's file names tell it. */
export const dayOf = (at: number) => formatInstant(at).slice(0, 10)

/** The name of a day's file. */
export const logFileName = (day: string) => `SESSION-LOG-${day}.md`

const HEADING = /^### (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) - (?:\[([^\]\n]*)\] )?(.*)$/
/** A line that would begin another entry; a backslash keeps it text, for Markdown too. */
const LIKE_HEADING = /^(\\*)(?=### \d{4}-\d\d-\d\dT)/gm

/** An entry as it is appended, with an empty line behind it. Nothing in it can pass for another entry. */
export function composeEntry({ at, task_id, title, author, text }: NewEntry): string {
  const task = task_id === null ? '' : `[${visible(task_id).replaceAll(']', ')')}] `
  const body = visible(text.trimEnd(), 'block').replace(LIKE_HEADING, '\\$1')
  const time = `${formatInstant(at).slice(0, 19)}Z`
  return `### ${time} - ${task}${visible(title)}\n\n**Author:** ${visible(author)}\n\n${body === '' ? '' : `${body}\n\n`}`
}

/** The entries of a day's file, in its order. */
export function parseEntries(text: string): LogEntry[] {
  const entries: { head: RegExpExecArray | null; lines: string[] }[] = [{ head: null, lines: [] }]
  for (const line of text.split(/\r?\n/)) {
    const head = HEADING.exec(line)
    if (head) entries.push({ head, lines: [] })
    else entries.at(-1)!.lines.push(line)
  }
  return entries.flatMap(({ head, lines }) => {
    const said = lines.join('\n').trim()
    return head || said ? [entryOf(head, said)] : []
  })
}

function entryOf(head: RegExpExecArray | null, said: string): LogEntry {
  const [, at = null, task_id = null, title = ''] = head ?? []
  const author = /^\*\*Author:\*\* ?(.*)(?:\n+|$)/.exec(said)
  const text = (author ? said.slice(author[0].length) : said).replace(/^\\(?=\\*### \d{4}-\d\d-\d\dT)/gm, '')
  return { at, ...kindOf(title), task_id, author: author?.[1] ?? null, text }
}

function kindOf(title: string): Pick<LogEntry, 'kind' | 'title'> {
  if (title === REPORT.title) return { kind: 'report', title }
  for (const [kind, word] of Object.entries(ENTRY_KINDS))
    if (title.startsWith(`${word}: `)) return { kind: kind as EntryKind, title: title.slice(word.length + 2) }
  return { kind: null, title }
}

const VENDORS: Record<string, string> = {
  claude: 'Claude',
  codex: 'Codex',
  gemini: 'Gemini',
  cursor: 'Cursor',
}

/** `opus-4.6` as people write it: `Opus 4.6`. */
const modelName = (model: string) =>
  model.replace(
    /^(opus|sonnet|haiku)-(?=\d[\d.]*$)/,
    (_, name: string) => `${name[0]!.toUpperCase()}${name.slice(1)} `,
  )

/** Who writes: an agent with its model, or `human`. `under` tells whether an agent runs the command. */
export function authorOf(session: Session | null, under: 'agent' | 'person' | 'nobody'): string {
  const { vendor, model } = session?.agent ?? {}
  if (vendor) return `${VENDORS[vendor] ?? vendor}${model ? ` (${modelName(model)})` : ''}`
  return under === 'agent' ? `agent${session ? ` (${session.session_id})` : ''}` : 'human'
}
