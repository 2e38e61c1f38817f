import { watch } from '../../../operations/watch.ts'
import { defineCommand } from '../command.ts'

export default defineCommand(watch, {
  examples: [
    ['coord watch', 'the room on the whole terminal; ? shows the keys'],
    ['coord watch | tee room.log', 'a line for each change'],
    ['coord watch --json', 'each change as a JSON object on a line'],
  ],
  print() {},
})
