import { claims } from '../../../operations/claims.ts'
import { formatClock, formatRelative, parseInstant } from '../../../protocol/time.ts'
import { defineCommand } from '../command.ts'
import type { Cell, Page } from '../page.ts'
import { claimRow, printOmitted, type ShownClaim } from '../words.ts'

type Past = ReturnType<typeof claims.run>['past']

export default defineCommand(claims, {
  positionals: ['resource'],
  examples: [
    ['coord claims --mine', 'what you hold'],
    ['coord claims droplet/church-guidance', 'who holds it, and who held it before'],
  ],
  print({ claims: list, past, past_omitted, past_since, waiting, omitted }, page, { resource }) {
    if (list.length === 0) page.line(past ? `${resource} is free` : 'nothing is claimed')
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
    printPast(past ?? [], page)
    printOmitted(past_omitted, page)
    if (past_since) {
      const since = clockOf(past_since, page.now)
      const why = 'the ledger keeps its last 64 decisions'
      page.line(page.paint('muted', `what was before ${since} is not recorded any more: ${why}`))
    }
  },
})

const tokenOf = ({ token }: Pick<ShownClaim, 'token'>): Cell => ({
  text: `token ${token ?? '–'}`,
  role: 'muted',
})

const whenOf = (at: unknown, now: number) => {
  const time = parseInstant(at)
  return time === null ? '' : formatRelative(time, now)
}

/** Past holders, newest first: who, token, from, until, how it ended. */
function printPast(past: NonNullable<Past>, page: Page): void {
  if (past.length > 0) page.line('held before')
  page.rows(
    past.map((tenure) => [
      { text: tenure.holder_name || tenure.claimed_by, whole: true },
      tokenOf(tenure),
      `${tenure.from ? clockOf(tenure.from, page.now) : '…'} – ${clockOf(tenure.until, page.now)}`,
      endOf(tenure),
    ]),
    '  ',
  )
}

function endOf({ ended, by, by_name, claimed_by, reason }: NonNullable<Past>[number]): string {
  const who = by_name || by
  if (ended === 'forced') return `forced by ${who}: ${reason ?? ''}`
  if (ended === 'handed_over') return `handed over to ${who}`
  if (ended === 'taken_over') return `taken over by ${who}`
  if (ended === 'removed') return 'its file was removed'
  if (ended === 'expired')
    return by === claimed_by ? 'expired, claimed again' : `expired, taken over by ${who}`
  return 'released'
}

function clockOf(at: string, now: number): string {
  const time = parseInstant(at)
  return time === null ? at : formatClock(time, now)
}
