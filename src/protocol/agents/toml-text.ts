/**
 * What Codex's config.toml says of hooks, as far as a look at its lines tells; it is never written. Sources: developers.openai.com/codex/hooks
 * (`[features] hooks`, earlier `codex_hooks`); openai/codex#20321 (`[hooks.state."FILE:EVENT:GROUP:HANDLER"]` with `trusted_hash`).
 */

/** Whether it switches all hooks off. */
export function hooksOff(toml: string): boolean {
  let table = ''
  for (const line of toml.split('\n').map((each) => each.trim())) {
    table = /^\[([^[\]]+)\]/.exec(line)?.[1]?.trim() ?? table
    const [, key] = /^([\w.]+)\s*=\s*false\b/.exec(line) ?? []
    if (key && /^features\.(codex_)?hooks$/.test(table === '' ? key : `${table}.${key}`)) return true
  }
  return false
}

/** Whether the hooks of some events in a file were never trusted. */
export function untrusted(toml: string, file: string, events: string[]): boolean {
  const inSnakes = events.map((event) => event.replace(/\B[A-Z]/g, '_$&').toLowerCase())
  return inSnakes.some((event) => !toml.includes(`${file}:${event}:`))
}
