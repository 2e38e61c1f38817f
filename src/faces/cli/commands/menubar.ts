import { menubar } from '../../../operations/menubar.ts'
import { linesOf } from '../../../protocol/live/menubar.ts'
import { defineCommand } from '../command.ts'

/** Menu bars start their plugins without a PATH and elsewhere, so that what they run is named in full. */
export default defineCommand(menubar, {
  examples: [
    ['coord menubar', 'title and menu'],
    ['coord menubar --quiet', 'the title alone: for waybar, polybar, i3'],
  ],
  print({ title, menu, root }, page) {
    page.line(title)
    if (page.quiet) return
    const run = [process.execPath, process.argv[1]!]
    const there = root === null ? [] : ['--dir', root]
    for (const group of menu) {
      page.line('---')
      for (const entry of group) for (const line of linesOf(withRoom(entry, there), run)) page.line(line)
    }
    page.line('---')
    const board = { text: 'Open the board', href: `file://${encodeURI(root ?? '')}/STATUS_BOARD.md` }
    if (root !== null) for (const line of linesOf(board, run)) page.line(line)
    page.line('Refresh | refresh=true')
  },
})

type Entry = Parameters<typeof linesOf>[0]

/** Commands of a menu are run anywhere: they name the room. */
function withRoom(entry: Entry, there: string[]): Entry {
  return {
    ...entry,
    ...(entry.command ? { command: [...entry.command, ...there] } : {}),
    ...(entry.below ? { below: entry.below.map((below) => withRoom(below, there)) } : {}),
  }
}
