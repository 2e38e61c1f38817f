/** The bundle for the hooks of agents, and for their status line: one process for each event. Where coord itself fails, the agent goes on. */
import { type Context, createContext } from '../../context.ts'
import { attend } from '../../operations/hook.ts'
import { accountHook, noteHookFault } from '../../operations/hook-accounts.ts'
import { showLine } from '../../operations/statusline.ts'
import { ADAPTERS } from '../../protocol/hooks/adapters.ts'
import { type HookEvent, type HookReply, SILENCE, VENDORS, type Vendor } from '../../protocol/hooks/event.ts'
import { parsePayload, readEvent } from '../../protocol/hooks/read.ts'
import { readLineFacts } from '../../protocol/hooks/statusline.ts'
import { quote } from '../../protocol/needs.ts'
import { isOnPath } from '../../store/on-path.ts'
import { isRoom } from '../../store/room.ts'
import { loadTexts } from '../../store/texts.ts'
import { full, lazy } from './bundles.ts'
import { isTerminal, readStdin, write } from './output.ts'

/** The package's version, put in by the build. */
declare const VERSION: string

/**
 * As `main` of main.ts: `hook AGENT` and `statusline` read a payload from standard input, of which `begun` has come already, and answer it;
 * anything else is for the full bundle.
 */
export function main(args: string[], home: string, begun?: Buffer): boolean {
  const [command, agent] = args
  const denial = command === 'hook' && VENDORS.includes(agent as Vendor) ? denialCode(args.slice(2)) : null
  const isLine = command === 'statusline' && args.length === 1
  if (denial === null && !isLine) return help(args, home)
  const reply = denial === null ? lineTo(home) : replyTo(agent as Vendor, home, begun)
  if (reply === null) return help(args, home)
  write(1, reply.stdout)
  write(2, reply.stderr)
  process.exitCode = reply.code === 0 ? 0 : (denial ?? 0)
  return true
}

/** The exit code of a denial: agents want 2, a line that lets everything else pass tells another. Null: these flags are for the full bundle. */
function denialCode(flags: string[]): number | null {
  if (flags.length === 0) return 2
  const [flag, code = '', ...more] = flags
  return flag === '--deny-code' && /^[1-9]\d{0,2}$/.test(code) && more.length === 0 ? Number(code) : null
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

/** What runs this coord, where the agent's shell would not find it by its name; null where it does. */
function coordHere(): string | null {
  if (process.platform === 'win32' || isOnPath('coord', process.env.PATH ?? '')) return null
  // As the hook's line names Node: where that is a link, the file behind it goes with the next upgrade.
  const node = process.argv0.startsWith('/') ? process.argv0 : process.execPath
  return `${quote(node)} ${quote(process.argv[1]!)}`
}

/** What the agent gets. Nothing is said and nothing stopped where it is no business of coord's, or coord fails. */
function replyTo(agent: Vendor, home: string, begun?: Buffer): HookReply {
  let ctx: Context | undefined
  let event: HookEvent | null = null
  try {
    const payload = parsePayload(readStdin(begun))
    event = payload && readEvent(agent, payload)
    if (!event) return SILENCE
    ctx = contextIn(event.cwd, home)
    if (ctx.root === null || !isRoom(ctx.root)) return SILENCE
    const { answer, session } = attend(ctx, ctx.room(), event, agent, coordHere)
    const reply = ADAPTERS[event.vendor].reply(event, answer)
    if (session) accountHook(ctx, ctx.room(), session, event, reply, process.uptime() * 1000)
    return reply
  } catch (error) {
    noteHookFault(ctx, agent, event?.name ?? '', error)
    return SILENCE
  }
}
