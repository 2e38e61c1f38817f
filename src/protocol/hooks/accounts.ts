/** What coordination took of an agent's time and attention: hooks by event, with the time of each and the bytes put before the model. */

/** One hook as it was noted: milliseconds since its process began, bytes of its answer. */
export interface HookCost {
  at: string
  event: string
  ms: number
  bytes: number
}

/** Hooks of one kind together. Times in milliseconds; the percentiles are of those that were there (nearest rank). */
export interface Account {
  count: number
  p50_ms: number
  p95_ms: number
  total_ms: number
  bytes: number
}

/** A line of accounts as it should be, or not. */
export function isHookCost(value: unknown): value is HookCost {
  const { at, event, ms, bytes } = (value ?? {}) as Record<string, unknown>
  return (
    typeof at === 'string' &&
    typeof event === 'string' &&
    [ms, bytes].every((each) => typeof each === 'number' && each >= 0)
  )
}

/** The sum of some hooks. */
export function accountOf(costs: HookCost[]): Account {
  const times = costs.map(({ ms }) => ms).sort((a, b) => a - b)
  const rank = (share: number) => times[Math.max(0, Math.ceil(times.length * share) - 1)] ?? 0
  return {
    count: costs.length,
    p50_ms: rank(0.5),
    p95_ms: rank(0.95),
    total_ms: Math.round(times.reduce((sum, ms) => sum + ms, 0) * 10) / 10,
    bytes: costs.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}
