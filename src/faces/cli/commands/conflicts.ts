import { conflicts } from '../../../operations/conflicts.ts'
import { printAlerts } from '../alert-page.ts'
import { defineCommand } from '../command.ts'
import { printOmitted, who } from '../words.ts'

export default defineCommand(conflicts, {
  positionals: ['file'],
  examples: [
    ['coord conflicts', "where sessions get in each other's way"],
    ['coord conflicts src/auth/login.ts', 'about this file, and who holds it'],
    ['coord conflicts --acknowledge', 'they are known to you'],
  ],
  print(result, page, { acknowledge }) {
    const { alerts, omitted } = result
    const count = `${alerts.length + (omitted ?? 0)} ${alerts.length === 1 ? 'conflict' : 'conflicts'}`
    if (!page.quiet || alerts.length > 0)
      page.line(`${acknowledge ? 'acknowledged ' : ''}${alerts.length === 0 ? 'no conflicts' : count}`)
    for (const { path, claim } of 'paths' in result ? result.paths : [])
      page.line(
        `${path}  ${claim ? `held by ${who(claim.claimed_by, page)} until ${claim.expires_at}` : 'free'}`,
      )
    if (!acknowledge) printAlerts(alerts, page)
    printOmitted(omitted, alerts.length, page)
  },
})
