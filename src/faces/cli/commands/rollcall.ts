import { rollcall } from '../../../operations/rollcall.ts'
import type { Answer, Called } from '../../../protocol/rollcall.ts'
import { formatClock, formatRelative, formatSpan, parseInstant } from '../../../protocol/time.ts'
import type { Role } from '../../../protocol/words.ts'

import { defineCommand } from '../command.ts'
import type { Cell, Page } from '../page.ts'
import { fitted, printOmitted, who, whoCell } from '../words.ts'

export default defineCommand(rollcall, {
  positionals: ['text'],
  examples: [
    ['coord rollcall "what do you work on?" --within 5m', 'ask everybody who is there'],
    ['coord rollcall', 'who answered the last one'],
    ['coord rollcall --show 7f3q', 'who answered that one'],
    ['coord reply 7f3q "on the parser"', 'how each answers; coord ack 7f3q does as well'],
  ],
  print({ message, counts, answers, omitted }, page, { text }) {
    if (page.quiet && text !== undefined) return
    const short = page.people.short(message.id ?? '')
    const until = parseInstant(message.expires_at) ?? page.now
    if (text !== undefined) {
      const all = answers.length + (omitted ?? 0)
      const term = `until ${formatClock(until, page.now)}, in ${formatSpan(until - page.now)}`
      if (all === 0) return page.line(`nobody else is here; who comes may answer (${short}) ${term}`)
      page.line(`called ${all} session${all === 1 ? '' : 's'} (${short}), ${term}`)
      page.line(page.paint('muted', `coord rollcall --show ${short} tells who answered`))
      return
    }
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
    const term = until > page.now ? `, ${formatSpan(until - page.now)} left` : ''
    const from = who(message.from, page)
    page.line(
      fitted(`${counts.answered} of ${total} answered ${from}${term}: ${message.subject ?? ''}`, page),
    )
    page.rows(answers.map((each) => rowOf(each, page)))
    printOmitted(omitted, answers.length, page)
  },
})

const WORDS: Record<Answer, [symbol: string, role: Role, word: string]> = {
  answered: ['✓', 'good', 'answered'],
  open: ['·', 'muted', 'not yet'],
  missing: ['!', 'warn', 'no answer'],
  gone: ['–', 'muted', 'gone'],
}

const LATE: (typeof WORDS)[Answer] = ['✓', 'warn', 'late,']

function rowOf({ session_id, answer, at, late, message }: Called, page: Page): Cell[] {
  const [symbol, role, word] = late ? LATE : WORDS[answer]
  const time = parseInstant(at)
  return [
    { text: symbol, role },
    whoCell(session_id, page),
    { text: time === null ? word : `${word} ${formatRelative(time, page.now)}`, whole: true },
    { text: message ?? '', main: true },
  ]
}
