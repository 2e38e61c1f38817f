import { alerts } from '../../../operations/alerts.ts'
import { printAlerts } from '../alert-page.ts'
import { defineCommand } from '../command.ts'
import { printOmitted } from '../words.ts'

export default defineCommand(alerts, {
  positionals: ['id'],
  examples: [
    ['coord alerts', 'what is open and not acknowledged'],
    ['coord alerts --acknowledge 3f2a91bc', 'it is known; it is not shown again'],
    ['coord alerts --acknowledge --all', 'all that is open'],
    ['coord alerts --all', "also what is read, over, or others'"],
  ],
  print({ alerts: list, omitted, acknowledged }, page, { acknowledge, all, id }) {
    const count = many(list.length + (omitted ?? 0))
    if (acknowledge) return page.line(saidOf(acknowledged ?? 0, list.length))
    const isPlain = !all && !id?.length
    if (!page.quiet || list.length > 0)
      page.line(list.length === 0 ? 'no alerts' : isPlain ? `${count} to acknowledge` : count)
    printAlerts(list, page)
    printOmitted(omitted, list.length, page)
  },
})

const many = (count: number) => `${count} ${count === 1 ? 'alert' : 'alerts'}`

/** What was acknowledged just now, and what had been before. */
function saidOf(fresh: number, named: number): string {
  if (named === 0) return 'nothing to acknowledge'
  const known = named - fresh
  if (fresh === 0) return `${many(known)} acknowledged before`
  return `acknowledged ${many(fresh)}${known > 0 ? `, ${known} before` : ''}`
}
