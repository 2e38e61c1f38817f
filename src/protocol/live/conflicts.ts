/** Where sessions get in each other's way: two on one project, task, directory or file. Told as alerts (alerts.ts), which close when it is over. */
import { groupBy } from '../groups.ts'
import { fold, nameOf, resourceKey } from '../names.ts'
import { called, type Picture, type SeenSession } from '../picture.ts'
import type { Alert } from '../records.ts'
import { formatInstant, parseInstant } from '../time.ts'
import type { Cause } from './alerts.ts'

/** The kinds, how urgent each is, and what to do; by urgency. */
export const CONFLICTS = {
  project_conflict: { priority: 'critical', action: 'Coordinate task boundaries to avoid overlap' },
  task_conflict: {
    priority: 'critical',
    action: 'One session should take another task, or wait until this one is free',
  },
  cwd_overlap: {
    priority: 'high',
    action: 'One session should work in a subdirectory, or in a worktree of its own',
  },
  file_conflict: { priority: 'high', action: 'Agree who changes it first; the other waits for it' },
} as const
export type ConflictKind = keyof typeof CONFLICTS

const SEVERITY = { critical: 'critical', high: 'warning' } as const

/** Whether an alert tells of a conflict between sessions. */
export const isConflict = ({ kind }: Pick<Alert, 'kind'>): boolean => Object.hasOwn(CONFLICTS, kind)

/** What a conflict is about. */
type Subject = Pick<Alert, 'project' | 'host' | 'cwd' | 'task_id' | 'resource_type' | 'resource_name'>

/** The conflicts of a picture, by kind. Sessions count until they have ended or are gone; names that only push do not. */
export function conflictsOf(picture: Picture): Cause[] {
  const live = picture.active.filter(
    ({ session, liveness }) => session.registered !== false && liveness.level !== 'gone',
  )
  if (live.length < 2) return []
  return [
    ...sharedProjects(live, picture),
    ...tasks(live, picture),
    ...sharedPlaces(live, picture),
    ...files(live, picture),
  ]
}

/** Groups of two and more sessions that say the same of themselves. */
function shared(live: SeenSession[], keyOf: (seen: SeenSession) => string | undefined): SeenSession[][] {
  return [...groupBy(live, keyOf).values()].filter(({ length }) => length > 1)
}

const filled = (text: string | null | undefined) => text || undefined

function sharedProjects(live: SeenSession[], picture: Picture): Cause[] {
  return shared(live, ({ session }) => filled(session.project)).map((group) => {
    const { project } = group[0]!.session
    return together('project_conflict', group, picture, { project }, `are on project ${project}`)
  })
}

function sharedPlaces(live: SeenSession[], picture: Picture): Cause[] {
  const keyOf = ({ session: { machine_id, host, cwd } }: SeenSession) =>
    cwd ? `${machine_id ?? host ?? ''} ${cwd}` : undefined
  return shared(live, keyOf).map((group) => {
    const { cwd, host } = group[0]!.session
    return together('cwd_overlap', group, picture, { host, cwd }, `work in ${cwd}`)
  })
}

/** Two on one task: by its id in their heartbeats, or one was refused what the other holds. */
function tasks(live: SeenSession[], picture: Picture): Cause[] {
  const working = live.filter(({ state }) => state === 'working')
  const said = shared(working, ({ session }) => filled(session.last?.task_id)).map((group) => {
    const task_id = group[0]!.session.last?.task_id
    return together('task_conflict', group, picture, { task_id }, `work on task ${task_id}`, saidAt)
  })
  return [...said, ...refused('task_conflict', picture, (type) => type !== 'file')]
}

/** Two on one file: both wrote it, or one was refused what the other holds. A file is told once, by the refusal. */
function files(live: SeenSession[], picture: Picture): Cause[] {
  const met = refused('file_conflict', picture, (type) => type === 'file')
  const told = new Set(met.map(({ resource_name }) => fold(resource_name ?? '')))
  const writers = new Map<string, SeenSession[]>()
  for (const seen of live.filter(({ state }) => state === 'working'))
    for (const name of new Set(seen.session.last?.files_touched))
      writers.set(fold(name), [...(writers.get(fold(name)) ?? []), seen])
  const both = [...writers].filter(([name, group]) => group.length > 1 && !told.has(name))
  return [
    ...met,
    ...both.map(([key, group]) => {
      const name = group[0]!.session.last?.files_touched?.find((each) => fold(each) === key) ?? key
      const subject = { resource_type: 'file', resource_name: name }
      return together('file_conflict', group, picture, subject, `wrote ${nameOf(subject)} lately`, saidAt)
    }),
  ]
}

/** The refused claims that still matter (openRefusals), one conflict for each resource. */
function refused(kind: ConflictKind, picture: Picture, isOfKind: (type: string) => boolean): Cause[] {
  const open = picture.records.refusals.filter(({ resource_type }) => isOfKind(resource_type))
  const byName = groupBy(open, ({ resource_type, resource_name }) =>
    resourceKey(resource_type, resource_name),
  )
  return [...byName.values()].map((refusals) => {
    const { resource_type, resource_name, holder } = refusals[0]!
    const wanted = [...new Set(refusals.map(({ by }) => by))].sort()
    const who = listed(wanted, picture)
    const text = `${who} ${wanted.length > 1 ? 'want' : 'wants'} ${nameOf({ resource_type, resource_name })}, which ${called(picture, holder)} holds`
    const since = Math.min(...refusals.map(({ at }) => at))
    return causeOf(kind, [...wanted, holder], since, text, { resource_type, resource_name })
  })
}

/** As many sessions are named in one sentence. */
const NAMED = 3

/** Sessions by what they are called: `a`, `a and b`, `a, b and c`, `a, b and 5 more`. */
function listed(ids: string[], picture: Picture): string {
  const labels = ids.slice(0, NAMED).map((id) => called(picture, id))
  if (ids.length > NAMED) labels.splice(NAMED - 1, 1, `${ids.length - NAMED + 1} more`)
  const last = labels.pop() ?? ''
  return labels.length === 0 ? last : `${labels.join(', ')} and ${last}`
}

const startedAt = ({ session }: SeenSession) => parseInstant(session.started_at) ?? 0
/** When a session last said what it does: what two say of themselves has not begun before. */
const saidAt = (seen: SeenSession) => parseInstant(seen.session.last?.timestamp) ?? startedAt(seen)

/** What a group does together, since the second of them began (`beganAt`). */
function together(
  kind: ConflictKind,
  group: SeenSession[],
  picture: Picture,
  subject: Subject,
  what: string,
  beganAt = startedAt,
): Cause {
  const ids = group.map(({ session }) => session.session_id).sort()
  const begun = group.map(beganAt).sort((a, b) => a - b)
  return causeOf(kind, ids, begun[1]!, `${listed(ids, picture)} ${what}`, subject)
}

function causeOf(
  kind: ConflictKind,
  session_ids: string[],
  since: number,
  text: string,
  subject: Subject,
): Cause {
  const { priority, action } = CONFLICTS[kind]
  return {
    kind,
    session_id: null,
    session_ids,
    severity: SEVERITY[priority],
    priority,
    since: formatInstant(since),
    text,
    action,
    ...subject,
  }
}

/** What an alert is about, in words, with what it is called. */
export function subjectOf(alert: Subject): [name: string, value: string] | null {
  if (alert.project) return ['Project', alert.project]
  if (alert.cwd) return ['CWD', alert.cwd]
  if (alert.task_id) return ['Task', alert.task_id]
  const { resource_type, resource_name } = alert
  if (!resource_type || !resource_name) return null
  return resource_type === 'file'
    ? ['File', resource_name]
    : ['Resource', nameOf({ resource_type, resource_name })]
}

/** Whether a conflict needs somebody now, and what else needs somebody (needs.ts) does not tell it: refused claims stand there. */
export const isUrgent = (
  alert: Pick<Alert, 'kind' | 'priority' | 'project' | 'resource_name'>,
  repository: string,
) =>
  isConflict(alert) && alert.priority === 'critical' && !alert.resource_name && !isOrdinary(alert, repository)

/** Whether it is no more than that several work in the repository that the room is of, which is what a room is for. */
export const isOrdinary = ({ kind, project }: Pick<Alert, 'kind' | 'project'>, repository: string): boolean =>
  kind === 'project_conflict' && project === repository
