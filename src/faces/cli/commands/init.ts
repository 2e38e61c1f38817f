import { init } from '../../../operations/init.ts'
import { defineCommand } from '../command.ts'

export default defineCommand(init, {
  examples: [['coord init', 'lay out COORDINATION/ at the top of the repository']],
  print({ room, created, made }, page) {
    page.line(
      created
        ? `made the room ${room}`
        : made.length > 0
          ? `completed the room ${room}`
          : `the room ${room} is in order`,
    )
    if (created && !page.quiet)
      page.line(
        'next: git add COORDINATION && git commit (its README, config and .gitignore), then coord start',
      )
  },
})
