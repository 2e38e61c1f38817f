/** `coord torture`: asks, runs, tells. */
import { CoordError, invalid } from '../../../protocol/errors.ts'
import { answer, contextOf } from '../execute.ts'
import type { Lasting, ParsedCommand } from '../lasting.ts'
import { type Progress, progressOf } from '../progress.ts'
import { clear, makeArena } from './arena.ts'
import { runRemoteTorture } from './remote/run.ts'
import { type Report, runTorture } from './run.ts'

/** What is seen in fewer acts is no verdict; those between clones take a hundred times longer. */
const FEW = { room: 30, clones: 15 }

/** Prints what was measured; throws `violated` with the counter-example. When the signal comes there is no verdict. Nothing is left behind. */
export const tortureDisk: Lasting = async (host, parsed, signal) => {
  const { command, input, globals } = parsed
  const { seconds, processes, place, remote } = askedOf(parsed)
  const ctx = contextOf(host, globals)
  const arena = makeArena(host, globals, place)
  const progress = progressOf('torture', globals, 0)
  try {
    const plan = {
      arena,
      seconds,
      processes,
      seed: Number.parseInt(ctx.random(6), 36),
      onLook: showTime(progress, seconds),
    }
    const report = await (remote ? runRemoteTorture : runTorture)(host, plan, signal)
    progress.clear()
    if (!report) return null
    const { violation, ...measured } = report
    if (violation) throw violated(violation, measured)
    if (measured.acts < FEW[remote ? 'clones' : 'room']) throw tooFew(measured)
    answer(host, command, { held: true, ...measured }, input, globals, ctx)
    return 0
  } finally {
    progress.clear()
    clear(arena)
  }
}

interface Given {
  seconds?: number
  processes?: number
  in?: string
  remote?: boolean
}

function askedOf({ input }: ParsedCommand) {
  const { in: place, remote = false, ...given } = input as Given
  const { usual, most } = remote ? { usual: 4, most: 32 } : { usual: 6, most: 64 }
  const { seconds = 30, processes = usual } = given
  if (seconds > 3600)
    throw invalid('seconds', `seconds ${seconds} is over 3600`, 'Let it run several times instead.')
  if (processes < 2 || processes > most)
    throw invalid(
      'processes',
      `processes ${processes} is not from 2 to ${most}`,
      `Leave the flag out for ${usual}.`,
    )
  return { seconds, processes, place, remote }
}

function violated(
  violation: NonNullable<Report['violation']>,
  measured: Omit<Report, 'violation'>,
): CoordError {
  const { promise, what, story, acts } = violation
  const hint = [
    ...story,
    `seen after ${measured.seconds} s and ${measured.acts} acts, with ${measured.kills} killed and ${measured.stops} stopped`,
    `On the disk of ${measured.place} coord does not keep its promises. Please report it with these lines.`,
  ]
  return new CoordError('violated', what, hint.join('\n'), {
    ...measured,
    held: false,
    promise,
    story,
    counter_example: acts,
  })
}

function tooFew({ acts, seconds }: Omit<Report, 'violation'>): CoordError {
  const message = `only ${acts} acts in ${seconds} s, too few to tell whether the promises hold`
  return new CoordError('busy', message, 'Try again when the machine has less to do, or with more --seconds.')
}

/** The bar, with the seconds that are left. */
const showTime = (progress: Progress, seconds: number) => (elapsed_ms: number) =>
  progress.show(elapsed_ms / seconds / 1000, `${Math.max(0, Math.ceil(seconds - elapsed_ms / 1000))} s left`)
