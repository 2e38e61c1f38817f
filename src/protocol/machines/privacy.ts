/** What of a record leaves the machine: nothing that tells of the host, its processes and its places, unless `git.publishHost` is set. */
import { withoutHost } from '../publish.ts'
import type { Message, Session } from '../records.ts'

/**
 * A path from the root or a drive, of two parts and more, that stands for itself in a text, as in `at:/a/b`, `-I/a/b`, `file:///a/b` or the
 * resource `file//a/b`; not what follows a word (`src/a/b`) or names a host (`https://a/b`).
 */
const ABSOLUTE =
  /(?:\bfile:\/\/|(?<![\w.~/\\%-])|(?<=(?<![\w-])-[A-Za-z])|(?<=\bfile\/))(?:~|[A-Za-z]:)?(?:\\\\|[/\\](?!\/))(?:[^\s/\\:'"`<>|,;]+[/\\])+([^\s/\\:'"`<>|,;]*)/g

/** A text in which places below `top` are told from there, and of other absolute paths only the last part. */
export function withoutPlaces(text: string, top: string): string {
  const inside = top === '' ? text : text.replaceAll(`${top}/`, '')
  return inside.replace(ABSOLUTE, (_, last: string) => `…/${last}`)
}

/** The same for every text within a value. */
function deep(value: unknown, top: string): unknown {
  if (typeof value === 'string') return withoutPlaces(value, top)
  if (Array.isArray(value)) return value.map((item) => deep(item, top))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(withoutHost(value as Record<string, unknown>)).map(([key, each]) => [
      withoutPlaces(key, top),
      deep(each, top),
    ]),
  )
}

/** A session as others get it. `top` is the top of its repository. */
export function publicSession(session: Session, top: string): Session {
  const { agent, machine: _machine, ...rest } = deep(session, top) as Session
  if (!agent) return rest
  const { session_id: _own, ...shown } = agent
  return { ...rest, agent: shown }
}

/**
 * A message as others get it: its words as they were written, what programs added without host and places. Of a claim that stays at home
 * programs wrote the words too.
 */
export function publicMessage(message: Message, top: string): Message {
  const { machine: _machine, details, ...rest } = message
  if (details === undefined) return rest as Message
  const { resource, resource_name } = details as Record<string, unknown>
  const isPlace = [resource, resource_name].some((name) => deep(name, '') !== name)
  const shown = isPlace ? (deep(rest, top) as typeof rest) : rest
  return { ...shown, details: deep(details, top) } as Message
}
