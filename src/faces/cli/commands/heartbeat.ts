import { heartbeat } from '../../../operations/heartbeat.ts'
import { nameOf } from '../../../protocol/names.ts'
import { defineCommand } from '../command.ts'

export default defineCommand(heartbeat, {
  positionals: ['action', 'target', 'phase'],
  examples: [
    ['coord heartbeat building church-guidance "BUILD - landing page"', 'say what you do'],
    ['coord heartbeat building tests --progress 30% --next "intake form" --eta 2h', 'with progress'],
    ['coord heartbeat blocked dashboard --message "waiting for API keys"', 'ask for help'],
  ],
  print({ heartbeat: beat, lost }, page) {
    const parts = [beat.action, beat.target, beat.phase].filter(Boolean).join(' – ')
    if (!page.quiet)
      page.rows([[`${beat.session_id}: ${parts}${beat.progress ? ` (${beat.progress})` : ''}`]])
    for (const mark of lost ?? []) {
      page.note(
        `coord: you lost ${nameOf(mark)} (token ${mark.token}): ${mark.why ? `${mark.why}; ` : ''}${mark.now}. Stop work on it, or claim it again.`,
      )
    }
  },
})
