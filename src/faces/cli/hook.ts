/** The bundle for the hooks of agents, and for their status line: one process for each event. Where coord itself fails, the agent goes on. */
import { type Context, createContext } from '../../context.ts'
import { attend } from '../../operations/hook.ts'
import { showLine } from '../../operations/statusline.ts'
import { ADAPTERS, VENDORS } from '../../protocol/hooks/adapters.ts'
import { type HookEvent, type HookReply, SILENCE, type Vendor } from '../../protocol/hooks/event.ts'
import { parsePayload, readEvent } from '../../protocol/hooks/read.ts'
import { readLineFacts } from '../../protocol/hooks/statusline.ts'
import { byteLength } from '../../protocol/names.ts'
import { formatInstant } from '../../protocol/time.ts'
import { noteCost, noteFault } from '../../store/hooks.ts'
import { isRoom, type Room } from '../../store/room.ts'
import { loadTexts } from '../../store/texts.ts'
import { full, lazy } from './bundles.ts'
import { isTerminal, readStdin, write } from './output.ts'

/** The package's version, put in by the build. */
declare const VERSION: string

/** As `main` of main.ts: `hook AGENT` and `statusline` read a payload from standard input and answer it; anything else is for the full bundle. */
export function main(args: string[], home: string): boolean {
  const [command, agent, ...more] = args
  const isHook = command === 'hook' && VENDORS.includes(agent as Vendor) && more.length === 0
  if (!isHook && args.length > 1) return help(args, home)
  const reply = isHook ? replyTo(agent as Vendor, home) : lineTo(home)
  if (reply === null) return help(args, home)
  write(1, reply.stdout)
  write(2, reply.stderr)
  process.exitCode = reply.code
  return true
}

function help(args: string[], home: string): false {
  full().run({ cwd: process.cwd(), env: process.env, home, lists: undefined, lazy }, args, VERSION)
  return false
}

/** The status line: an empty one where there is nothing to show, or coord fails. Null: nobody called it as Claude Code does. */
function lineTo(home: string): HookReply | null {
  try {
    if (isTerminal(0)) return null
    const payload = parsePayload(readStdin())
    const facts = payload && readLineFacts(payload)
    const ctx = facts && contextIn(facts.cwd, home)
    if (!ctx || ctx.root === null || !isRoom(ctx.root)) return SILENCE
    const line = showLine(ctx, ctx.room(), facts)
    return { ...SILENCE, stdout: line === '' ? '' : `${line}\n` }
  } catch {
    return SILENCE
  }
}

function contextIn(given: string | null, home: string): Context {
  const cwd = given ?? process.cwd()
  const texts = () => loadTexts(home)
  return createContext({ cwd, env: process.env, lazy, dir: null, session: null, texts })
}

/** What the agent gets. Nothing is said and nothing stopped where it is no business of coord's, or coord fails. */
function replyTo(agent: Vendor, home: string): HookReply {
  let room: Room | undefined
  let event: HookEvent | null = null
  try {
    const payload = parsePayload(readStdin())
    event = payload && readEvent(agent, payload)
    if (!event) return SILENCE
    const ctx = contextIn(event.cwd, home)
    if (ctx.root === null || !isRoom(ctx.root)) return SILENCE
    room = ctx.room()
    const { answer, session } = attend(ctx, room, event, agent)
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
