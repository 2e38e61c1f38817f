import { push } from '../../../operations/push.ts'
import { percentOf } from '../../../protocol/heartbeats.ts'
import { STATE_SYMBOLS } from '../../../protocol/words.ts'
import { defineCommand } from '../command.ts'

export default defineCommand(push, {
  positionals: ['status', 'message', 'progress', 'task_id'],
  flags: { url: { kind: 'text', help: 'post it to the coord serve of this address' } },
  examples: [
    ['coord push working "querying the database" 0.45 160', 'where you are'],
    ['coord push completed "report ready" --session manager1', 'as a name that nobody registered'],
    ['coord push completed "all built" 1 --session manager1', '1 is all, 2 to 100 are per cent'],
    ['coord push idle done --url http://127.0.0.1:8080', 'to a server, else to the file'],
    ['coord push blocked "waiting for API keys" --meta phase=deploy', 'with metadata'],
  ],
  print({ update }, page) {
    if (page.quiet) return
    const share = update.progress === undefined ? '' : ` (${percentOf(update.progress)}%)`
    const symbol = STATE_SYMBOLS[update.status][0]
    page.rows([[symbol, `${update.session}: ${update.message}${share}`]])
  },
})
