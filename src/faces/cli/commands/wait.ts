import { wait } from '../../../operations/wait.ts'
import { wordsOf } from '../../../protocol/needs.ts'
import { formatSpan, parseInstant } from '../../../protocol/time.ts'
import { defineCommand } from '../command.ts'

export default defineCommand(wait, {
  positionals: ['type', 'name'],
  flags: { timeout: { kind: 'text', help: 'at most so long, e.g. 10m; then exit 1 (default: for ever)' } },
  examples: [
    ['coord wait droplet church-guidance', 'until it is free'],
    ['coord wait file src/a.ts --timeout 10m', 'exit 1 when it is still held then'],
  ],
  print({ claim, resource_type, resource_name, waited_ms }, page) {
    if (page.quiet) return
    const waited = waited_ms < 1000 ? '' : `, after ${formatSpan(waited_ms)}`
    const left = formatSpan((parseInstant(claim?.expires_at) ?? page.now) - page.now)
    const name = `${resource_type}/${resource_name}`
    const kept =
      claim && 'kept' in claim && `${name} is kept for you, for ${left} more: coord claim ${wordsOf(claim)}`
    const own = kept || (claim && `you hold ${name} yourself, for ${left} more`)
    page.line(`${own ?? `${name} is free`}${waited}`)
  },
})
