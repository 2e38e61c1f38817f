/** Names that only push status lines (the seed session-status-update-protocol), as sessions that every picture can show. */
import type { Config } from '../config.ts'
import { isSessionId } from '../names.ts'
import type { Session } from '../records.ts'
import { formatInstant, parseInstant } from '../time.ts'
import { progressIn } from './said.ts'
import type { Tails } from './sessions.ts'

/**
 * The names of `tails` that `isSession` does not know, that are ids (of others commands can't be made), and that gave a sign within `goneAfter` of `now` (epoch ms), each as a session
 * with `registered: false`: what it said last, and nothing that it did not say. Later it is in the history alone.
 */
export function pushersOf(
  tails: Tails,
  isSession: (name: string) => boolean,
  now: number,
  { goneAfter }: Config['sessions'],
): Session[] {
  return [...tails].flatMap(([name, lines]): Session[] => {
    const said = lines.at(-1)
    const sign = parseInstant(said?.timestamp)
    if (!said || sign === null || isSession(name) || !isSessionId(name) || now - sign >= goneAfter) return []
    const { status: state, message, task_id, timestamp } = said
    const [target, phase] = [textIn(said.metadata?.target), textIn(said.metadata?.phase)]
    return [
      {
        ...{ session_id: name, registered: false, status: 'active', state },
        // Empty, where it names none: then no face says that it works on nothing.
        current_work: target ?? '',
        last_seen: formatInstant(sign),
        last: {
          timestamp,
          target,
          phase,
          progress: progressIn(said),
          state,
          message: message ?? null,
          task_id: task_id ?? null,
        },
      },
    ]
  })
}

const textIn = (value: unknown) => (typeof value === 'string' ? value : null)
