/** From an agent's payload to an event: tolerant of everything, since agents change faster than coord. */
import { ADAPTERS } from './adapters.ts'
import { type HookEvent, objectIn, type Payload, type ToolUse, textIn, type Vendor } from './event.ts'
import { pathsOfPatch } from './patch.ts'

/** A hook's input as an object, or null. Leading byte order marks are dropped: Cursor on Windows sends one or two. */
export function parsePayload(text: string): Payload | null {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF+/, ''))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Payload) : null
  } catch {
    return null
  }
}

/**
 * Whose payload it is. `named` is what the hook's line says; but agents run each other's hooks (Cursor reads those of Claude Code), and
 * the payload tells.
 */
export function vendorOf(named: Vendor, payload: Payload): Vendor {
  if ('cursor_version' in payload || 'conversation_id' in payload) return 'cursor'
  const event = textIn(payload, 'hook_event_name') ?? ''
  if (Object.hasOwn(ADAPTERS[named].events, event)) return named
  if (Object.hasOwn(ADAPTERS.gemini.events, event) && /Tool|Agent|Compress/.test(event)) return 'gemini'
  return 'turn_id' in payload && 'model' in payload ? 'codex' : named
}

/** The event of a payload; null for one that coord does not attend to. */
export function readEvent(named: Vendor, payload: Payload): HookEvent | null {
  const vendor = vendorOf(named, payload)
  const { events, notifications } = ADAPTERS[vendor]
  const name = textIn(payload, 'hook_event_name') ?? ''
  const agent_session = textIn(payload, 'session_id', 'conversation_id')
  if (!Object.hasOwn(events, name) || agent_session === null) return null
  if (name === 'Notification' && !notifications.includes(textIn(payload, 'notification_type') ?? ''))
    return null
  return {
    vendor,
    kind: events[name]!,
    name,
    agent_session,
    cwd: textIn(payload, 'cwd') ?? firstRoot(payload),
    model: textIn(payload, 'model'),
    reason: textIn(payload, 'source', 'reason', 'trigger'),
    tool: toolIn(vendor, payload),
    subagent: subagentIn(payload),
  }
}

function firstRoot({ workspace_roots: roots }: Payload): string | null {
  return Array.isArray(roots) && typeof roots[0] === 'string' ? roots[0] : null
}

function toolIn(vendor: Vendor, payload: Payload): ToolUse | null {
  const name = textIn(payload, 'tool_name')
  // Cursor's shell events tell the command itself, and no tool.
  const isCommand = name === null && textIn(payload, 'command') !== null
  if (isCommand) return { name: 'Shell', does: 'shell', paths: [], id: null }
  if (name === null) return null
  const { writes, shells } = ADAPTERS[vendor]
  const does = writes.includes(name) ? 'write' : shells.includes(name) ? 'shell' : 'other'
  const input = objectIn(payload, 'tool_input')
  return { name, does, paths: does === 'write' ? pathsIn(input) : [], id: textIn(payload, 'tool_use_id') }
}

/** The paths that a writing tool names; of a patch those of its heads. */
function pathsIn(input: Payload | undefined): string[] {
  const path = textIn(input, 'file_path', 'notebook_path', 'path')
  if (path !== null) return [path]
  return pathsOfPatch(textIn(input, 'command', 'patch', 'input') ?? '')
}

function subagentIn(payload: Payload): HookEvent['subagent'] {
  const id = textIn(payload, 'agent_id', 'subagent_id')
  return id === null ? null : { id, type: textIn(payload, 'agent_type', 'subagent_type') ?? 'subagent' }
}
