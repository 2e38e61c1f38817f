/**
 * `coord rescue SESSION --take`, as one act that may be repeated after a kill at any moment. The order, and what a crash leaves: the
 * changes are saved (a repetition finds the same ones under their ref); the claims are handed over as any (handing.ts: the next command finishes
 * that); each message is copied under its own id, then called read for the old session (a repetition copies what is still unread, and none twice); the old session is
 * told, by an id that the handoff keeps; and last it is marked as given up. Until then it counts as hung or orphaned, and may be rescued.
 */
import type { Context } from '../context.ts'
import type { Moment } from '../protocol/claims.ts'
import { CoordError } from '../protocol/errors.ts'
import { visible } from '../protocol/escape.ts'
import { handedClaim } from '../protocol/handoffs.ts'
import { labelOf } from '../protocol/labels.ts'
import { messageId } from '../protocol/messages.ts'
import { namesOf } from '../protocol/names.ts'
import type { Handoff, Message, Session } from '../protocol/records.ts'
import { cameBack, isRescueOf, publicEvidence, type RescueNote, rescueIn } from '../protocol/rescue.ts'
import { isSameMove, movedTo, RESCUED } from '../protocol/rescue-mail.ts'
import { isEnded, lastSign } from '../protocol/sessions.ts'
import { formatInstant } from '../protocol/time.ts'
import { noteConflicts } from '../store/conflicts.ts'
import { handoffPath, listHandoffPaths, loadHandoff } from '../store/handoffs.ts'
import { addMessageOnce, loadMessage, mailbox } from '../store/messages.ts'
import { type SavedChanges, saveChanges } from '../store/rescue-ref.ts'
import type { Room } from '../store/room.ts'
import { loadSession, updateSession } from '../store/sessions.ts'
import { appendReceipts } from '../store/status.ts'
import { removeForm } from '../store/status-forms.ts'
import { worktreeOf } from '../store/worktree-look.ts'
import { attempt, recordAct } from './act.ts'
import { whileHanding } from './finishing.ts'
import { backError, handOver } from './handing.ts'
import { composeFor, leaveHandoff } from './leaving.ts'
import { tellLifecycle } from './lifecycle.ts'
import { notifyOnce } from './notify.ts'
import { ownClaims } from './own-claims.ts'
import { directMail, type RescueRow } from './rescue-look.ts'

/** Who rescues: the id of a session, or `human`. */
export interface Rescuer {
  id: string
  session: Session | null
}

export type Handed = Handoff & { path: string }

/** Take over all that is left of a session. Throws `conflict` where another was faster, `busy`. */
export function takeOver(
  ctx: Context,
  room: Room,
  row: RescueRow,
  taker: Session,
  reason: string | null,
  now: Moment,
) {
  const done = whileHanding(ctx, room, now, () => {
    const from = stillThere(room, row, taker.session_id)
    const earlier = rescueHandoff(room, from, taker.session_id)
    const changes = isEnded(from) && earlier ? null : attempt(ctx, () => saveFor(ctx, room, from, now))
    if (changes) warnOf(ctx, changes)
    // To save may have taken long.
    stillThere(room, row, taker.session_id)
    const by = { id: taker.session_id, session: taker }
    const own = ownClaims(ctx, room, from.session_id, now)
    const compose = () => {
      const rescue = noteOf(ctx, row, by, reason, changes?.ref ?? null, now)
      const note = wordsOf(row, labelOf(taker), rescue, changes)
      return { ...composeFor(ctx, room, { from, to: taker }, { note }, own.map(handedClaim), now), rescue }
    }
    const handoff =
      own.length > 0
        ? handOver(ctx, room, compose(), taker.host ?? null, now).handoff
        : (earlier ?? leaveHandoff(ctx, room, compose()))
    if (own.length === 0) stillThere(room, row, taker.session_id)
    const message_ids = moveMail(ctx, room, from.session_id, taker.session_id, now)
    tellRescued(ctx, room, taker, handoff)
    const already = isEnded(from) && earlier !== null && own.length === 0 && message_ids.length === 0
    const session = giveUp(ctx, room, row, from, `taken over by ${labelOf(taker)}`, now)
    return { session, handoff, message_ids, changes: changes ?? null, ...(already ? { already } : {}) }
  })
  const { session, handoff, already } = done
  const claims = handoff.claims.length > 0 ? `: ${namesOf(handoff.claims)}` : ''
  const message = `took over from ${labelOf(session)}${claims}`
  const metadata = { from: session.session_id, handoff: handoff.id }
  if (!already) recordAct(ctx, room, taker, now, { event: 'rescue', message, metadata })
  return done
}

/** The session as it is now. Throws `conflict` where somebody has rescued or ended it since it was looked at, or it came back. */
export function stillThere(room: Room, row: RescueRow, by: string): Session {
  const session = loadSession(room, row.session_id)
  if (!session)
    throw new CoordError('conflict', `session ${row.session_id} was archived meanwhile`, 'Try again.')
  if (isBack(row, session)) throw backError(session)
  if (!isEnded(session) || row.rescue.state === 'completed') return session
  const hint = 'coord rescue --all tells what became of it.'
  throw new CoordError('conflict', `session ${labelOf(session)} ended, or was rescued, meanwhile`, hint, {
    by,
  })
}

/** Whether it gave a sign since it was looked at. */
const isBack = (row: RescueRow, session: Session) => cameBack(row.rescue.state, lastSign(row), session)

/** The handoff of a rescue of this session to `to` that was begun, or done, before; null where there is none. */
export function rescueHandoff(room: Room, session: Session, to: string | null): Handed | null {
  const mark = `-${session.session_id}-`
  for (const file of listHandoffPaths(room).filter((path) => path.includes(mark))) {
    const { handoff } = loadHandoff(room, file)
    if (handoff && isRescueOf(handoff, session, to)) return { path: file, ...handoff }
  }
  return null
}

/** Save what is not committed where a session works; null where there is nothing, or no such place in this repository. */
function saveFor(ctx: Context, room: Room, session: Session, now: Moment): SavedChanges | null {
  const { repository } = ctx
  const top = repository && worktreeOf(session, repository.common)
  return top ? saveChanges(top, session.session_id, now.wall, ctx.gitEnvironment(), [room.root]) : null
}

function warnOf(ctx: Context, { left_out, worktree }: SavedChanges): void {
  for (const each of left_out)
    ctx.warnings.push(`not saved: ${visible(each)}; it stays in ${visible(worktree)}`)
}

/** What the handoff of a rescue keeps of it. */
export function noteOf(
  ctx: Context,
  row: RescueRow,
  by: Rescuer,
  reason: string | null,
  ref: string | null,
  now: Moment,
): RescueNote {
  const notice = messageId(now.wall, by.id, ctx.random(4))
  return { by: by.id, state: row.rescue.state, reason, ref, notice }
}

/** What is said to whoever goes on. */
export function wordsOf(
  { rescue }: RescueRow,
  by: string,
  { reason, state }: RescueNote,
  changes: SavedChanges | null,
): string {
  const why = publicEvidence(rescue.evidence, rescue.process).join('; ')
  const saved = changes ? `Its uncommitted changes are saved: git stash apply ${changes.ref}` : ''
  return [`${by} rescued this session (${state}): ${why}.`, reason ?? '', saved].filter(Boolean).join('\n')
}

/** Its unread mail becomes unread for the taker. Returns the ids. */
function moveMail(ctx: Context, room: Room, from: string, to: string, now: Moment): string[] {
  const mail = directMail(room, from, now.wall).filter(({ message }) => message.from !== to)
  settleOwn(ctx, room, from, to, now)
  return mail.flatMap(({ message }) => {
    const id = message.id!
    const moved = attempt(ctx, () => {
      addOnce(room, movedTo(message, to), id)
      appendReceipts(room, from, [{ at: formatInstant(now.wall), message: id, state: 'read', moved_to: to }])
      return [id]
    })
    return moved ?? []
  })
}

/** What the taker itself wrote to it, or asked it, is settled: nobody is left who would answer. */
function settleOwn(ctx: Context, room: Room, from: string, to: string, now: Moment): void {
  const own = directMail(room, from, now.wall).filter(({ message }) => message.from === to)
  const at = formatInstant(now.wall)
  const receipts = own.map(({ message }) => ({ at, message: message.id!, state: 'acked' as const }))
  attempt(ctx, () => appendReceipts(room, from, receipts))
}

/** Scripts name messages by the minute, so that another one may have this name in the other mailbox: then it gets `-2`, `-3` …. */
function addOnce(room: Room, message: Message, id: string): void {
  for (let copy = 1; ; copy++) {
    const name = copy === 1 ? id : `${id}-${copy}`
    if (addMessageOnce(room, message, name)) return
    const there = loadMessage({ ...room, problems: [] }, mailbox(message.to), name)?.message
    if (there && isSameMove(there, message)) return
  }
}

function tellRescued(ctx: Context, room: Room, taker: Session, handoff: Handed): void {
  const { from, id, claims, path } = handoff
  const rescue = rescueIn(handoff)
  if (!rescue) return
  const what = claims.length > 0 ? `, and holds ${namesOf(claims)}` : ''
  notifyOnce(ctx, room, rescue.notice, {
    from: taker.session_id,
    to: from,
    type: RESCUED,
    subject: `${labelOf(taker)} took over from you${what}`,
    message: `You counted as ${rescue.state}. Stop what you are at, or talk to ${labelOf(taker)}: coord handoff --show ${id.slice(-4)}`,
    details: { handoff: path ?? handoffPath(id) },
    priority: 'high',
  })
}

const PATIENCE_MS = 7000

/** Mark a session as given up, and how that came (`taken over by ada`), unless it came back; should it do so later, its next act makes it active again. Throws `busy`. */
export function giveUp(
  ctx: Context,
  room: Room,
  row: RescueRow,
  session: Session,
  how: string,
  now: Moment,
): Session {
  const ended_at = formatInstant(now.wall)
  const change = (current: Session): Session =>
    isEnded(current) || isBack(row, current)
      ? current
      : { ...current, status: 'abandoned', waiting_for: null, ended_at, ended_how: how }
  const written = updateSession(room, session, change, PATIENCE_MS)
  if (written && isEnded(written)) removeForm(room, session.session_id)
  if (written?.ended_at === ended_at && !isEnded(session)) tellLifecycle(ctx, room, written, 'ended')
  if (written) {
    attempt(ctx, () => noteConflicts(room, ctx.now()))
    return written
  }
  const what = `the file of session ${session.session_id} is locked by another process`
  throw new CoordError('busy', what, 'Repeat the command: what is done already stays done.')
}
