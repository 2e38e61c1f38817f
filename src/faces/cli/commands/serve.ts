import { serve } from '../../../operations/serve.ts'
import { defineCommand } from '../command.ts'

export default defineCommand(serve, {
  examples: [
    ['coord serve', 'says the address of the page; Ctrl-C ends it'],
    ['curl localhost:8080/api/session-status/summary', 'ask it'],
    ['coord serve --private --port 9000', 'reading needs the token too'],
  ],
  print() {},
})
