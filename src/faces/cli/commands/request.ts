import { request } from '../../../operations/request.ts'
import { visible } from '../../../protocol/escape.ts'
import { nameOf } from '../../../protocol/names.ts'
import { requestOf } from '../../../protocol/requests.ts'
import { formatRelative, parseInstant } from '../../../protocol/time.ts'
import { defineCommand } from '../command.ts'
import type { Page } from '../page.ts'
import { fitted, keptLine, printOmitted, printStranger, who, whoCell } from '../words.ts'

export default defineCommand(request, {
  positionals: ['type', 'name'],
  examples: [
    ['coord request droplet church-guidance --reason "a fix for prod"', 'ask its holder'],
    ['coord request --grant 7f3q', 'hand it over, with a new token'],
    ['coord request --refuse 7f3q --reason "done in an hour"', 'keep it, and say why'],
    ['coord request --list', 'what is open'],
  ],
  print(result, page) {
    if ('requests' in result) printList(result, page)
    else if (!page.quiet) printDone(result, page)
  },
})

type Result = ReturnType<(typeof request)['run']>
type Listed = Extract<Result, { requests: object }>
type Done = Exclude<Result, Listed>

function printDone(done: Done, page: Page): void {
  if ('claim' in done) {
    const { claim, message, wanted } = done
    const already = 'already' in done
    const part = wanted ? `, which overlaps ${nameOf(wanted)}` : ''
    const short = page.people.short(message.id ?? '')
    const to = who(message.to, page)
    page.line(
      fitted(`${already ? 'already asked' : 'asked'} ${to} for ${nameOf(claim)}${part} (${short})`, page),
    )
    if (already) {
      const { reason } = requestOf(message)
      page.line(fitted(`  the reason is still the one you gave then${reason ? `: ${reason}` : ''}`, page))
    }
    if ('recipient' in done) printStranger(page.people.called(message.to), done.recipient, page)
    page.line(page.paint('muted', `coord request --withdraw ${short} takes it back`))
    return
  }
  const name = visible(nameOf(done.request))
  if ('handoff' in done) {
    const to = visible(page.people.called(done.request.from))
    const [claim] = done.handoff.claims
    if ('kept_for' in done) page.line(keptLine(name, to, parseInstant(claim?.expires_at), page))
    else page.line(`handed ${name} to ${to} (token ${claim?.token})`)
  } else if (done.message.type === 'request_withdrawn') page.line(`withdrew the request for ${name}`)
  else page.line(fitted(`refused ${name} to ${who(done.request.from, page)}`, page))
}

function printList({ requests, omitted }: Listed, page: Page): void {
  if (requests.length === 0 && !page.quiet) page.line('no open requests')
  page.rows(
    requests.map((each) => {
      const at = parseInstant(each.timestamp)
      return [
        { text: page.people.short(each.id), role: 'muted', whole: true },
        whoCell(each.from, page),
        { text: `→ ${page.people.called(each.to)}`, whole: true },
        { text: nameOf(each), whole: true },
        { text: each.reason ?? '', main: true },
        { text: at === null ? '' : formatRelative(at, page.now), role: 'muted', whole: true },
      ]
    }),
  )
  printOmitted(omitted, requests.length, page)
}
