import { messages } from '../../../operations/messages.ts'
import { defineCommand } from '../command.ts'
import { printMessages, printOmitted } from '../words.ts'

export default defineCommand(messages, {
  examples: [
    ['coord messages --search deploy', 'all messages that speak of it'],
    ['coord messages --thread 7f3q', 'a question and its answers'],
  ],
  print({ messages: list, omitted }, page, { thread, search }) {
    printOmitted(omitted, list.length, page)
    if (list.length === 0 && !page.quiet)
      page.line(`no messages${(thread ?? search) === undefined ? '' : ' that fit'}`)
    printMessages(list, page)
  },
})
