/** `coord monitor`: look, show, tell; again until the signal, or once. */
import type { Context } from '../../../context.ts'
import {
  mayTell,
  newBook,
  noteAlerts,
  noteConflictAlerts,
  pruneAlerts,
} from '../../../operations/alerting.ts'
import { lookTimes } from '../../../operations/looks.ts'
import { type Monitored, monitorOf } from '../../../operations/monitor.ts'
import { CoordError, invalid } from '../../../protocol/errors.ts'
import { visible } from '../../../protocol/escape.ts'
import { factsOf } from '../../../protocol/live/changes.ts'
import type { Alert } from '../../../protocol/records.ts'
import { parseDuration } from '../../../protocol/time.ts'
import type { TailMemory } from '../../../store/tails.ts'
import { answer, contextOf, type Host } from '../execute.ts'
import type { Lasting, ParsedCommand } from '../lasting.ts'
import { isTerminal, write } from '../output.ts'
import { channelsOf, type Teller, tellerOf } from './channels.ts'
import { withPanes } from './panes.ts'
import { drawOn } from './screen.ts'

interface Asked {
  once?: boolean
  'exit-code'?: boolean
  interval?: string
  bell?: boolean
  notify?: boolean
  exec?: string
  webhook?: string
  tmux?: boolean
}

/** What a look answers: the summary, and the alerts that began by it. */
type Seen = Monitored & { alerts?: Alert[] }

const EXITS = { critical: 12, warning: 11, notice: 10 } as const

/** One look with --once or --exit-code; else on a terminal a page drawn over the last one, elsewhere a block for each change, with --json an object on a line. */
export const monitorRoom: Lasting = async (host, parsed, signal) => {
  const asked = parsed.input as Asked
  const every_ms = intervalOf(asked.interval)
  const say = sayOnce()
  const once = asked.once || asked['exit-code']
  const isDrawn = !once && isTerminal(1) && !parsed.globals.json
  const isPassed = (fd: 1 | 2) => !(isDrawn && isTerminal(fd)) && !(fd === 1 && parsed.globals.json)
  const channels = channelsOf(asked, host, isPassed)
  const teller = tellerOf(channels, signal, say)
  const looker = lookerOf(host, parsed, teller, !once || channels.length > 0, say)
  if (!once) return lookOn(host, parsed, every_ms, looker, signal, say)
  const { ctx, seen } = await looker()
  show(host, parsed, seen, ctx)
  await teller.settled()
  return asked['exit-code'] && seen.severity ? EXITS[seen.severity] : 0
}

type Looker = () => Promise<{ ctx: Context; seen: Seen }>

async function lookOn(
  host: Host,
  parsed: ParsedCommand,
  every_ms: number,
  looker: Looker,
  signal: AbortSignal,
  say: Say,
): Promise<null> {
  const { globals } = parsed
  const { root } = contextOf(host, globals).room()
  const screen = isTerminal(1) && !globals.json ? drawOn(host, parsed, signal) : null
  let last = ''
  for await (const _ of lookTimes(root, every_ms, signal)) {
    const looked = await orGone(looker, last === '', say)
    if (!looked || signal.aborted) continue
    const facts = saidBy(looked.seen)
    if (screen) screen(looked.seen, looked.ctx)
    else if (facts !== last) {
      if (last !== '' && !globals.json) write(1, '\n')
      show(host, parsed, looked.seen, looked.ctx)
    }
    last = facts
  }
  return null
}

/** What a look says; alerts are told at the look that they began at. */
function saidBy({ alerts: _alerts, ...seen }: Seen): string {
  return factsOf(seen)
}

/** A bare number is seconds, as the guide writes it. */
function intervalOf(text = '10s'): number {
  const millis = parseDuration(/^\d+$/.test(text) ? `${text}s` : text, 'interval')
  if (millis < 1000 || millis > 3_600_000)
    throw invalid('interval', `--interval "${text}" is not from 1s to 1h`, 'e.g. --interval 5s')
  return millis
}

function show(host: Host, { command, globals }: ParsedCommand, seen: Seen, ctx: Context): void {
  const quiet = { ...ctx, warnings: [] }
  answer(host, command, seen, {}, globals, quiet)
}

/** A look: what is there, the panes of the quiet, and what of it is told. */
function lookerOf(
  host: Host,
  { input, globals }: ParsedCommand,
  teller: Teller,
  keeps: boolean,
  say: Say,
): Looker {
  const tails: TailMemory = new Map()
  const book = newBook()
  let isFirst = true
  return async () => {
    const ctx = contextOf(host, globals)
    const found = monitorOf(ctx, tails)
    const seen: Seen = input.tmux ? await withPanes(found, ctx.room(), host.env, say) : found
    if (keeps) {
      if (isFirst) pruneAlerts(ctx)
      isFirst = false
      const { began } = noteAlerts(ctx, seen.conditions, book)
      const { open, began: met } = noteConflictAlerts(ctx, book)
      seen.alerts = [...began, ...met]
      teller.tell(open, ctx.room().root, (alert, channel) => mayTell(ctx, alert, channel, book))
    }
    for (const warning of ctx.warnings) say(warning)
    return { ctx, seen }
  }
}

/** What a look gives; null where the room is gone or can't be read now, which is said once. The first look throws. */
async function orGone<T>(look: () => Promise<T>, isFirst: boolean, say: Say): Promise<T | null> {
  try {
    return await look()
  } catch (error) {
    if (isFirst || !(error instanceof CoordError) || error.code === 'bug') throw error
    say(`${error.message}; looking again`)
    return null
  }
}

type Say = (text: string) => void

/** A word on stderr, each once. */
function sayOnce(): Say {
  const said = new Set<string>()
  return (text) => {
    if (said.has(text)) return
    said.add(text)
    write(2, `coord: ${visible(text, 'block')}\n`)
  }
}
