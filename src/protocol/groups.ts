/** Put together what has the same key, in the order in which it comes; what has none is left out. (`Map.groupBy` wants Node 21.) */
export function groupBy<T>(all: T[], keyOf: (one: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const one of all) {
    const key = keyOf(one)
    if (key === undefined) continue
    const group = groups.get(key)
    if (group) group.push(one)
    else groups.set(key, [one])
  }
  return groups
}
