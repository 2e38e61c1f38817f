import { invalid } from '../protocol/errors.ts'
import { actsOf, readPastTime } from '../protocol/history.ts'
import { shownAs } from '../protocol/labels.ts'
import { lanesOf, ticksOf } from '../protocol/live/timeline.ts'
import { atMachine } from '../protocol/machines/names.ts'
import type { Lease, Session } from '../protocol/records.ts'
import { formatInstant } from '../protocol/time.ts'
import { listLeases } from '../store/claims.ts'
import { asTold } from '../store/foreign/kept.ts'
import { withForeign } from '../store/foreign/machines.ts'
import { listEverySession, readHistoriesSince } from '../store/history.ts'
import type { Room } from '../store/room.ts'
import { messagesSince, slotsSince } from '../store/span.ts'
import { defineOperation } from './operation.ts'

const DAY = 86_400_000

/**
 * `timeline`: who did what in a span of time, as lanes of phases, silences and claims, and the messages as ticks. Archived sessions too;
 * reads only. Throws `invalid` for a span that ends before it begins.
 */
export const timeline = defineOperation({
  name: 'timeline',
  summary: 'What every session did in a span of time, as lanes.',
  writes: false,
  input: {
    from: { kind: 'text', help: 'its begin: a time, or how long ago (default: a day before its end)' },
    to: { kind: 'text', help: 'its end (default: now)' },
    limit: { kind: 'count', help: 'at most so many lanes (default 1000)' },
  },
  run(ctx, given) {
    const room = ctx.room()
    const now = ctx.now().wall
    const to = given.to === undefined ? now : readPastTime(given.to, now, 'to')
    const span = { from: given.from === undefined ? to - DAY : readPastTime(given.from, now, 'from'), to }
    if (span.from >= to)
      throw invalid('from', 'the span ends before it begins', 'e.g. --from 4h, or --from 9:00 --to 12:00')
    const silent = { ...room, problems: [] }
    const sessions = listEverySession(silent)
    const past = readHistoriesSince(silent, span.from)
    const leases = asTold(silent, listLeases(silent, now))
    const told = {
      ...{ sessions, leases, labels: labelsFor(withForeign(silent, sessions, now), leases) },
      acts: new Map([...past.lines].map(([id, lines]) => [id, actsOf(id, lines)])),
      domains: slotsTold(silent, slotsSince(silent, span.from)),
    }
    const { messages, omitted } = ticksOf(messagesSince(silent, span.from), span)
    const drawn = lanesOf(told, span, room.config.sessions, given.limit ?? 1000)
    return {
      ...{ now: formatInstant(now), from: formatInstant(span.from), to: formatInstant(to) },
      ...{ lanes: drawn.lanes, messages },
      ...(drawn.omitted > 0 ? { omitted: drawn.omitted } : {}),
      ...(past.unread > 0 ? { unread_bytes: past.unread } : {}),
      ...(omitted > 0 ? { messages_omitted: omitted } : {}),
    }
  },
})

/** What lanes are called; holders of other machines that are not known yet by what their claims tell. */
function labelsFor(sessions: Session[], leases: Lease[]): Map<string, string> {
  const labels = shownAs(sessions)
  for (const lease of leases) {
    const { claimed_by: id } = lease
    if (!labels.has(id)) labels.set(id, `${id}${atMachine(lease)}`)
  }
  return labels
}

/** The slots of domains with their claims as readers are told of them: what was kept for a session here is in its lane. */
const slotsTold = (room: Room, domains: ReturnType<typeof slotsSince>): ReturnType<typeof slotsSince> =>
  new Map(
    [...domains].map(([domain, slots]) => [
      domain,
      slots.map(({ n, slot }) => ({ n, slot: { ...slot, claims: asTold(room, slot.claims) } })),
    ]),
  )
