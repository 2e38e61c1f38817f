/** Claude Code's status line: what it sends on standard input (code.claude.com/docs/en/statusline), and the one line that coord answers with. */
import { clip, visible } from '../escape.ts'
import { nameOf } from '../names.ts'
import { called, type Picture } from '../picture.ts'
import { objectIn, type Payload, textIn } from './event.ts'

/** What a status line's payload tells that is kept in the session's record. */
export interface LineFacts {
  agent_session: string
  cwd: string | null
  model: string | null
  context: { percentage: number; current_tokens: number | null; total_tokens: number | null } | null
  cost_usd: number | null
}

const numberIn = (payload: Payload | undefined, name: string): number | null => {
  const value = payload?.[name]
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null
}

/** The facts of a payload; null without a session. Any of the others may be missing, or null before the first call. */
export function readLineFacts(payload: Payload): LineFacts | null {
  const agent_session = textIn(payload, 'session_id')
  if (agent_session === null) return null
  const window = objectIn(payload, 'context_window')
  const percentage = numberIn(window, 'used_percentage')
  const model = objectIn(payload, 'model')
  return {
    agent_session,
    cwd: textIn(objectIn(payload, 'workspace'), 'current_dir') ?? textIn(payload, 'cwd'),
    model: textIn(model, 'id', 'display_name'),
    context:
      percentage === null
        ? null
        : {
            percentage,
            current_tokens: numberIn(window, 'total_input_tokens'),
            total_tokens: numberIn(window, 'context_window_size'),
          },
    cost_usd: numberIn(objectIn(payload, 'cost'), 'total_cost_usd'),
  }
}

/** One line: who, what one holds, who else is here, and what waits: `unread` are messages that the model has not been given either. */
export function lineOf(picture: Picture, id: string, unread: number): string {
  const others = picture.active.filter(({ session }) => session.session_id !== id).length
  const held = picture.claims.filter(({ lease, expired }) => !expired && lease.claimed_by === id)
  const [first] = held
  const more = held.length > 1 ? ` +${held.length - 1}` : ''
  const parts = [
    called(picture, id),
    others === 0 ? 'alone' : `${others} other${others === 1 ? '' : 's'}`,
    first ? `holds ${nameOf(first.lease)}${more}` : '',
    unread > 0 ? `${unread} unread` : '',
  ]
  return parts
    .filter(Boolean)
    .map((part) => clip(visible(part), 40))
    .join(' · ')
}
