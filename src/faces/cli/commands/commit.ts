import { commit } from '../../../operations/commit.ts'
import { defineCommand } from '../command.ts'

export default defineCommand(commit, {
  shorts: { message: 'm' },
  examples: [['coord commit -m "end of the day"', 'then: git show coordination:STATUS_BOARD.md']],
  print({ branch, commit: id, changed, files }, page) {
    if (!page.quiet)
      page.line(
        changed
          ? `recorded ${files} files on ${branch}: ${id.slice(0, 12)}`
          : `${branch} is up to date: ${id.slice(0, 12)}`,
      )
  },
})
