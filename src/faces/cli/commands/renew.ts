import { renew } from '../../../operations/renew.ts'
import { nameOf } from '../../../protocol/names.ts'
import { formatClock, formatSpan, parseInstant } from '../../../protocol/time.ts'
import { defineCommand } from '../command.ts'

export default defineCommand(renew, {
  positionals: ['type', 'name'],
  examples: [['coord renew droplet church-guidance --for 2h', 'at least two more hours from now']],
  print({ claim }, page) {
    const until = parseInstant(claim.expires_at) ?? page.now
    if (page.quiet) return
    page.rows([
      [
        `renewed ${nameOf(claim)} until ${formatClock(until, page.now)}, in ${formatSpan(until - page.now)} (token ${claim.token})`,
      ],
    ])
  },
})
