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
  print({ alerts: list, omitted }, page, { acknowledge, all }) {
    const count = `${list.length + (omitted ?? 0)} ${list.length === 1 ? 'alert' : 'alerts'}`
    if (acknowledge) return page.line(`acknowledged ${count}`)
    if (!page.quiet || list.length > 0)
      page.line(list.length === 0 ? 'no alerts' : all ? count : `${count} to acknowledge`)
    printAlerts(list, page)
    printOmitted(omitted, list.length, page)
  },
})
