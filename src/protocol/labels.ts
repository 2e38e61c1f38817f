/**
 * What people see in the place of an id: sessions by name, messages by the end of their id. Whatever is shown is accepted wherever
 * it may be typed; what could mean two things, or could not be typed, is shown as its id.
 */
import { visible } from './escape.ts'
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

/** What each of some sessions is called, by id: its name where that means nobody else of them, else its id. */
export function labelsOf(sessions: Session[]): Map<string, string> {
  const labels = new Map<string, string>()
  const bearers = new Map<string, Session[]>()
  for (const session of sessions) {
    const id = session.session_id
    const label = labelOf(session)
    labels.set(id, id)
    if (label !== id) bearers.set(label, [...(bearers.get(label) ?? []), session])
  }
  for (const [name, all] of bearers) {
    const [first, second] = liveFirst(all)
    if (!second && !labels.has(name)) labels.set(first!.session_id, name)
  }
  return labels
}

/** The sessions that a name means: the live ones of that name, else those that ended. */
export function namedBy(name: string, sessions: Session[]): Session[] {
  return liveFirst(sessions.filter((session) => session.name === name))
}

function liveFirst(sessions: Session[]): Session[] {
  const live = sessions.filter((session) => !isEnded(session))
  return live.length > 0 ? live : sessions
}

/**
 * The end of a message's id that names it among `ids`: its last part (four random characters where coord wrote it), or as many parts
 * as it takes to mean no other.
 */
export function shortId(id: string, ids: string[]): string {
  for (let at = id.lastIndexOf('-'); at > 0; at = id.lastIndexOf('-', at - 1)) {
    const end = id.slice(at + 1)
    if (end.length < 4) continue
    if (!ids.some((other) => other !== id && (other.endsWith(end) || other.startsWith(end)))) return end
  }
  return id
}
