/** `coord run TYPE NAME -- CMD`: hold a claim while a command runs, and stop the command when the claim is lost. */
import path from 'node:path'
import { claimToHold, type Kept, keepHeld, type Obtained, stillRuns } from '../../operations/hold.ts'
import { release } from '../../operations/release.ts'
import { CoordError, invalid } from '../../protocol/errors.ts'
import { parseDuration } from '../../protocol/time.ts'
import { monotonic } from '../../store/pid-lock.ts'
import { treeMark } from '../../store/process-tree.ts'
import { type Child, requireCommand, startChild } from './child.ts'
import { contextOf, fail, type Host } from './execute.ts'
import { type ParsedCommand, untilSignal } from './lasting.ts'
import { stopWhole } from './stopping.ts'
import { tellProgress } from './waiting.ts'

const NOT_OBTAINED = 75
const BEAT_MS = 60_000
/** How soon a loss is noticed at the latest, however long the term. */
const LOOK_MS = 5000

/** Claim, run, release. Exits like the command; 75 or `--conflict-code` when the claim is not obtained, 1 when it is lost. */
export async function runHolding(host: Host, parsed: ParsedCommand): Promise<void> {
  const { globals, input, rest } = parsed
  const conflict = input['conflict-code'] === undefined ? NOT_OBTAINED : Number(input['conflict-code'])
  try {
    if (conflict > 255)
      throw invalid('conflict-code', `conflict-code ${conflict} is over 255`, 'Exit codes are 0 to 255.')
    if (rest.length > 0) requireCommand(host, rest[0]!)
    process.exitCode = await untilSignal(async (signal) => {
      const claimed = await obtain(host, parsed, signal)
      if (claimed && signal.aborted && !claimed.already) giveBack(host, globals, claimed)
      return claimed && !signal.aborted ? await hold(host, parsed, claimed) : null
    })
  } catch (error) {
    const held = error instanceof CoordError && error.code === 'held'
    // The table's exit for `held` is another one, so that the answer tells it.
    if (held) Object.assign(error.details, { exit: conflict })
    const exit = fail(error, globals.json ?? false)
    process.exitCode = held ? conflict : exit
  }
}

async function obtain(
  host: Host,
  { input, globals, command, rest }: ParsedCommand,
  signal: AbortSignal,
): Promise<Obtained | null> {
  const ctx = contextOf(host, globals)
  if (rest.length === 0) command.operation.run(ctx, input as never)
  const { wait, ...given } = input as { wait?: string; type: string; name: string }
  const progress = tellProgress(globals, ctx)
  const inLine = (at_most_ms: number) => ({ at_most_ms, signal, onLook: progress.look })
  try {
    return await claimToHold(ctx, given, wait === undefined ? null : inLine(parseDuration(wait, 'wait')))
  } finally {
    progress.clear()
  }
}

async function hold(host: Host, { rest, globals }: ParsedCommand, claimed: Obtained): Promise<number> {
  const child = startChild(host, rest, treeMark(host.env))
  const keeper = keep(host, globals, claimed, child, path.basename(rest[0]!))
  let lost: unknown = null
  try {
    const exit = await child.ended
    lost = await keeper.stop()
    return lost ? fail(lost, globals.json ?? false) : exit
  } finally {
    await keeper.stop()
    if (!lost && !claimed.already) giveBack(host, globals, claimed)
  }
}

/**
 * Look every few seconds, and four times a term at least. A renewal that fails for another reason than loss is tried again until a quarter of the term is left:
 * then the command is stopped, since it must not outlive its claim.
 */
function keep(host: Host, globals: ParsedCommand['globals'], kept: Kept, child: Child, what: string) {
  let until = monotonic() + kept.term_ms
  let lost: unknown = null
  let stopped = Promise.resolve()
  let told = monotonic()
  const stop = (error: unknown) => {
    if (lost) return
    lost = error
    clearInterval(timer)
    stopped = stopWhole(child)
  }
  const renew = () => {
    const before = monotonic()
    try {
      until = before + keepHeld(contextOf(host, globals), kept)
    } catch (error) {
      const gone = error instanceof CoordError && ['lost', 'not_owner', 'not_found'].includes(error.code)
      if (gone || before > until - kept.term_ms / 4) stop(error)
    }
    if (lost || before - told < BEAT_MS) return
    told = before
    beat(host, globals, what)
  }
  const timer = setInterval(renew, Math.max(50, Math.min(LOOK_MS, kept.term_ms / 4)))
  return {
    /** Keep it no longer; why it was lost, or null. When it was, all that the command started has come to its end. */
    async stop() {
      clearInterval(timer)
      await stopped
      return lost
    },
  }
}

/** A sign of life; that it can't be given is no reason to stop the command. */
function beat(host: Host, globals: ParsedCommand['globals'], what: string): void {
  try {
    stillRuns(contextOf(host, globals), what)
  } catch (error) {
    fail(error, false)
  }
}

function giveBack(host: Host, globals: ParsedCommand['globals'], { resource, token }: Kept): void {
  try {
    const { resource_type: type, resource_name: name } = resource
    release.run(contextOf(host, globals), { type, name, token, 'no-announce': true })
  } catch (error) {
    fail(error, false)
  }
}
