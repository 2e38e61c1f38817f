import { inbox } from '../../../operations/inbox.ts'
import { defineCommand } from '../command.ts'
import { printMessages, printOmitted } from '../words.ts'

export default defineCommand(inbox, {
  flags: { follow: { kind: 'flag', help: 'go on: print messages as they come' } },
  examples: [
    ['coord inbox', 'read what is new'],
    ['coord inbox --follow', 'print messages as they come, until Ctrl-C'],
    ['coord inbox --peek --json', 'look without marking it read'],
  ],
  print({ messages, omitted }, page, { all, from }) {
    if (messages.length === 0 && !page.quiet)
      page.line(`no ${all ? '' : 'unread '}messages${from === undefined ? '' : ` from ${from}`}`)
    printMessages(messages, page, true)
    printOmitted(omitted, messages.length, page)
  },
})
