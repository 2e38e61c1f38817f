import { torture } from '../../../operations/torture.ts'
import type { Speed } from '../../../protocol/torture/measure.ts'
import { defineCommand } from '../command.ts'
import type { Report } from '../torture/run.ts'

const HELD_ABROAD =
  'held: one holder at a time among all clones, growing tokens, each message once, no clone touched'

export default defineCommand(torture, {
  examples: [
    ['coord torture', 'half a minute on the disk of your room, which it leaves alone'],
    ['coord torture --in /mnt/share --seconds 120', 'on another disk, and longer'],
    ['coord torture --remote', 'clones as on four machines, with a remote of their own'],
  ],
  print(result, page) {
    const report = result as object as Omit<Report, 'violation'>
    const { seconds, place, processes, acts, acts_per_second, takeovers, kills, stops, remote } = report
    const { clocks_set, speed } = report
    page.line(remote ? HELD_ABROAD : 'held: one holder at a time, growing tokens, nothing lost, nothing torn')
    if (page.quiet) return
    const who = remote ? `${processes} clones` : `${processes} processes and of commands`
    page.line(`${acts} acts of ${who} in ${seconds} s, ${acts_per_second} a second, on the disk of ${place}`)
    const clocks = clocks_set
      ? 'clocks set by up to an hour'
      : 'no clocks set, as this machine has no boot clock'
    page.line(`${kills} killed, ${stops} stopped, ${takeovers} takeovers, ${clocks}`)
    if (remote)
      page.line(
        `the remote was away ${remote.partitions} times, ${remote.provisional} claims provisional; git killed ${remote.git_killed} times, stopped ${remote.git_stopped}, with its process ${remote.crashes}`,
      )
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
