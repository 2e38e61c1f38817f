/** What the part of the address behind `#` means. */

export type Route = { view: 'room' } | { view: 'session'; id: string }

/** The view that a hash names; anything unknown is the room. */
export function routeOf(hash: string): Route {
  const id = /^#\/session\/([^/]+)$/.exec(hash)?.[1]
  try {
    return id ? { view: 'session', id: decodeURIComponent(id) } : { view: 'room' }
  } catch {
    return { view: 'room' }
  }
}

/** The hash of a session's own page. */
export function hashOf(id: string): string {
  return `#/session/${encodeURIComponent(id)}`
}

/** The token in a hash, as `coord serve` prints it; null where there is none. */
export function tokenIn(hash: string): string | null {
  return /^#token=([\w.~-]+)$/.exec(hash)?.[1] ?? null
}
