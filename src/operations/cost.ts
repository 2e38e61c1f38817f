import { groupBy } from '../protocol/groups.ts'
import { readPastTime, resolveHistory } from '../protocol/history.ts'
import { type Account, accountOf, type HookCost } from '../protocol/hooks/accounts.ts'
import { labelsOf } from '../protocol/labels.ts'
import { formatInstant, parseInstant } from '../protocol/time.ts'
import { listEverySession } from '../store/history.ts'
import { readCosts } from '../store/hooks.ts'
import { findHere } from './abroad.ts'
import { checkNamed } from './identify.ts'
import { defineOperation } from './operation.ts'

/** What the hooks of a session took, and each event's part of it, the dearest first. */
export interface SessionCost extends Account {
  session_id: string
  session_name: string
  events: (Account & { event: string })[]
}

/** `coord cost`: what coordination took of the sessions' time and attention. Throws `not_found` for a name that nobody has. */
export const cost = defineOperation({
  name: 'cost',
  summary: 'What the hooks took: milliseconds, and bytes put before the model.',
  writes: false,
  input: {
    session_id: { kind: 'text', help: 'only this session, by id or name' },
    since: { kind: 'text', help: 'only since then: 2h, 14:30 (UTC), yesterday' },
  },
  run(ctx, given) {
    const room = ctx.room()
    checkNamed(ctx, room)
    const now = ctx.now().wall
    const since = given.since === undefined ? -Infinity : readPastTime(given.since, now, 'since')
    const everybody = listEverySession({ ...room, problems: [] })
    const costs = readCosts(room)
    const text = given.session_id
    const named = (one: string) => resolveHistory(one, everybody, [...costs.keys()])
    const only = text === undefined ? null : findHere(room, text, now, 'what it cost', () => named(text))
    const wanted = [...costs].filter(([id]) => only === null || id === only)
    const labels = labelsOf(everybody)
    ctx.labels = labels
    const sessions = wanted.flatMap(([id, all]): SessionCost[] => {
      const late = all.filter(({ at }) => (parseInstant(at) ?? 0) >= since)
      return late.length === 0 ? [] : [costOf(id, labels.get(id) ?? id, late)]
    })
    sessions.sort((a, b) => b.total_ms - a.total_ms || (a.session_id < b.session_id ? -1 : 1))
    return { now: formatInstant(now), sessions }
  },
})

function costOf(session_id: string, session_name: string, costs: HookCost[]): SessionCost {
  const events = [...groupBy(costs, ({ event }) => event)].map(([event, part]) => ({
    event,
    ...accountOf(part),
  }))
  events.sort((a, b) => b.total_ms - a.total_ms || (a.event < b.event ? -1 : 1))
  return { session_id, session_name, ...accountOf(costs), events }
}
