import { handoff } from '../../../operations/handoff.ts'
import { visible, withoutControls } from '../../../protocol/escape.ts'
import { namesOf } from '../../../protocol/names.ts'
import { formatClock, formatRelative, formatSpan, parseInstant } from '../../../protocol/time.ts'
import { defineCommand } from '../command.ts'
import type { Page } from '../page.ts'
import { keptLine, printOmitted, who, whoCell } from '../words.ts'

export default defineCommand(handoff, {
  positionals: ['type', 'name'],
  examples: [
    ['coord handoff --to builder --note "the form is left"', 'the only claim you hold, to a session'],
    ['coord handoff droplet church-guidance --next "PRODUCTION"', 'released, for the next claimer'],
    ['coord handoff --all --to session-002 --note -', 'all you hold; the note from standard input'],
    ['coord handoff --list', 'what was handed over'],
  ],
  prepare: (input, io) => (input.note === '-' ? { ...input, note: io.readStdin() } : input),
  print(result, page) {
    if ('handoffs' in result) printList(result, page)
    else if ('text' in result) page.line(withoutControls(forPeople(result.text, page)))
    else if (!page.quiet) printDone(result, page)
  },
})

/** A handoff without the record that its file begins with: on a terminal people read, a pipe gets the file as it is. */
function forPeople(text: string, { width }: Page): string {
  const body = width === null ? text : text.replace(/^\uFEFF?---\r?\n\{[\s\S]*?\n---\r?\n\s*/, '')
  return (body.trim() === '' ? text : body).trimEnd()
}

type Result = ReturnType<(typeof handoff)['run']>
type Listed = Extract<Result, { handoffs: object }>
type Done = Exclude<Result, Listed | { text: string }> & { already?: boolean; kept_for?: object }

/** A line for each claim, uncut, as each has its token; then where the handoff can be read. */
function printDone({ handoff: done, already, kept_for }: Done, page: Page): void {
  const to = done.to && visible(page.people.called(done.to))
  for (const { resource_type, resource_name, token, expires_at } of done.claims) {
    const until = already ? null : parseInstant(expires_at)
    const term =
      until === null ? '' : ` until ${formatClock(until, page.now)}, in ${formatSpan(until - page.now)}`
    const name = visible(`${resource_type}/${resource_name}`)
    if (!to) page.line(`released ${name} for the next claimer`)
    else if (kept_for) page.line(keptLine(name, to, until, page))
    else page.line(`handed ${name} to ${to}${already ? ' before' : term} (token ${token})`)
  }
  if (already) page.line('nothing new was written')
  page.line(page.paint('muted', `coord handoff --show ${done.id.slice(-4)}`))
}

function printList({ handoffs, omitted }: Listed, page: Page): void {
  if (handoffs.length === 0 && !page.quiet) page.line('no handoffs')
  page.rows(
    handoffs.map(({ path, id, at, from, to, claims, first, status }) => {
      const time = parseInstant(at)
      const names = namesOf(claims)
      return [
        { text: id ? id.slice(-4) : '–', whole: true },
        { text: time === null ? '' : formatRelative(time, page.now), role: 'muted', whole: true },
        from ? whoCell(from, page) : { text: path.replace(/^handoffs\//, ''), whole: true },
        { text: status ?? (from ? `→ ${to ? who(to, page) : 'next claimer'}` : ''), whole: true },
        { text: names, main: true },
        first || { text: '–', role: 'muted' },
      ]
    }),
  )
  printOmitted(omitted, handoffs.length, page)
}
