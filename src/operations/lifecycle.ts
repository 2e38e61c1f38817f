/** Tells the channel `session_lifecycle` that a session came or went. */
import type { Context } from '../context.ts'
import { LIFECYCLE, type Passage } from '../protocol/channels.ts'
import { endingOf } from '../protocol/endings.ts'
import { labelOf } from '../protocol/labels.ts'
import type { Session } from '../protocol/records.ts'
import { addToChannel } from '../store/channels.ts'
import type { Room } from '../store/room.ts'
import { attempt } from './act.ts'

const WEEK = 7 * 86_400_000

/** Publish it, for a week. What happened has happened: a failure is only a warning. */
export function tellLifecycle(ctx: Context, room: Room, session: Session, passage: Passage): void {
  const how = passage === 'ended' ? endingOf(session) : null
  const { session_id, session_uuid, name, project, agent, host, cwd, ended_at } = session
  const details = {
    session_id,
    ...{ session_uuid, name, project, host, cwd, ended_at },
    ...(how === null ? {} : { ended_how: how }),
    ...{ vendor: agent?.vendor, model: agent?.model },
  }
  const message = `${labelOf(session)} ${passage}${how === null ? '' : `: ${how}`}`
  const told = { from: session_id, channel: LIFECYCLE, type: passage, message, details }
  attempt(ctx, () => addToChannel(room, told, ctx.now().wall, WEEK, ctx.random(4)))
}
