import { torture } from '../../../operations/torture.ts'
import type { Speed } from '../../../protocol/torture/measure.ts'
import { defineCommand } from '../command.ts'
import type { Report } from '../torture/run.ts'

export default defineCommand(torture, {
  examples: [
    ['coord torture', 'half a minute on the disk of your room, which it leaves alone'],
    ['coord torture --in /mnt/share --seconds 120', 'on another disk, and longer'],
  ],
  print(result, page) {
    const { seconds, place, processes, acts, acts_per_second, takeovers, kills, stops, clocks_set, speed } =
      result as object as Omit<Report, 'violation'>
    page.line('held: one holder at a time, growing tokens, nothing lost, nothing torn')
    if (page.quiet) return
    page.line(
      `${acts} acts of ${processes} processes and of commands in ${seconds} s, ${acts_per_second} a second, on the disk of ${place}`,
    )
    const clocks = clocks_set
      ? 'clocks set by up to an hour'
      : 'no clocks set, as this machine has no boot clock'
    page.line(`${kills} killed, ${stops} stopped, ${takeovers} takeovers, ${clocks}`)
    page.line()
    page.rows([
      ['act', ...['times', 'p50', 'p99'].map((text) => ({ text, right: true }))],
      ...Object.entries(speed).map(([kind, { count, p50_ms, p99_ms }]: [string, Speed]) => [
        kind,
        ...[String(count), `${p50_ms} ms`, `${p99_ms} ms`].map((text) => ({ text, right: true })),
      ]),
    ])
  },
})
