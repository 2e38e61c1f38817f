import { board } from '../../../operations/board.ts'
import { withoutControls } from '../../../protocol/escape.ts'
import { formatInstant, formatSpan, parseInstant } from '../../../protocol/time.ts'
import { defineCommand } from '../command.ts'

export default defineCommand(board, {
  examples: [
    ['coord board', 'refresh STATUS_BOARD.md'],
    ['coord board --print', 'the board as of now, without touching anything'],
    ["coord board --at '2h ago'", 'the board as it was, from what is still recorded'],
  ],
  print({ path, board: text, at, gaps = [] }, page) {
    const then = at === undefined ? '' : whenWas(at, page.now)
    if (then) page.line(`> **${then}** For now: \`coord board --print\`\n`)
    page.line(text === undefined ? path : withoutControls(text.trimEnd()))
    if (then) page.line(`\n**${then}**`)
    if (gaps.length === 0) return
    page.line('\n---\n\n**Not known of that moment:**')
    for (const gap of gaps) page.line(`- ${withoutControls(gap)}`)
  },
})

/** `As it was at 2026-11-20 14:30:00Z, 2h ago.` */
function whenWas(at: string, now: number): string {
  const time = parseInstant(at) ?? now
  const clock = formatInstant(time)
  const span = now - time < 1000 ? 'just now' : `${formatSpan(now - time)} ago`
  return `As it was at ${clock.slice(0, 10)} ${clock.slice(11, 19)}Z, ${span}.`
}
