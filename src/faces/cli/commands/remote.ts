import { type RemoteStatus, remote } from '../../../operations/remote.ts'
import type { SyncStanding } from '../../../operations/syncing/standing.ts'
import { visible } from '../../../protocol/escape.ts'
import { nameOf } from '../../../protocol/names.ts'
import { formatClock, formatRelative, parseInstant } from '../../../protocol/time.ts'
import { defineCommand } from '../command.ts'
import type { Cell, Page } from '../page.ts'
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
    const { remote: set, settled, pending, already, leaving } = result
    if (!set) {
      if (leaving && (!page.quiet || leaving.trouble)) printLeaving(leaving, page)
      else if (!page.quiet) page.line(NONE)
      return
    }
    if (action === 'setup' && !page.quiet)
      page.line(
        `${set.remote} arbitrates claims${already ? ' already' : ' from now on'}, under ${set.prefix}; this room is @${set.machine} there`,
      )
    if (action === 'status') printStatus(result, page)
    if (settled && !page.quiet) {
      const { taken, lost, read, trouble } = settled
      if (action === 'settle' || taken > 0 || read > 0)
        page.line(`${counted(taken, 'claim')} offered and taken, ${counted(read, 'ref')} of others read`)
      page.rows(lost.map(({ detail }) => [{ text: 'lost', role: 'bad', whole: true }, detail]))
      if (trouble)
        page.line(page.paint('warn', `${set.remote} did not answer all: ${visible(trouble.detail)}`))
    }
    if (pending.length > 0 && action !== 'setup') printPending(pending, page)
  },
})

const NONE = 'no remote is set: this room decides claims alone (coord remote setup)'

/** What going without left behind; nothing mostly. */
function printLeaving(leaving: NonNullable<RemoteStatus['leaving']>, page: Page): void {
  const { remote: name, given_back, left_refs, left_claims, left_until, trouble } = leaving
  const own = given_back === 0 ? '' : `; ${counted(given_back, 'claim')} given back at ${name}, going on here`
  page.line(`this room decides claims alone now${own}`)
  if (!trouble) return
  page.line(
    page.paint('warn', `${name} did not let all of it go (${trouble.kind}): ${visible(trouble.detail)}`),
  )
  const until = parseInstant(left_until)
  if (until !== null)
    page.line(`  ${counted(left_claims, 'claim')} there until ${formatClock(until, page.now)} at the latest`)
  for (const ref of left_refs) page.line(`  what this room published: git push ${name} :${ref}`)
}

function printStatus(
  { remote: set, behind, machines_behind, round_trip_ms, sync }: RemoteStatus,
  page: Page,
) {
  const { remote: name, prefix, machine, trouble, answered_at, shards, atomic } = set!
  const lag = [
    behind ? `${counted(behind, 'ref')} of claims moved since read` : '',
    machines_behind ? `${counted(machines_behind, 'machine')} published since read` : '',
  ].filter(Boolean)
  const {
    published_at,
    unpublished,
    waiting = 0,
    waiting_for = [],
    machines = [],
    ...rounds
  } = sync ?? ({} as SyncStanding)
  const shared = `files over ${counted(shards, 'ref')}${atomic ? '' : ', no atomic pushes'}`
  const published = whenOf(published_at ?? null, page)
  const rows: [string, Cell][] = [
    ['remote', `${name}, ${prefix}; this room is @${machine} there; ${shared}`],
    [
      'answers',
      trouble
        ? { text: `no (${trouble.kind}): ${visible(trouble.detail)}`, role: 'bad' }
        : { text: [`in ${Math.round(round_trip_ms ?? 0)} ms`, ...lag].join(', '), role: 'good' },
    ],
    ['settled', whenOf(answered_at, page)],
    ['synced', { text: syncedOf(rounds, page), ...(rounds.failures ? { role: 'bad' as const } : {}) }],
    ['published', `${published}${unpublished ? '; there is something for the next round' : ''}`],
    ...(waiting > 0 ? [['waiting', waitingOf(waiting, waiting_for)] as [string, Cell]] : []),
  ]
  page.rows(rows.map(([label, text]) => [{ text: label, role: 'muted', whole: true }, text]))
  if (machines.length > 0) page.line('machines')
  page.rows(
    machines
      .slice(0, 50)
      .map(({ machine: id, name: called, sessions, at, read_at, trouble: amiss }) => [
        called === null ? `@${id}` : `@${id} ${visible(called)}`,
        counted(sessions, 'session'),
        `published ${whenOf(at, page)}, read ${whenOf(read_at, page)}`,
        ...(amiss ? [{ text: visible(amiss), role: 'warn' as const }] : []),
      ]),
    '  ',
  )
}

/** Mail for ids that no session has; who starts under one gets it. */
function waitingOf(count: number, ids: string[]): string {
  const more = ids.length > FEW ? ` and ${ids.length - FEW} more` : ''
  const named = ids
    .slice(0, FEW)
    .map((id) => visible(id))
    .join(', ')
  return `${counted(count, 'message')} for ${named}${more}: who starts under that id gets it`
}

const FEW = 5

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`

function whenOf(at: string | null, page: Page): string {
  const time = parseInstant(at)
  return time === null ? 'not yet' : formatRelative(time, page.now)
}

function syncedOf({ synced_at, failures, trouble }: Partial<SyncStanding>, page: Page): string {
  const last = whenOf(synced_at ?? null, page)
  return failures ? `${last}; ${counted(failures, 'round')} failed since: ${visible(trouble ?? '')}` : last
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
