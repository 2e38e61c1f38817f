/** `coord rescue SESSION --export`: everything that is known of a session, live and archived, as one object. Reads only. */
import type { Context } from '../context.ts'
import type { Moment } from '../protocol/claims.ts'
import type { Heartbeat, Receipt } from '../protocol/records.ts'
import { listAlerts } from '../store/alerts.ts'
import { readBinding } from '../store/bindings.ts'
import { listDraftPaths, listHandoffPaths, loadHandoff } from '../store/handoffs.ts'
import { listHeldMarks } from '../store/held.ts'
import { readHistories } from '../store/history.ts'
import { listAllMessages } from '../store/messages.ts'
import { filesOf } from '../store/query/files.ts'
import { rowsIn } from '../store/query/rows.ts'
import { listSavedChanges } from '../store/rescue-ref.ts'
import type { Room } from '../store/room.ts'
import { ownClaims } from './own-claims.ts'
import type { RescueRow } from './rescue-look.ts'
import { shownClaim } from './views.ts'

/** Its record and evidence, claims, mail, receipts, heartbeats, status lines, handoffs, alerts, how it was started, and what was saved of it. */
export function exportSession(ctx: Context, room: Room, row: RescueRow, now: Moment) {
  const id = row.session_id
  const lines = readHistories(room, id).get(id) ?? []
  const history = lines.map(({ session, ...line }) => ({ session_id: session, ...line }))
  const paths = [...listHandoffPaths(room), ...listDraftPaths(room)]
  const handoffs = paths
    .map((path) => loadHandoff(room, path))
    .filter(({ handoff }) => {
      return handoff?.from === id || handoff?.to === id
    })
  return {
    session: row,
    claims: ownClaims(ctx, room, id, now).map(shownClaim),
    remembered_claims: listHeldMarks(room, id),
    messages: listAllMessages(room)
      .map(({ message }) => message)
      .filter(({ from, to }) => from === id || to === id),
    receipts: receiptsOf(room, id),
    heartbeats: heartbeatsOf(room, id),
    history,
    handoffs: handoffs.map(({ path, handoff, text }) => ({ ...handoff!, path, text })),
    alerts: listAlerts(room).filter(({ session_id }) => session_id === id),
    binding: bindingOf(room, id),
    saved_changes: savedOf(ctx, id),
  }
}

function receiptsOf(room: Room, id: string): Receipt[] {
  const files = filesOf(room, 'receipts').filter((file) => file.endsWith(`/${id}.jsonl`))
  return files.flatMap((file) => rowsIn(room, 'receipts', file) as Receipt[])
}

/** File names tell whose a heartbeat is: coord's own end in the id, scripts' may have anything behind it. */
function heartbeatsOf(room: Room, id: string): Heartbeat[] {
  const files = filesOf(room, 'heartbeats').filter((file) => file.includes(`-${id}`))
  const beats = files.flatMap((file) => rowsIn(room, 'heartbeats', file) as Heartbeat[])
  return beats.filter(({ session_id }) => session_id === id)
}

/** The session that it binds is the one that is exported. */
function bindingOf(room: Room, id: string) {
  const binding = readBinding(room, id)
  if (!binding) return null
  const { session: _session, ...rest } = binding
  return rest
}

/** Asked with the repository's git directory; its working tree may be gone. */
function savedOf(ctx: Context, id: string) {
  if (!ctx.repository) return []
  const saved = listSavedChanges(id, { cwd: ctx.repository.common, env: ctx.gitEnvironment() })
  return saved.map(({ ref, commit }) => ({ ref, commit }))
}
