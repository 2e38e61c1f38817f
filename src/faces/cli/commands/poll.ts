import { poll } from '../../../operations/poll.ts'
import type { Message } from '../../../protocol/records.ts'
import { defineCommand } from '../command.ts'
import { printMessages, printOmitted } from '../words.ts'

/** A message of a channel has no subject: its first line stands for it. */
function asMail(published: Message): Message {
  const [subject = '', ...rest] = (published.message ?? '').split('\n')
  return { ...published, subject, message: rest.join('\n'), details: undefined }
}

export default defineCommand(poll, {
  positionals: ['channel'],
  examples: [
    ['coord poll build', 'what is there, the newest last'],
    ['coord poll build --since 7f3q', 'what came after that message'],
    ['coord poll session_lifecycle', 'which sessions came and went'],
    ['coord poll', 'the channels'],
  ],
  print(result, page) {
    if (!('messages' in result)) {
      const channels = result.channels ?? []
      if (channels.length === 0 && !page.quiet) page.line('no channels; coord publish makes one')
      page.rows(
        channels.map(({ channel, count }) => [
          { text: channel, whole: true },
          { text: String(count), right: true, role: 'muted', whole: true },
        ]),
      )
      return
    }
    const { channel, messages, omitted } = result
    if (messages.length === 0 && !page.quiet) page.line(`nothing new on ${channel}`)
    printMessages(messages.map(asMail), page, true)
    printOmitted(omitted, messages.length, page)
  },
})
