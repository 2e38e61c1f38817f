import { release } from '../../../operations/release.ts'
import { nameOf } from '../../../protocol/names.ts'
import { defineCommand } from '../command.ts'

export default defineCommand(release, {
  positionals: ['type', 'name'],
  examples: [
    ['coord release', 'the only claim you hold'],
    ['coord release droplet church-guidance --next-phase PRODUCTION', 'and say what comes next'],
    [
      'coord release file src/auth.ts --force --reason "its session crashed"',
      "another session's; the holder is told",
    ],
  ],
  print({ claim, claims, already, message }, page) {
    if (page.quiet) return
    for (const released of claims ?? [claim])
      page.rows([[`${already ? 'was released before:' : 'released'} ${nameOf(released)}`]])
    if (message) page.rows([[`told all: ${message.subject ?? ''}`]])
  },
})
