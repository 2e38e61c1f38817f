/** What leaves the machine with `coord commit`: records without the fields that tell of host, places and processes. */

const PRIVATE = ['host', 'machine_id', 'pid', 'pid_started', 'boot_id', 'pid_ns', 'tty', 'cwd', 'worktree']

/** A session or claim as it is published. */
export function withoutHost<T extends Record<string, unknown>>(record: T): Partial<T> {
  const left = Object.entries(record).filter(([name]) => !PRIVATE.includes(name))
  const shown = left.map(([name, value]) => [
    name,
    name === 'waiting_for' && value ? withoutHost(value as Record<string, unknown>) : value,
  ])
  return Object.fromEntries(shown) as Partial<T>
}
