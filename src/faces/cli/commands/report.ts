import { report } from '../../../operations/report.ts'
import { visible } from '../../../protocol/escape.ts'
import { dashboard } from '../../../protocol/report/page.ts'
import {
  alertsPage,
  claimsPage,
  lifecyclePage,
  statisticsPage,
  unreadPage,
} from '../../../protocol/report/parts.ts'
import type { WholeReport } from '../../../protocol/report/report.ts'
import { isFileLock } from '../../../protocol/report/sessions.ts'
import { defineCommand } from '../command.ts'
import type { Page } from '../page.ts'

type Answer = ReturnType<typeof report.run>
type Asked = { [K in keyof typeof report.input]?: unknown }

const say = (text: string) => visible(text)

export default defineCommand(report, {
  examples: [
    ['coord report', 'every session in full; goes into the log'],
    ['coord report --no-log', 'the same, writing nothing'],
    ['coord report --alerts', 'what somebody should know'],
    ['coord report --stats --locks', 'two parts of it'],
  ],
  print(result, page, input) {
    if (page.quiet) return
    const pages = isWhole(result)
      ? [dashboard(result, input.verbose ?? false, say)]
      : partsOf(result, input, page)
    for (const [at, lines] of pages.entries()) {
      if (at > 0) page.line()
      for (const line of lines) page.line(line)
    }
    if (result.log) page.line(`Session log entry appended: ${result.log.path}`)
  },
})

const isWhole = (result: Answer): result is Answer & WholeReport => result.observations !== undefined

/** The pages of the parts that were asked for, in the order of the whole. */
function partsOf(result: Answer, { locks, claims, verbose, limit }: Asked, page: Page): string[][] {
  const { stats, alerts, messages, lifecycle } = result
  const full = Boolean(verbose)
  const most = typeof limit === 'number' ? limit : 20
  const held = result.claims ?? []
  const omitted = result.claims_omitted ?? 0
  const ofKind = (kind: 'locks' | 'claims') =>
    claimsPage(
      kind,
      held.filter((claim) => isFileLock(claim) === (kind === 'locks')),
      omitted,
      full,
      say,
    )
  return [
    ...(locks ? [ofKind('locks')] : []),
    ...(claims ? [ofKind('claims')] : []),
    ...(alerts ? [alertsPage(alerts, result.alerts_omitted ?? 0, full, say)] : []),
    ...(messages ? [unreadPage(messages, result.messages_omitted ?? 0, full, page.people.short, say)] : []),
    ...(lifecycle ? [lifecyclePage(lifecycle, result.lifecycle_omitted ?? 0, most, full, say)] : []),
    ...(stats ? [statisticsPage(stats, say)] : []),
  ]
}
