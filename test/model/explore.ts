/** Breadth first through everything that can happen: a state and what may follow it go in, the shortest way to a fault comes out. */

export interface Next<State> {
  state: State
  text: string
  /** What this step broke, if anything. */
  fault?: string | null
}

export interface Found {
  fault: string | null
  /** How it came to the fault, a line a step. */
  trace: string[]
  states: number
  /** Whether every state that can be reached was seen. */
  complete: boolean
}

/** Explore all states from `start`, at most `limit`. States are told apart by their keys. */
export function explore<State>(
  start: State,
  successors: (state: State) => Next<State>[],
  keyOf: (state: State) => string = JSON.stringify,
  limit = Infinity,
): Found {
  const seen = new Set([keyOf(start)])
  const queue: (State | null)[] = [start]
  const from = [{ parent: -1, text: '' }]
  const traceTo = (at: number) => {
    const trace: string[] = []
    for (let step = at; step > 0; step = from[step]!.parent) trace.push(from[step]!.text)
    return trace.reverse()
  }
  for (let at = 0; at < queue.length && at < limit; at++) {
    const state = queue[at]!
    queue[at] = null
    for (const { state: after, text, fault } of successors(state)) {
      if (fault) return { fault, trace: [...traceTo(at), text], states: at, complete: false }
      const key = keyOf(after)
      if (seen.has(key)) continue
      seen.add(key)
      queue.push(after)
      from.push({ parent: at, text })
    }
  }
  return { fault: null, trace: [], states: queue.length, complete: queue.length < limit }
}
