import { monitor } from '../../../operations/monitor.ts'
import { defineCommand } from '../command.ts'
import { printMonitor } from '../monitor/page.ts'

export default defineCommand(monitor, {
  flags: {
    once: { kind: 'flag', help: 'look once and end' },
    interval: { kind: 'text', help: 'look again at least so often (default 10s; a bare number is seconds)' },
    'exit-code': { kind: 'flag', help: 'look once, exit 10, 11 or 12 by the worst state' },
    bell: { kind: 'flag', help: 'ring the terminal for each alert' },
    notify: { kind: 'flag', help: 'a desktop notification for each alert' },
    exec: { kind: 'text', help: 'run this for each alert, its JSON on standard input' },
    webhook: { kind: 'text', help: 'POST the JSON of each alert to this URL' },
    tmux: { kind: 'flag', help: 'of quiet sessions show what stands in their tmux pane' },
  },
  examples: [
    ['coord monitor', 'keep the summary on the screen'],
    ['coord monitor --once --exit-code', '0 nothing, 10 notice, 11 warning, 12 critical'],
    ['coord monitor --notify --bell', 'and tell me when somebody is stuck'],
    ["coord monitor --once --quiet --exec 'jq -r .text >> alerts.log'", 'for cron: new alerts only'],
  ],
  print: printMonitor,
})
