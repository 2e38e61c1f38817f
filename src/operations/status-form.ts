/** The form of MON-001 that hooks and status lines leave of their session. */
import type { Context } from '../context.ts'
import { statusForm } from '../protocol/live/status-form.ts'
import type { Session } from '../protocol/records.ts'
import type { Room } from '../store/room.ts'
import { linkLegacy, writeForm } from '../store/status-forms.ts'
import { attempt } from './act.ts'

/** Write `status/<id>.json`, and lead the legacy link to it. Derived: what fails here is only a warning. */
export function showForm(ctx: Context, room: Room, session: Session): void {
  const now = ctx.now().wall
  attempt(ctx, () => writeForm(room, statusForm(session, now), now))
  if (room.config.compat.legacyStatusLink !== null)
    attempt(ctx, () => linkLegacy(room, session.session_id, ctx.gitEnvironment().HOME))
}
