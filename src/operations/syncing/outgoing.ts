/** What this machine publishes: one commit without a parent on its own ref, only when something changed. */
import path from 'node:path'
import type { Context } from '../../context.ts'
import { toFiles } from '../../protocol/machines/bundle.ts'
import { isWorthPublishing, nextSeq, withoutSigns } from '../../protocol/machines/rounds.ts'
import type { RemoteTrouble } from '../../protocol/remote/answers.ts'
import { formatInstant, parseInstant } from '../../protocol/time.ts'
import { sha256 } from '../../store/entropy.ts'
import { gather } from '../../store/foreign/gather.ts'
import { idsHere } from '../../store/foreign/machines.ts'
import { type Progress, saveProgress } from '../../store/foreign/progress.ts'
import { listStates, pushState, type Wire } from '../../store/foreign/wire.ts'
import { writeCommit } from '../../store/remote/objects.ts'
import { lastSetting } from '../../store/remote/setting.ts'
import type { Room } from '../../store/room.ts'
import type { Sent } from './round.ts'

export interface Outgoing {
  published: boolean
  sessions: number
  sent: Sent
  /** What was left out for being too much. */
  omitted: number
  /** Why it could not be published. */
  trouble: RemoteTrouble | null
  /** What was found at the own ref that this clone did not put there. */
  surprise: string | null
}

/** What is there to publish: the content, how much was left out, and the hashes by which a change is known. Reads only. */
export function contentNow(
  ctx: Context,
  room: Room,
  { receipts: before }: Pick<Progress, 'receipts'>,
  arrived: Set<string>,
) {
  const top = path.dirname(room.root)
  const copied = parseInstant(lastSetting(room)?.copied_at) ?? 0
  const gathering = { isHere: idsHere(room), now: ctx.now().wall, arrived, before, top, copied }
  const { omitted, ...content } = gather(room, gathering)
  const name = room.config.git.publishHost ? ctx.at.host() : null
  const whole = sha256(JSON.stringify([name, content]))
  const matter = sha256(JSON.stringify([name, { ...content, sessions: content.sessions.map(withoutSigns) }]))
  return { content, omitted, name, whole, matter }
}

/** Publish what changed since `progress`, which is updated; `head` is what the remote has now (null: nothing), `arrived` the mail of others. */
export function publishOwn(
  ctx: Context,
  room: Room,
  wire: Wire,
  progress: Progress,
  head: string | null,
  arrived: Set<string>,
): Outgoing {
  const now = ctx.now().wall
  const { content, omitted, name, whole, matter } = contentNow(ctx, room, progress, arrived)
  const frame = { machine: wire.machine, seq: 0, at: '', name }
  const surprise = surpriseOf(progress, head)
  const { sessions, messages, receipts } = content
  const fresh = {
    messages: newIn(
      messages.map(({ id }) => id!),
      progress.mail,
    ),
    receipts: 0,
  }
  const answer: Outgoing = {
    ...{ published: false, sessions: sessions.length, omitted, trouble: null, surprise },
    sent: { messages: 0, receipts: 0 },
  }
  if (surprise === null && !isWorthPublishing(progress.published, { whole, matter }, now)) return answer
  const seq = nextSeq(progress.seq, now)
  const files = toFiles({ ...frame, seq, at: formatInstant(now), ...content })
  const entries = [...files].map(([path, text]) => ({ path, text }))
  const commit = writeCommit(wire.far, entries, `State of ${wire.machine}`, now)
  // Told before it is done, so that a lost answer, or a kill, is no surprise later.
  Object.assign(progress, { seq, pushed: [...progress.pushed, commit], commits: progress.commits + 1 })
  saveProgress(room, progress)
  const trouble = push(wire, commit, head)
  if (trouble) return { ...answer, trouble }
  fresh.receipts = newIn(receipts.map(keyOf), progress.receipts.map(keyOf))
  Object.assign(progress, {
    published: { whole, matter, at: now },
    mail: messages.map(({ id }) => id!),
    receipts,
  })
  return { ...answer, published: true, sent: fresh }
}

const keyOf = (receipt: object) => JSON.stringify(receipt)

function newIn(ids: string[], before: string[]): number {
  const known = new Set(before)
  return ids.filter((id) => !known.has(id)).length
}

/** Push; where the ref was moved meanwhile, once more from where it is: nobody else writes it. */
function push(wire: Wire, commit: string, head: string | null): RemoteTrouble | null {
  const first = pushState(wire, commit, head)
  if (first.ok) return null
  const listed = listStates(wire)
  if (!listed.ok) return first.trouble
  const found = listed.result.heads.get(wire.machine) ?? null
  if (found === commit) return null
  if (first.trouble.kind !== 'lease' || found === head) return first.trouble
  const second = pushState(wire, commit, found)
  return second.ok ? null : second.trouble
}

/** What it means that the remote has another commit than the last one that this clone published; null where it has that. */
function surpriseOf({ pushed, published }: Progress, head: string | null): string | null {
  if (published === null || head === pushed.at(-1)) return null
  if (head === null) return 'our ref was not at the remote any more'
  return pushed.includes(head)
    ? 'the remote had an older state of ours'
    : 'somebody else had published as this machine: is this clone a copy of another one?'
}
