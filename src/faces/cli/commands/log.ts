import { log } from '../../../operations/log.ts'
import { visible } from '../../../protocol/escape.ts'
import type { LogEntry } from '../../../protocol/report/log.ts'
import { defineCommand } from '../command.ts'
import type { Page } from '../page.ts'

export default defineCommand(log, {
  positionals: ['kind', 'subject', 'message'],
  flags: { verbose: { kind: 'flag', help: 'show reports in full' } },
  examples: [
    ['coord log', 'what was logged today (UTC)'],
    ['coord log --date yesterday', 'another day'],
    ['coord log issue "build fails on arm64"', 'add an issue'],
    ['coord log fix "pin the compiler" --task H.13.9', 'add what fixed it'],
    ['git diff --stat | coord log note "before the merge" -', 'more about it from standard input'],
  ],
  prepare: (input, io) => (input.message === '-' ? { ...input, message: io.readStdin() } : input),
  print(result, page, { verbose, task }) {
    if ('entry' in result) {
      if (!page.quiet) page.line(`Session log entry appended: ${result.path}`)
      return
    }
    const { entries, omitted, date, path, problems } = result
    if (omitted)
      page.line(page.paint('muted', `… ${omitted} earlier; --limit ${omitted + entries.length} shows them`))
    if (entries.length === 0 && !page.quiet)
      page.line(`nothing was logged${task ? ` of ${task}` : ''} on ${date} (UTC)`)
    for (const entry of entries) printEntry(entry, page, verbose ?? false)
    if (entries.length > 0 && !page.quiet) page.line(page.paint('muted', visible(path)))
    for (const { path: file, detail } of problems) page.note(`coord: ${file}: ${detail}`)
  },
})

/** A row with what it is and whose, then its text; of a report the row alone, since there may be many a day. */
function printEntry(
  { at, kind, task_id, title, author, text }: LogEntry,
  page: Page,
  verbose: boolean,
): void {
  const clock = at === null ? '' : `${at.slice(11, 19)}Z`
  const label = task_id === null || kind === 'report' ? title : `[${task_id}] ${title}`
  page.rows([
    [
      { text: clock, whole: true },
      { text: (kind ?? 'text').padEnd(6), ...(kind === 'issue' ? { role: 'warn' as const } : {}) },
      { text: label, main: true },
      { text: author ?? '', role: 'muted' },
    ],
  ])
  if (kind === 'report' && !verbose) return
  for (const line of text === '' ? [] : text.split('\n')) page.line(`  ${visible(line)}`.trimEnd())
}
