/** One value that many look at. */
import { useEffect, useState } from 'preact/hooks'

export interface Observable<T> {
  get(): T
  set(change: Partial<T>): void
  subscribe(listener: () => void): () => void
}

/** A value whose parts are replaced, and who is told of it. */
export function observable<T extends object>(value: T): Observable<T> {
  const listeners = new Set<() => void>()
  return {
    get: () => value,
    set(change) {
      value = { ...value, ...change }
      for (const listener of [...listeners]) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** A part of an observable in a component, which is drawn again when just this part is another. */
export function usePart<T extends object, P>(source: Observable<T>, part: (value: T) => P): P {
  const [, redraw] = useState<unknown>(null)
  const seen = part(source.get())
  useEffect(() => {
    let last = seen
    const look = () => {
      const next = part(source.get())
      if (Object.is(next, last)) return
      last = next
      redraw({})
    }
    look()
    return source.subscribe(look)
  })
  return seen
}
