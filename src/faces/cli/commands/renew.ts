import { renew } from '../../../operations/renew.ts'
import { defineCommand } from '../command.ts'
import { termOf } from '../term.ts'

export default defineCommand(renew, {
  positionals: ['type', 'name'],
  examples: [['coord renew droplet church-guidance --for 2h', 'at least two more hours from now']],
  print({ claim }, page) {
    if (!page.quiet) page.rows([[`renewed ${termOf(claim, page)}`]])
  },
})
