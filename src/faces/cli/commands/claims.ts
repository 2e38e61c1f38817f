import { claims } from '../../../operations/claims.ts'
import { formatRelative, parseInstant } from '../../../protocol/time.ts'
import { defineCommand } from '../command.ts'
import type { Cell } from '../page.ts'
import { claimRow, printOmitted, type ShownClaim } from '../words.ts'

export default defineCommand(claims, {
  positionals: ['resource'],
  examples: [
    ['coord claims --mine', 'what you hold'],
    ['coord claims droplet/church-guidance', 'who holds it, and who held it before'],
  ],
  print({ claims: list, past, waiting, omitted }, page) {
    if (list.length === 0) page.line(past ? 'nobody claims it' : 'nothing is claimed')
    page.rows(
      list.map((claim) => [
        ...claimRow(claim, page.now).slice(0, 3),
        tokenOf(claim),
        ...claimRow(claim, page.now).slice(3),
      ]),
    )
    printOmitted(omitted, page)
    if (waiting && waiting.length > 0) page.line('waiting')
    page.rows(
      (waiting ?? []).map(({ session_id, since }) => [
        { text: session_id, whole: true },
        { text: whenOf(since, page.now), role: 'muted' },
      ]),
      '  ',
    )
    if (!past || past.length === 0) return
    page.line('history')
    page.rows(
      past.map((change) => [
        change.act,
        change.claimed_by,
        { text: `token ${change.token}`, role: 'muted' },
        whenOf(change.at, page.now),
        change.reason ?? (change.from ? `from ${change.from}` : ''),
      ]),
      '  ',
    )
  },
})

const tokenOf = ({ token }: ShownClaim): Cell => ({ text: `token ${token ?? '–'}`, role: 'muted' })

const whenOf = (at: unknown, now: number) => {
  const time = parseInstant(at)
  return time === null ? '' : formatRelative(time, now)
}
