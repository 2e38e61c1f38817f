import { hook } from '../../../operations/hook.ts'
import { defineCommand } from '../command.ts'

/** Run by agents; the work is done in the bundle of its own (../hook.ts). */
export default defineCommand(hook, {
  positionals: ['agent'],
  examples: [['coord hook claude', 'answer the event on standard input']],
  print() {},
})
