import { type RemoteStatus, remote } from '../../../operations/remote.ts'
import { visible } from '../../../protocol/escape.ts'
import { nameOf } from '../../../protocol/names.ts'
import { formatRelative, parseInstant } from '../../../protocol/time.ts'
import { defineCommand } from '../command.ts'
import type { Page } from '../page.ts'
import { whoCell } from '../words.ts'

export default defineCommand(remote, {
  positionals: ['action', 'name'],
  examples: [
    ['coord remote setup', 'claims count once origin has taken them'],
    ['coord remote setup upstream', 'another remote than origin'],
    ['coord remote status', 'does it answer, what waits for it'],
    ['coord remote settle', 'offer what waits, read what others hold'],
    ['coord remote off', 'this room decides alone again'],
  ],
  print(result, page, { action }) {
    const { remote: set, settled, pending, already } = result
    if (!set) {
      if (!page.quiet) page.line(noneOf(action, already))
      return
    }
    if (action === 'setup' && !page.quiet)
      page.line(
        `${set.remote} arbitrates claims${already ? ' already' : ' from now on'}, under ${set.prefix}`,
      )
    if (action === 'status') printStatus(result, page)
    if (settled && !page.quiet) {
      const { taken, lost, read, trouble } = settled
      if (action === 'settle' || taken > 0 || read > 0)
        page.line(`${taken} offered and taken, ${read} read from others`)
      page.rows(lost.map(({ detail }) => [{ text: 'lost', role: 'bad', whole: true }, detail]))
      if (trouble)
        page.line(page.paint('warn', `${set.remote} did not answer all: ${visible(trouble.detail)}`))
    }
    if (pending.length > 0 && action !== 'setup') printPending(pending, page)
  },
})

const noneOf = (action: string, already: true | undefined) =>
  action === 'off' && !already
    ? 'this room decides claims alone now; what it holds at the remote goes when it expires'
    : 'no remote is set: this room decides claims alone (coord remote setup)'

function printStatus({ remote: set, behind, round_trip_ms }: RemoteStatus, page: Page): void {
  const { remote: name, prefix, machine, trouble, answered_at, shards, atomic } = set!
  const last = parseInstant(answered_at)
  const lag = behind ? `, ${behind} ${behind === 1 ? 'ref has' : 'refs have'} moved since they were read` : ''
  page.rows([
    [
      { text: 'remote', role: 'muted', whole: true },
      `${name}, ${prefix}/claims; this room is ${machine} there; files over ${shards} ${shards === 1 ? 'ref' : 'refs'}${atomic ? '' : ', no atomic pushes'}`,
    ],
    [
      { text: 'answers', role: 'muted', whole: true },
      trouble
        ? { text: `no (${trouble.kind}): ${visible(trouble.detail)}`, role: 'bad' }
        : { text: `in ${Math.round(round_trip_ms ?? 0)} ms${lag}`, role: 'good' },
    ],
    [
      { text: 'settled', role: 'muted', whole: true },
      last === null ? 'not yet' : formatRelative(last, page.now),
    ],
  ])
}

function printPending(pending: RemoteStatus['pending'], page: Page): void {
  page.line(
    `${pending.length} not taken yet; coord remote settle offers ${pending.length === 1 ? 'it' : 'them'}`,
  )
  page.rows(
    pending
      .slice(0, 50)
      .map((each) => [
        { text: each.what, role: 'warn' as const, whole: true },
        nameOf(each),
        whoCell(each.claimed_by, page),
      ]),
    '  ',
  )
}
