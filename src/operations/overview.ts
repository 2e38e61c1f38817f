/** The whole picture that faces show which stay: page, terminal view, monitor, streams. */
import type { Context } from '../context.ts'
import { liveSessions, summarizeLive } from '../protocol/live/sessions.ts'
import { look } from '../protocol/picture.ts'
import { formatInstant } from '../protocol/time.ts'
import type { AlertMemory } from '../store/alerts.ts'
import { repositoryOf } from '../store/room.ts'
import { readEverything } from '../store/snapshot.ts'
import { readTails, type TailMemory } from '../store/tails.ts'
import { betweenIn } from './between.ts'
import { allNeeds } from './conflict-needs.ts'
import { withoutProcess } from './hanging.ts'
import { unreadOf } from './inbox.ts'
import { defineOperation } from './operation.ts'
import { withPushers } from './pushers.ts'
import { limited, seenClaim } from './views.ts'

/** How many unread messages are named. */
const UNREAD = 500

const PERSON = { id: null, agent: false }

/** What is shown of a room: rows of every kind, at one moment. */
export type Overview = ReturnType<typeof overviewOf>

/**
 * The overview as the person of the room sees it; reads only. `project` is the directory that the room lies in. `memory` is kept between looks by those who look again: only what
 * changed is read then. Claims come by expiry, messages of the last hour oldest first, at most 500; `unread` are the
 * person's, of whatever age. Throws `not_initialized`.
 */
export function overviewOf(ctx: Context, memory: TailMemory = new Map()) {
  const room = ctx.room()
  const now = ctx.now()
  const tails = readTails(room, memory)
  const { records: read, pushing, ...known } = readEverything(room, now, true)
  const records = withPushers(room, { records: read, pushing }, now.wall, tails)
  const picture = look(records, now, room.config)
  ctx.labels = picture.labels
  const sessions = liveSessions(picture, tails, withoutProcess(picture))
  const needs = allNeeds(room, picture, PERSON)
  const said = limited(
    picture.records.messages.toSorted((a, b) => a.sent - b.sent).map(({ message }) => message),
    500,
    'last',
  )
  const unread = unreadOf({ ...room, problems: [] }, 'human', now.wall, known)
  return {
    now: formatInstant(now.wall),
    project: repositoryOf(room),
    summary: summarizeLive(sessions),
    needs,
    sessions,
    claims: picture.claims.map(seenClaim),
    messages: said.kept,
    acked: [...records.acked],
    unread: unread.length,
    unread_ids: unread.slice(-UNREAD).map(({ message }) => message.id ?? ''),
    problems: records.problems,
    unregistered: records.unregistered,
    mailboxes: records.mailboxes,
    ...betweenIn(room, picture, needs, { files: alertFilesOf(memory), tails }),
  }
}

/** What was read of alerts, for as long as the memory of who looks again. */
const alertFiles = new WeakMap<TailMemory, AlertMemory>()

function alertFilesOf(memory: TailMemory): AlertMemory {
  const files = alertFiles.get(memory) ?? new Map()
  alertFiles.set(memory, files)
  return files
}

/** `coord overview`: the same as an operation of its own, for HTTP and the library. */
export const overview = defineOperation({
  name: 'overview',
  summary: 'Everything that the live views show, at one moment.',
  writes: false,
  input: {},
  run: (ctx) => overviewOf(ctx),
})
