/** What a request tells of who calls. Asked anew at each: one server may serve several threads. */
import { VENDORS } from '../../protocol/hooks/event.ts'

export interface Caller {
  /** The agent's own ids (`vendor:id`) that came with the call, the narrowest first. */
  said: string[]
  /** The name that the client gave itself. */
  client: string | undefined
  /** A directory of the client, where the server was started outside of any repository. */
  cwd: string | undefined
}

/**
 * Codex's ids in the `_meta` of a call: the thread's (`threadId`, or `thread_id` of the turn), then the session's, which subagents
 * share with their root and which hooks tell (openai/codex#15190, #18093, #21329).
 */
export function saidBy(meta: Record<string, unknown> | undefined): string[] {
  const turn = meta?.['x-codex-turn-metadata']
  const { thread_id, session_id } = (typeof turn === 'object' && turn ? turn : {}) as Record<string, unknown>
  const ids = [meta?.threadId ?? thread_id, session_id]
  return ids.flatMap((id) => (typeof id === 'string' && id !== '' ? [`codex:${id}`] : []))
}

/** Agents that name themselves, those without hooks too. */
const NAMED = [...VENDORS, 'amp', 'opencode']

/** The vendor of a client by the name that it gave itself, or null. */
export function vendorOf(client: string | undefined): string | null {
  const name = client?.toLowerCase() ?? ''
  return NAMED.find((vendor) => name.includes(vendor)) ?? null
}
