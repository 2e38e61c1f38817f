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
    const count = `${alerts.length + (omitted ?? 0)} ${alerts.length + (omitted ?? 0) === 1 ? 'conflict' : 'conflicts'}`
    const nothing = acknowledge ? 'nothing to acknowledge' : 'no conflicts'
    if (!page.quiet || alerts.length > 0)
      page.line(alerts.length === 0 ? nothing : `${acknowledge ? 'acknowledged ' : ''}${count}`)
    for (const { path, claims, outside } of 'paths' in result ? result.paths : []) {
      if (claims.length === 0) page.line(`${path}  free${outside ? ', but outside of this repository' : ''}`)
      for (const { resource_name: name, claimed_by, expires_at } of claims)
        page.line(
          `${path}  ${name === path ? '' : `${name} `}held by ${who(claimed_by, page)} until ${expires_at}`,
        )
    }
    if (!acknowledge) printAlerts(alerts, page)
    printOmitted(omitted, alerts.length, page)
  },
})
