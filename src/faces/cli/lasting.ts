/** The commands that go on until something happens: which these are, and how a signal ends them. */
import os from 'node:os'
import type { Command } from './command.ts'
import { fail, type Host } from './execute.ts'
import { followInbox } from './follow.ts'
import { serveMcp } from './mcp.ts'
import { monitorRoom } from './monitor/monitor.ts'
import type { Parsed } from './parse.ts'
import { pushToUrl } from './push-url.ts'
import { askFiles } from './query.ts'
import { runHolding } from './run-holding.ts'
import { runAsSession } from './run-session.ts'
import { serveRoom } from './serve.ts'
import { watchSync } from './sync-watch.ts'
import { tortureDisk } from './torture/torture.ts'
import { claimWaiting, waitForFree } from './waiting.ts'
import { watchStatus } from './watch.ts'
import { watchRoom } from './watch-room.ts'

export type ParsedCommand = Parsed & { command: Command }

/** What runs until `signal`; the exit code, or null when the signal ended it. */
export type Lasting = (host: Host, parsed: ParsedCommand, signal: AbortSignal) => Promise<number | null>

/** How to run a command that lasts; null for all others. */
export function lastingOf(host: Host, parsed: ParsedCommand): (() => Promise<void>) | null {
  const { command, input, rest } = parsed
  if (command.name === 'run') return () => runHolding(host, parsed)
  if (rest.length > 0) return () => runAsSession(host, parsed)
  const lasting = {
    claim: input.wait === undefined ? null : claimWaiting,
    wait: waitForFree,
    torture: tortureDisk,
    mcp: serveMcp,
    query: askFiles,
    monitor: monitorRoom,
    serve: serveRoom,
    push: input.url === undefined ? null : pushToUrl,
    inbox: input.follow ? followInbox : null,
    watch: watchRoom,
    sync: input.watch || input.every !== undefined ? watchSync : null,
    status: input.watch ? watchStatus : null,
  }[command.name]
  return lasting ? () => settle(parsed, () => untilSignal((signal) => lasting(host, parsed, signal))) : null
}

async function settle({ globals }: ParsedCommand, run: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await run()
  } catch (error) {
    process.exitCode = fail(error, globals.json ?? false)
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Run until it is done, or a signal ends it: then the exit code is 128 and the signal. */
export async function untilSignal(run: (signal: AbortSignal) => Promise<number | null>): Promise<number> {
  const controller = new AbortController()
  let by: (typeof SIGNALS)[number] = 'SIGINT'
  const stop = (signal: (typeof SIGNALS)[number]) => {
    by = signal
    controller.abort()
  }
  for (const signal of SIGNALS) process.on(signal, stop)
  try {
    return (await run(controller.signal)) ?? 128 + os.constants.signals[by]
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop)
  }
}
