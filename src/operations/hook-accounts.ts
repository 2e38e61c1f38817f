/** What hooks leave behind about themselves: what each took, for `coord cost`, and where coord failed, for `coord doctor`. */
import type { Context } from '../context.ts'
import type { HookEvent, HookReply } from '../protocol/hooks/event.ts'
import { byteLength } from '../protocol/names.ts'
import { formatInstant } from '../protocol/time.ts'
import { noteCost, noteFault } from '../store/hooks.ts'
import { isRoom, type Room } from '../store/room.ts'

/** Note what a hook of a session took: `ms` since its process began, and the bytes of its reply. Throws where the room can't be written. */
export function accountHook(
  ctx: Context,
  room: Room,
  session: string,
  { kind }: HookEvent,
  { stdout, stderr }: HookReply,
  ms: number,
): void {
  const at = formatInstant(ctx.now().wall)
  const bytes = byteLength(stdout) + byteLength(stderr)
  noteCost(room, session, { at, event: kind, ms: Math.round(ms * 10) / 10, bytes })
}

const LONGEST = 2000

/** Note a fault of coord in a hook which let its agent, or git, go on; quietly, and only where a room is. `ctx`: null where there was none yet. */
export function noteHookFault(
  ctx: Context | null | undefined,
  agent: string,
  event: string,
  error: unknown,
): void {
  try {
    if (!ctx || ctx.root === null || !isRoom(ctx.root)) return
    const text = String((error as Error | null)?.stack ?? error).slice(0, LONGEST)
    noteFault(ctx.room(), { at: formatInstant(ctx.now().wall), agent, event, error: text })
  } catch {
    // The room can't be read or written: doctor tells that as well.
  }
}
