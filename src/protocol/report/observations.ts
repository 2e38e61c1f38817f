/** What the facts of a report say together: whose processes run, where, who shares what, what to do. */
import { groupBy } from '../groups.ts'
import { nameOf } from '../names.ts'
import type { ReportedAlert } from './alerts.ts'
import type { LifecycleEvent } from './lifecycle.ts'
import { isFileLock, type ReportedSession } from './sessions.ts'

/** One thing seen, and the sessions that it is about. */
export interface Observation {
  kind: 'processes' | 'machines' | 'siblings' | 'context' | 'locks' | 'alerts' | 'lifecycle' | 'unregistered'
  text: string
  session_ids: string[]
}

/** What observations are made of. `day` is the UTC day (`2026-11-20`), `others` are names that speak without being registered. */
export interface Facts {
  sessions: ReportedSession[]
  alerts: ReportedAlert[]
  lifecycle: LifecycleEvent[]
  others: string[]
  day: string
}

/** How many of a list are named in one sentence, and how many sentences say the same of others. */
const NAMED = 10

/** The first of a list, and how many more there are. */
const some = (texts: string[], between = ', ') =>
  [...texts.slice(0, NAMED), ...(texts.length > NAMED ? [`… ${texts.length - NAMED} more`] : [])].join(
    between,
  )

const idsOf = (sessions: ReportedSession[]) => sessions.map(({ session_id }) => session_id)
const many = (count: number, one: string, several = `${one}s`) => `${count} ${count === 1 ? one : several}`

/** The observations of a report, always in the same order; what there is nothing to say of is left out. */
export function observe(facts: Facts): Observation[] {
  const { sessions, others } = facts
  const unknown =
    others.length === 0
      ? []
      : [about('unregistered', `Not registered, but heard of: ${some(others)}`, others)]
  return [
    ...processes(sessions),
    ...machines(sessions),
    ...siblings(sessions),
    context(sessions),
    locks(facts),
    alertsSeen(facts),
    lifecycleSeen(facts),
    ...unknown,
  ]
}

const about = (kind: Observation['kind'], text: string, session_ids: string[] = []): Observation => ({
  ...{ kind, text, session_ids },
})

/** A pid proves nothing: that its process began when the record says does. */
function processes(sessions: ReportedSession[]): Observation[] {
  if (sessions.length === 0) return []
  const known = sessions.filter(({ pid }) => pid !== null)
  const alive = known.filter(({ process }) => process === 'alive')
  const listed = (found: ReportedSession[]) =>
    some(found.map(({ session_id, pid }) => (pid === null ? session_id : `${session_id} (${pid})`)))
  const dead = known.filter(({ process }) => process === 'dead')
  const unsure = known.filter(({ process }) => process === 'unknown')
  const unnamed = sessions.filter(({ pid }) => pid === null)
  const parts = [
    ...(known.length > 0 ? [`${share(alive.length, known.length)} confirmed alive by start time`] : []),
    ...(dead.length > 0 ? [`no such process any more: ${listed(dead)}`] : []),
    ...(unsure.length > 0 ? [`can't be told from this machine: ${listed(unsure)}`] : []),
    ...(unnamed.length > 0 ? [`no PID known: ${listed(unnamed)}`] : []),
  ]
  return [about('processes', parts.join('; '), idsOf([...dead, ...unsure, ...unnamed]))]
}

function share(alive: number, known: number): string {
  if (alive < known) return `${alive} of ${many(known, 'PID')}`
  return known === 1 ? 'The one PID known' : `All ${known} PIDs`
}

function machines(sessions: ReportedSession[]): Observation[] {
  const places = groupBy(sessions, ({ machine_id, host }) => machine_id ?? host ?? '')
  if (places.size === 0) return []
  const named = ([first]: ReportedSession[]) =>
    `\`${first?.machine_id ?? 'unknown'}\` / \`${first?.host ?? 'unknown'}\``
  if (places.size > 1) {
    const parts = [...places.values()].map((there) => `${named(there)}: ${some(idsOf(there))}`)
    return [about('machines', `Sessions on ${places.size} machines: ${some(parts, '; ')}`, idsOf(sessions))]
  }
  const who =
    sessions.length === 1
      ? 'The session is'
      : sessions.length === 2
        ? 'Both sessions'
        : `All ${sessions.length} sessions`
  const where = sessions.length === 1 ? 'on machine' : 'on same machine'
  return [about('machines', `${who} ${where} (${named(sessions)})`)]
}

/** Sessions that go on with one conversation of an agent have its id, or the very UUID, in common. */
function siblings(sessions: ReportedSession[]): Observation[] {
  const shared = (what: string, keyOf: (session: ReportedSession) => string | null) =>
    [...groupBy(sessions, (session) => keyOf(session) ?? undefined)]
      .filter(([, group]) => group.length > 1)
      .map(([key, group]) =>
        about(
          'siblings',
          `${some(idsOf(group), ' + ')} share ${what} \`${key}\`: /continue siblings`,
          idsOf(group),
        ),
      )
  const continued = sessions.flatMap(({ session_id, parent }) =>
    parent === null ? [] : [about('siblings', `${session_id} was begun by ${parent}`, [session_id])],
  )
  const found = [
    ...shared('session UUID', ({ session_uuid }) => session_uuid),
    ...shared("the agent's session id", ({ agent }) => agent.session_id),
    ...continued,
  ]
  if (found.length === 0 && sessions.length > 1)
    return [about('siblings', 'No two sessions share a UUID: no /continue siblings')]
  const others = found.slice(NAMED)
  const ids = others.flatMap(({ session_ids }) => session_ids)
  const rest = others.length > 0 ? [about('siblings', `… ${others.length} more such groups`, ids)] : []
  return [...found.slice(0, NAMED), ...rest]
}

function context(sessions: ReportedSession[]): Observation {
  const own = sessions.find(({ asks }) => asks)
  if (!own) return about('context', 'This report was asked for by none of these sessions')
  const work = own.current_work ? ` works on ${own.current_work}` : ' has told no work'
  const held = own.claims.length === 0 ? 'holds nothing' : `holds ${some(own.claims.map(nameOf))}`
  const text = `This session is ${own.session_id}: it${work}, ${held}, ${many(own.unread, 'unread message')}`
  return about('context', text, [own.session_id])
}

const OF_LOCKS = ['refused', 'same-target', 'file_conflict']

function locks({ alerts, sessions }: Facts): Observation {
  const found = alerts.filter(({ kind }) => OF_LOCKS.includes(kind))
  const count = sessions.flatMap(({ claims }) => claims.filter(isFileLock)).length
  if (found.length === 0)
    return about('locks', `No file lock conflicts detected (${many(count, 'file lock')})`)
  const ids = [...new Set(found.flatMap(({ session_ids }) => session_ids))]
  return about(
    'locks',
    `${many(found.length, 'conflict')}: ${some(
      found.map(({ text }) => text),
      '; ',
    )}`,
    ids,
  )
}

/** How many acts are recommended at most. */
const MOST = 5

function alertsSeen({ alerts }: Facts): Observation {
  if (alerts.length === 0) return about('alerts', 'No operator alerts: nothing needs anybody')
  const kinds = [...groupBy(alerts, ({ kind }) => kind)].map(([kind, all]) => `${kind} ${all.length}`)
  const acts = [...new Set(alerts.flatMap(({ act }) => act ?? []))]
  const rest = acts.length > MOST ? `; ${acts.length - MOST} more` : ''
  const advice = acts.slice(0, MOST).map((act) => `\`${act}\``)
  const recommended = acts.length === 0 ? '' : `. Recommended: ${advice.join('; ')}${rest}`
  const ids = [...new Set(alerts.flatMap(({ session_ids }) => session_ids))]
  return about('alerts', `${many(alerts.length, 'operator alert')} (${kinds.join(', ')})${recommended}`, ids)
}

function lifecycleSeen({ lifecycle, sessions, day }: Facts): Observation {
  const today = lifecycle.filter(({ at }) => at.startsWith(day))
  const live = new Set(idsOf(sessions))
  const started = today.filter(({ event, session_id }) => event === 'started' && live.has(session_id))
  const ended = today.filter(({ event }) => event === 'ended')
  const resumed = new Set(
    today.filter(({ event }) => event === 'resumed').map(({ session_id }) => session_id),
  )
  const text = [
    `${many(started.length, 'active session')} started today`,
    ...(resumed.size > 0 ? [`${resumed.size} resumed`] : []),
    `${ended.length} ended`,
  ]
  return about('lifecycle', `Session lifecycle: ${text.join(', ')}`)
}
