import { verify } from '../../../operations/verify.ts'
import { formatClock, parseInstant } from '../../../protocol/time.ts'
import { defineCommand } from '../command.ts'

const count = (number: number) => `${number} commit${number === 1 ? '' : 's'}`

export default defineCommand(verify, {
  positionals: ['range'],
  examples: [
    ['coord verify', 'what your upstream does not have yet'],
    ['coord verify origin/main..HEAD', 'a branch, before it is merged'],
    ['coord verify HEAD~3', 'one commit'],
  ],
  print({ checked, untold, source, ref, known_since, known_until, held_now, held_now_omitted }, page) {
    const clock = (time: string) => formatClock(parseInstant(time) ?? page.now, page.now)
    if (!page.quiet) page.line(checked === 0 ? 'no commits to look at' : `${count(checked)}: no finding`)
    for (const { path, claimed_by, until } of held_now)
      page.note(
        `coord: ${path} is held by ${page.people.called(claimed_by)} now${until === null ? '' : `, until ${clock(until)}`}: agree before you push`,
      )
    if (held_now_omitted)
      page.note(
        `coord: and ${held_now_omitted} more; --limit ${held_now_omitted + held_now.length} shows them`,
      )
    if (untold === 0) return
    const until = known_until === null ? 'on' : `to ${clock(known_until)}`
    const span = known_since === null ? '' : `, which tells of claims from ${clock(known_since)} ${until}`
    const by = source === 'branch' ? `the record on ${ref}` : 'the ledger'
    page.note(`coord: of ${count(untold)} not all can be told by ${by}${span}`)
  },
})
