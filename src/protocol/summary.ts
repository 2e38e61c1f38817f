/** `index.json` for programs: one entry per session in the shape of the seed MON-001, with the whole record as `detail`. */
import type { Picture, SeenSession } from './picture.ts'
import { formatInstant, instantText } from './time.ts'

const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0)

/** The fields that MON-001 names. */
const entryOf = ({ session, liveness, sign }: SeenSession) => ({
  session_id: session.session_id,
  task: session.current_work ?? '',
  context_pct: number(session.context?.percentage),
  agents: number(session.agents?.active),
  status: liveness.level === 'fresh' ? 'active' : liveness.level,
  updated_at: sign === null ? '' : instantText(sign, session.last_seen),
})

/** How many sessions are told whole: a file of a megabyte, written at each act, would be of no use to anybody. */
const WHOLE = 100

/**
 * The text of `index.json`. `details` are the stored texts of the session records by id, put in as they are, of the 100 that were seen
 * last; ended sessions are left out. True at `updated_at`; programs that come later recompute ages.
 */
export function indexText(picture: Picture, details: Map<string, string>): string {
  const active = picture.active
  const whole = picture.records.whole ?? ((session) => session)
  const detailOf = ({ session }: SeenSession) =>
    details.get(session.session_id)?.trimEnd() ?? JSON.stringify(whole(session))
  const entries = active.map((seen, at) => {
    const text = JSON.stringify(entryOf(seen))
    return at < WHOLE ? `${text.slice(0, -1)},"detail":${detailOf(seen)}}` : text
  })
  const head = `{"updated_at":"${formatInstant(picture.now)}","sessions":[`
  return `${head}${entries.join(',\n')}],\n"summary":${JSON.stringify(summarize(active))}}\n`
}

/** MON-001's summary: totals, how many are stale, the fullest context, the machine's load as the latest session saw it. */
function summarize(active: SeenSession[]) {
  const sum = {
    total_sessions: active.length,
    active_sessions: 0,
    stale_sessions: 0,
    total_agents: 0,
    max_context_pct: 0,
    load: null as unknown,
  }
  for (const { session, liveness } of active) {
    if (liveness.level === 'fresh') sum.active_sessions++
    else sum.stale_sessions++
    if (session.agents) sum.total_agents += number(session.agents.active)
    if (session.context)
      sum.max_context_pct = Math.max(sum.max_context_pct, number(session.context.percentage))
    sum.load ??= session.load ?? null
  }
  return sum
}
