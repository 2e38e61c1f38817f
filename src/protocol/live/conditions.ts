/** What somebody should be told of a session: the conditions that hold at one look. Alerts are made of their beginnings (alerts.ts). */
import { clip } from '../escape.ts'
import { isSessionId, namesOf } from '../names.ts'
import type { Alert, StatusLine } from '../records.ts'
import { formatInstant, parseInstant } from '../time.ts'
import type { LiveSession, Tails } from './sessions.ts'

type Severity = Alert['severity']

/** How bad each kind is. Others that are not of sessions' liveness may be added; each kind is closed only by who knows it. */
export const SEVERITIES = {
  error: 'critical',
  gone: 'critical',
  silent: 'warning',
  blocked: 'warning',
  waiting: 'warning',
  provisional: 'warning',
  context_90: 'warning',
  context_80: 'notice',
  stale: 'notice',
} as const satisfies Record<string, Severity>
type ConditionKind = keyof typeof SEVERITIES

/** One thing that holds. `since` is an instant that every look at the same files tells alike (ISO 8601). */
export interface Condition {
  kind: ConditionKind
  session_id: string
  severity: Severity
  since: string
  text: string
}

/** Who said this owes no sign of life: it rests, or somebody was told already. */
const RESTS = new Set(['idle', 'completed', 'waiting', 'error'])
/** Whether who said this and holds so many claims owes a sign of life. */
export const owesSign = (status: string, claims: number) => !RESTS.has(status) || claims > 0
const VERBS = { error: 'reports an error', blocked: 'is blocked', waiting: 'waits for its person' } as const
const QUIET = { stale: 'stale', silent: 'silent', gone: 'gone' } as const

/**
 * The conditions of all rows, worst first. Names that only pushed and have left the live view count as gone for as long as it took
 * them to leave (`goneAfter`), so that a look in between tells of it once.
 */
export function conditionsOf(
  sessions: LiveSession[],
  tails: Tails,
  now: number,
  goneAfter: number,
): Condition[] {
  const rows = new Set(sessions.map(({ session_id }) => session_id))
  const found = sessions.flatMap((row) => [
    ...ofRow(row, tails.get(row.session_id) ?? []),
    ...provisionalIn(row, now),
  ])
  for (const [name, lines] of tails)
    if (!rows.has(name) && isSessionId(name)) found.push(...ofPast(name, lines, now, goneAfter))
  return found.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))
}

const ORDER = Object.keys(SEVERITIES)

function ofRow(row: LiveSession, lines: StatusLine[]): Condition[] {
  const { session_id, label, status, message, liveness, context_pct, claims } = row
  const make = (kind: ConditionKind, since: string, text: string): Condition => ({
    ...{ kind, session_id, severity: SEVERITIES[kind], since, text: `${label} ${text}` },
  })
  const found: Condition[] = []
  const sign = row.timestamp ?? row.started_at ?? NEVER
  if (Object.hasOwn(VERBS, status)) {
    const kind = status as keyof typeof VERBS
    found.push(make(kind, sinceOf(lines, status) ?? sign, withMessage(VERBS[kind], message)))
  }
  const said = lines.at(-1)?.status ?? status
  if (Object.hasOwn(QUIET, liveness.level) && owesSign(said, claims.length))
    found.push(
      make(
        liveness.level as keyof typeof QUIET,
        sign,
        withMessage(`is ${liveness.level}, ${liveness.reason}`, message),
      ),
    )
  const context = kindOfContext(context_pct)
  if (context)
    found.push(
      make(context, row.started_at ?? sign, `has used ${Math.round(context_pct ?? 0)} % of its context`),
    )
  return found
}

const HOUR = 3_600_000

/** Claims that a remote has not taken for an hour: others may have them, and nobody here would know. */
function provisionalIn({ session_id, label, claims }: LiveSession, now: number): Condition[] {
  const waiting = claims.flatMap((claim) => {
    const since = parseInstant(claim.provisional_since)
    return since !== null && now - since >= HOUR ? [{ claim, since }] : []
  })
  if (waiting.length === 0) return []
  const since = formatInstant(Math.min(...waiting.map((each) => each.since)))
  const names = clip(namesOf(waiting.map(({ claim }) => claim)), 200)
  const text = `${label} holds ${names} provisionally: the remote has not taken it (coord remote status)`
  return [{ kind: 'provisional', session_id, severity: SEVERITIES.provisional, since, text }]
}

/** A session that never gave a sign. */
const NEVER = formatInstant(0)

function ofPast(name: string, lines: StatusLine[], now: number, goneAfter: number): Condition[] {
  const said = lines.at(-1)
  const sign = parseInstant(said?.timestamp)
  if (!said || sign === null || RESTS.has(said.status) || said.metadata?.event !== undefined) return []
  if (now - sign < goneAfter || now - sign >= 2 * goneAfter) return []
  const text = withMessage(`${name} is gone: it pushes no more`, said.message)
  return [{ kind: 'gone', session_id: name, severity: SEVERITIES.gone, since: formatInstant(sign), text }]
}

function kindOfContext(share: number | null): ConditionKind | null {
  if (share === null || share < 80) return null
  return share < 90 ? 'context_80' : 'context_90'
}

/** Since when it says so: the first of its last lines that do. */
function sinceOf(lines: StatusLine[], status: string): string | null {
  let since: string | null = null
  for (const line of lines.toReversed()) {
    if (line.status !== status) break
    since = line.timestamp
  }
  const time = parseInstant(since)
  return time === null ? null : formatInstant(time)
}

const withMessage = (text: string, message: string | null | undefined) =>
  message ? `${text}: "${message}"` : text

/** The worst of some severities; null for none. */
export function worstOf(severities: Severity[]): Severity | null {
  return (['critical', 'warning', 'notice'] as const).find((each) => severities.includes(each)) ?? null
}
