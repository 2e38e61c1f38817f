import { wait } from '../../../operations/wait.ts'
import { formatSpan } from '../../../protocol/time.ts'
import { defineCommand } from '../command.ts'

export default defineCommand(wait, {
  positionals: ['type', 'name'],
  flags: { timeout: { kind: 'text', help: 'at most so long, e.g. 10m; then exit 1 (default: for ever)' } },
  examples: [
    ['coord wait droplet church-guidance', 'until it is free'],
    ['coord wait file src/a.ts --timeout 10m', 'exit 1 when it is still held then'],
  ],
  print({ resource_type, resource_name, waited_ms }, page) {
    const waited = waited_ms < 1000 ? '' : `, after ${formatSpan(waited_ms)}`
    if (!page.quiet) page.line(`${resource_type}/${resource_name} is free${waited}`)
  },
})
