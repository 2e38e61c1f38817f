import { exportRecords } from '../../../operations/export.ts'
import { defineCommand } from '../command.ts'

export default defineCommand(exportRecords, {
  positionals: ['table'],
  examples: [
    ['coord export > room.jsonl', 'every record, one a line'],
    ['coord export messages --format csv', 'one kind, for a spreadsheet'],
  ],
  print({ lines, problems }, page) {
    for (const line of lines) page.line(line)
    for (const { path, detail } of problems) page.note(`coord: ${path}: ${detail}`)
  },
})
