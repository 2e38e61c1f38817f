/**
 * What people see in the place of an id: sessions by name, messages by the end of their id. Whatever is shown is accepted wherever
 * it may be typed; what could mean two things, or could not be typed, is shown as its id.
 */
import { visible } from './escape.ts'
import { groupBy } from './groups.ts'
import { atMachine, machineOf } from './machines/names.ts'
import { isReserved } from './names.ts'
import type { Session } from './records.ts'
import { isEnded } from './sessions.ts'

/** Longer names would fill a row; the default id has 23 characters. */
const LONGEST = 40

/** What one session is called as far as it alone tells: its name where that can be typed as it is shown, else its id. */
export function labelOf({ name, session_id }: Session): string {
  return name && canBeTyped(name) ? name : session_id
}

const canBeTyped = (name: string) =>
  name.length <= LONGEST &&
  name === name.trim() &&
  name === visible(name) &&
  !name.startsWith('-') &&
  !isReserved(name)

/** What some sessions are called, by id: those whose name means nobody else of them. The others are called by their ids. */
export function labelsOf(sessions: Session[]): Map<string, string> {
  const labels = new Map<string, string>()
  const bearers = new Map<string, Session[]>()
  for (const session of sessions) {
    const label = labelOf(session)
    if (label !== session.session_id) bearers.set(label, [...(bearers.get(label) ?? []), session])
  }
  if (bearers.size === 0) return labels
  const ids = new Set(sessions.map(({ session_id }) => session_id))
  for (const [name, all] of bearers) {
    const [first, second] = liveFirst(all)
    if (!second && !ids.has(name)) labels.set(first!.session_id, name)
  }
  return labels
}

/** What each of some sessions is shown as, by id: its label, with its machine behind where that is another one. */
export function shownAs(sessions: Session[]): Map<string, string> {
  const labels = labelsOf(sessions)
  return new Map(
    sessions.map((session) => {
      const label = labels.get(session.session_id) ?? session.session_id
      return [session.session_id, machineOf(session) === null ? label : `${label}${atMachine(session)}`]
    }),
  )
}

/** The sessions that a name means: the live ones of that name, else those that ended; of another machine also by `name @machine`, as it is shown. */
export function namedBy(name: string, sessions: Session[]): Session[] {
  const named = liveFirst(sessions.filter((session) => session.name === name))
  if (named.length > 0 || !name.includes('@')) return named
  return liveFirst(sessions.filter((session) => isShownAs(session, name)))
}

/** Whether a text is name or id of a session with its machine behind, as that is called or by its id. */
function isShownAs(session: Session, text: string): boolean {
  const { machine } = session
  return [atMachine(session), atMachine({ machine })].some((shown) => {
    const at = shown.trim()
    const called = text.slice(0, -at.length).trimEnd()
    return at !== '' && text.endsWith(at) && (called === session.session_id || called === session.name)
  })
}

function liveFirst(sessions: Session[]): Session[] {
  const live = sessions.filter((session) => !isEnded(session))
  return live.length > 0 ? live : sessions
}

/** The least that is shown of an id. */
const SHORTEST = 4

/**
 * How messages are named for short among `ids`: by the last part of the id (four random characters where coord wrote it), or as many
 * parts as it takes to mean no other. The ids are sorted out once, for any number of questions.
 */
export function shortIds(ids: string[]): (id: string) => string {
  const starts = groupBy(ids, (id) => id.slice(0, SHORTEST))
  const ends = groupBy(ids, (id) => id.slice(-SHORTEST))
  const meansOther = (end: string, id: string) =>
    (ends.get(end.slice(-SHORTEST)) ?? []).some((other) => other !== id && other.endsWith(end)) ||
    (starts.get(end.slice(0, SHORTEST)) ?? []).some((other) => other !== id && other.startsWith(end))
  return (id) => {
    for (let at = id.lastIndexOf('-'); at > 0; at = id.lastIndexOf('-', at - 1)) {
      const end = id.slice(at + 1)
      if (end.length >= SHORTEST && !meansOther(end, id)) return end
    }
    return id
  }
}

/** The last part of the id of a message just sent: four random characters, which mean another one once in a million. */
export const lastPart = (id: string) => id.slice(id.lastIndexOf('-') + 1)
