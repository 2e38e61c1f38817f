/** What a session was at before its agent's memory is compacted: told to it afterwards, and a draft of a handoff for everybody else. */
import { composeHandoff, draftOf, handedClaim } from '../protocol/handoffs.ts'
import { nameOf } from '../protocol/names.ts'
import type { Lease } from '../protocol/records.ts'
import { renderHandoff } from '../render.ts'
import { putDraft } from '../store/handoffs.ts'
import { attempt } from './act.ts'
import { type Attending, remember } from './hook-session.ts'
import { ownClaims } from './own-claims.ts'

const TOLD = 8

/** Keep both. The draft is replaced by the session's next one; it goes when it has been told, or the session ends. */
export function noteCompaction(attending: Attending): undefined {
  const { ctx, room, id, session } = attending
  const claims = ownClaims(ctx, room, id, ctx.now())
  const touched = session.last?.files_touched ?? []
  const names = claims.map(nameOf)
  const parts = [
    session.current_work ? `you worked on ${session.current_work}` : '',
    session.last?.phase ? `phase ${session.last.phase}` : '',
    touched.length > 0 ? `you wrote ${touched.slice(0, TOLD).join(', ')}` : '',
    names.length > 0 ? `you hold ${names.slice(0, TOLD).join(', ')}` : '',
    session.last?.next_action ? `next: ${session.last.next_action}` : '',
  ]
  remember(attending, { draft: parts.filter(Boolean).join('; ') || null })
  if (parts.some(Boolean)) attempt(ctx, () => writeDraft(attending, claims, touched))
}

function writeDraft({ ctx, room, id, session }: Attending, claims: Lease[], touched: string[]): void {
  const wrote = touched.length > 0 ? { note: `Files written: ${touched.join(', ')}` } : {}
  const now = ctx.now().wall
  const handoff = composeHandoff(session, null, wrote, claims.map(handedClaim), `draft-${id}`, now)
  putDraft(room, id, renderHandoff(room, draftOf(handoff)))
}
