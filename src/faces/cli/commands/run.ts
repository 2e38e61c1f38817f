import { run } from '../../../operations/hold.ts'
import { defineCommand } from '../command.ts'

export default defineCommand(run, {
  positionals: ['type', 'name'],
  flags: {
    wait: { kind: 'text', help: 'wait in line for it, at most so long, e.g. 10m' },
    'conflict-code': { kind: 'number', help: 'the exit code when it is not obtained (default 75)' },
  },
  runsCommand: true,
  examples: [
    ['coord run api_key staging -- npm run deploy', 'claim, run, release; exit code of the command'],
    ['coord run file db/schema.sql --wait 10m -- ./migrate', 'wait in line first'],
  ],
  print() {},
})
