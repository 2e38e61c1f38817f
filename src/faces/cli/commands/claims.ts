import { claims } from '../../../operations/claims.ts'
import { visible } from '../../../protocol/escape.ts'
import { formatClock, formatRelative, parseInstant } from '../../../protocol/time.ts'
import { defineCommand } from '../command.ts'
import type { Cell, Page } from '../page.ts'
import { claimRow, printOmitted, type ShownClaim, who, whoCell } from '../words.ts'

type Past = ReturnType<typeof claims.run>['past']

export default defineCommand(claims, {
  positionals: ['resource', 'name'],
  examples: [
    ['coord claims --mine', 'what you hold'],
    ['coord claims droplet/church-guidance', 'who holds it, and who held it before'],
  ],
  print({ claims: list, past, past_omitted, past_since, waiting, omitted }, page, given) {
    if (list.length === 0) page.line(noneOf(given))
    page.rows(
      list.map((claim) => {
        const [name, holder, term, note] = claimRow(claim, page) as [Cell, Cell, Cell, Cell]
        return [name, holder, term, tokenOf(claim), note]
      }),
    )
    printOmitted(omitted, list.length, page)
    if (waiting && waiting.length > 0) page.line('waiting')
    page.rows(
      (waiting ?? []).map(({ session_id, since }) => [
        whoCell(session_id, page),
        { text: whenOf(since, page.now), role: 'muted' },
      ]),
      '  ',
    )
    printPast(past ?? [], page)
    printOmitted(past_omitted, past?.length ?? 0, page)
    if (past_since) {
      const since = clockOf(past_since, page.now)
      const why = 'the ledger keeps its last 64 decisions'
      page.line(page.paint('muted', `what was before ${since} is not recorded any more: ${why}`))
    }
  },
})

/** That there is no claim, or none of those asked for. */
function noneOf({ resource, name, mine, type, expired }: Parameters<typeof claims.run>[1]): string {
  if (mine && type === undefined && !expired && resource === undefined) return 'you hold no claim'
  if (mine || type !== undefined || expired) return 'no claim fits; coord claims lists all'
  if (resource === undefined) return 'nothing is claimed'
  const isPath = name === undefined && !resource.startsWith('file/') && /\.\w+$/.test(resource)
  const path = isPath ? `; the file: coord claims file/${visible(resource)}` : ''
  return `${visible(name === undefined ? resource : `${resource}/${name}`)} is free${path}`
}

const tokenOf = ({ token }: Pick<ShownClaim, 'token'>): Cell => ({
  text: `token ${token ?? '–'}`,
  role: 'muted',
  spare: true,
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
      whoCell(tenure.claimed_by, page, at(tenure.machine)),
      tokenOf(tenure),
      `${tenure.from ? clockOf(tenure.from, page.now) : '…'} – ${clockOf(tenure.until, page.now)}`,
      `${tenure.kept_for ? 'kept for it, ' : ''}${endOf(tenure, page)}`,
    ]),
    '  ',
  )
}

const at = (machine: string | undefined) => (machine ? ` @${visible(machine)}` : '')

function endOf(tenure: NonNullable<Past>[number], page: Page): string {
  const { ended, by, by_machine, claimed_by, reason, kept_for } = tenure
  const other = `${who(by ?? '', page)}${at(by_machine)}`
  if (ended === 'forced') return `forced by ${other}${reason ? `: ${reason}` : ''}`
  if (ended === 'handed_over') return `handed over to ${other}`
  if (kept_for && ended === 'taken_over' && by === claimed_by) return 'and claimed'
  if (ended === 'taken_over') return `taken over by ${other}`
  if (ended === 'removed') return 'its file was removed'
  if (ended === 'not_taken') return `not taken by the remote, which had a claim of ${other}`
  if (ended === 'gone') return `gone at the remote${by ? `, now of ${other}` : ''}`
  if (ended === 'expired' && by === null) return 'expired'
  if (ended === 'expired')
    return by === claimed_by ? 'expired, claimed again' : `expired, taken over by ${other}`
  return 'released'
}

function clockOf(at: string, now: number): string {
  const time = parseInstant(at)
  return time === null ? at : formatClock(time, now)
}
