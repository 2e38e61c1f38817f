/** What the facts of a report say together: whose processes run, where, who shares what, what to do. */
import { groupBy } from '../groups.ts'
import { atMachine } from '../machines/names.ts'
import { nameOf } from '../names.ts'
import type { Need } from '../needs.ts'
import type { Alert } from '../records.ts'
import type { LifecycleEvent } from './lifecycle.ts'
import { isFileLock, type ReportedSession } from './sessions.ts'

type Kind =
  | 'processes'
  | 'machines'
  | 'siblings'
  | 'context'
  | 'locks'
  | 'alerts'
  | 'needs'
  | 'lifecycle'
  | 'unregistered'

/** One thing seen, and the sessions that it is about. */
export interface Observation {
  kind: Kind
  text: string
  session_ids: string[]
}

/**
 * What observations are made of: the alerts that who asks has not acknowledged, all open conflicts of the room, what else needs
 * somebody. `project` is the repository that the room is of, `day` the UTC day (`2026-11-20`), `others` are names that speak without being registered.
 */
export interface Facts {
  sessions: ReportedSession[]
  alerts: Alert[]
  conflicts: Alert[]
  needs: Need[]
  project: string
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
    ...processes(sessions.filter(({ machine }) => machine === undefined)),
    ...machines(sessions),
    ...siblings(sessions),
    context(sessions),
    locks(facts),
    ...alertsSeen(facts),
    ...needsSeen(facts),
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
  const places = groupBy(sessions, ({ machine, machine_id, host }) =>
    machine ? `@${machine}` : (machine_id ?? host ?? ''),
  )
  if (places.size === 0) return []
  const named = ([first]: ReportedSession[]) =>
    first?.machine
      ? atMachine(first).trim()
      : `\`${first?.machine_id ?? 'unknown'}\` / \`${first?.host ?? 'unknown'}\``
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

function locks({ conflicts, sessions }: Facts): Observation {
  const found = conflicts.filter(({ kind }) => kind === 'file_conflict')
  const count = sessions.flatMap(({ claims }) => claims.filter(isFileLock)).length
  if (found.length === 0)
    return about('locks', `No file lock conflicts detected (${many(count, 'file lock')})`)
  return about(
    'locks',
    `${many(found.length, 'file conflict')}: ${some(
      found.map(({ text }) => text),
      '; ',
    )}`,
    concerned(found),
  )
}

const concerned = (alerts: Alert[]) => [
  ...new Set(alerts.flatMap(({ session_id, session_ids }) => session_ids ?? session_id ?? [])),
]

/** How many acts are recommended at most. */
const MOST = 5

/** The alerts of who asks with what to do; how many more conflicts there are; and that several work in the room's own repository. */
function alertsSeen({ alerts, conflicts, project }: Facts): Observation[] {
  const said = alerts.map(({ kind, text, action }) => {
    const advice = action ? ` — ${action[0]!.toLowerCase()}${action.slice(1)}` : ''
    return `${kind} (${text}${advice})`
  })
  const listed = alerts.length === 0 ? 'No operator alerts' : `${many(alerts.length, 'operator alert')}: `
  const own = (alert: Alert) => alert.kind === 'project_conflict' && alert.project === project
  const others = conflicts.filter((each) => !own(each) && !alerts.some(({ id }) => id === each.id))
  const more =
    others.length === 0 ? '' : `; ${others.length} more open, acknowledged or of others: coord conflicts`
  const shared = conflicts.filter(own).map(({ session_ids }) => {
    const count = `${session_ids?.length ?? 0} sessions`
    const text = `project_conflict: ${project}, the repository of this room, is shared by ${count}; claims keep their tasks apart`
    return about('alerts', text, session_ids ?? [])
  })
  return [about('alerts', `${listed}${some(said, '; ')}${more}`, concerned(alerts)), ...shared]
}

/** What else needs somebody, and the commands that help. */
function needsSeen({ needs }: Facts): Observation[] {
  if (needs.length === 0) return []
  const acts = [...new Set(needs.flatMap(({ act }) => act ?? []))]
  const rest = acts.length > MOST ? `; ${acts.length - MOST} more` : ''
  const advice = acts.slice(0, MOST).map((act) => `\`${act}\``)
  const recommended = acts.length === 0 ? '' : `. Recommended: ${advice.join('; ')}${rest}`
  const kinds = [...groupBy(needs, ({ kind }) => kind)].map(([kind, all]) => `${kind} ${all.length}`)
  const ids = [...new Set(needs.flatMap(({ session_ids }) => session_ids))]
  const what = needs.length === 1 ? '1 thing needs' : `${needs.length} things need`
  return [about('needs', `${what} attention (${kinds.join(', ')})${recommended}`, ids)]
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
