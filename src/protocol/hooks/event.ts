/** What happens in an agent, and what coord says to it: in one form for all agents. */

/** `before-tool` and `after-tool` surround each use of a tool; `permission`: the agent waits for its person; `idle`: its turn is over. */
export type HookKind =
  | 'start'
  | 'prompt'
  | 'before-tool'
  | 'after-tool'
  | 'permission'
  | 'idle'
  | 'compact'
  | 'subagent-start'
  | 'subagent-stop'
  | 'end'

/** The agents with hooks: the one list of them, for how they are read (adapters.ts), installed (../agents/table.ts) and known as callers. */
export const VENDORS = ['claude', 'codex', 'gemini', 'cursor'] as const
export type Vendor = (typeof VENDORS)[number]

/** A use of a tool: what it does to files, and to which, as the agent named them (absolute, or relative to `cwd`). */
export interface ToolUse {
  name: string
  does: 'write' | 'shell' | 'other'
  paths: string[]
  /** The agent's own id of this use, where it tells one. */
  id: string | null
}

export interface HookEvent {
  vendor: Vendor
  kind: HookKind
  /** The event as the agent calls it: replies must repeat it. */
  name: string
  /** The agent's own session id. */
  agent_session: string
  cwd: string | null
  model: string | null
  /** Why it starts or ends: startup, resume, clear, compact, logout … */
  reason: string | null
  tool: ToolUse | null
  subagent: { id: string; type: string } | null
}

/** What coord has to say: text for the model, or why a use of a tool must not happen. Null: nothing. */
export interface HookAnswer {
  context: string | null
  deny: string | null
}

/** What the hook's process prints, and its exit code. */
export interface HookReply {
  stdout: string
  stderr: string
  code: number
}

export const SILENCE: HookReply = { stdout: '', stderr: '', code: 0 }

/** A payload as it was parsed: anything may be missing or of another type. */
export type Payload = Record<string, unknown>

/** A text field of a payload, the first that is there, or null. */
export function textIn(payload: Payload | undefined, ...names: string[]): string | null {
  for (const name of names) {
    const value = payload?.[name]
    if (typeof value === 'string' && value !== '') return value
  }
  return null
}

/** An object field of a payload, or undefined. */
export function objectIn(payload: Payload, name: string): Payload | undefined {
  const value = payload[name]
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Payload) : undefined
}
