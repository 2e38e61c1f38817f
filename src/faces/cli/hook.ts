/** The bundle for the hooks of agents: one process for each event. Where coord itself fails, the agent goes on. */
import { createContext } from '../../context.ts'
import { attend } from '../../operations/hook.ts'
import { ADAPTERS, VENDORS } from '../../protocol/hooks/adapters.ts'
import { type HookEvent, type HookReply, SILENCE, type Vendor } from '../../protocol/hooks/event.ts'
import { parsePayload, readEvent } from '../../protocol/hooks/read.ts'
import { byteLength } from '../../protocol/names.ts'
import { formatInstant } from '../../protocol/time.ts'
import { noteCost, noteFault } from '../../store/hooks.ts'
import { isRoom, type Room } from '../../store/room.ts'
import { loadTexts } from '../../store/texts.ts'
import { full, lazy } from './bundles.ts'
import { readStdin, write } from './output.ts'

/** The package's version, put in by the build. */
declare const VERSION: string

/** As `main` of main.ts: `hook AGENT` reads a payload from standard input and answers it; anything else is for the full bundle. */
export function main(args: string[], home: string): boolean {
  const [, agent, ...more] = args
  if (!VENDORS.includes(agent as Vendor) || more.length > 0) {
    full().run({ cwd: process.cwd(), env: process.env, home, lists: undefined, lazy }, args, VERSION)
    return false
  }
  const reply = replyTo(agent as Vendor, home)
  write(1, reply.stdout)
  write(2, reply.stderr)
  process.exitCode = reply.code
  return true
}

/** What the agent gets. Nothing is said and nothing stopped where it is no business of coord's, or coord fails. */
function replyTo(agent: Vendor, home: string): HookReply {
  let room: Room | undefined
  let event: HookEvent | null = null
  try {
    const payload = parsePayload(readStdin())
    event = payload && readEvent(agent, payload)
    if (!event) return SILENCE
    const cwd = event.cwd ?? process.cwd()
    const texts = () => loadTexts(home)
    const ctx = createContext({ cwd, env: process.env, lazy, dir: null, session: null, texts })
    if (ctx.root === null || !isRoom(ctx.root)) return SILENCE
    room = ctx.room()
    const { answer, session } = attend(ctx, room, event)
    const reply = ADAPTERS[event.vendor].reply(event, answer)
    if (session) account(room, session, event, reply, ctx.now().wall)
    return reply
  } catch (error) {
    reportFault(room, agent, event, error)
    return SILENCE
  }
}

function account(room: Room, session: string, { kind }: HookEvent, reply: HookReply, now: number): void {
  const ms = Math.round(process.uptime() * 10_000) / 10
  noteCost(room, session, {
    at: formatInstant(now),
    event: kind,
    ms,
    bytes: byteLength(reply.stdout) + byteLength(reply.stderr),
  })
}

/** A fault is noted where doctor finds it; where even that fails, there is nobody to tell. */
function reportFault(room: Room | undefined, agent: Vendor, event: HookEvent | null, error: unknown): void {
  if (!room) return
  const text = String((error as Error)?.stack ?? error).slice(0, 2000)
  try {
    noteFault(room, { at: formatInstant(Date.now()), agent, event: event?.name ?? '', error: text })
  } catch {
    // The room can't be written: doctor tells that as well.
  }
}
