/** What the person does from the screen, as the operations of the command line: written as human, which no agent may be. */
import type { Context } from '../../context.ts'
import { ack } from '../../operations/ack.ts'
import { alerts } from '../../operations/alerts.ts'
import { claim } from '../../operations/claim.ts'
import { reply } from '../../operations/reply.ts'
import { request } from '../../operations/request.ts'
import { send } from '../../operations/send.ts'
import { CoordError } from '../../protocol/errors.ts'
import { clip } from '../../protocol/escape.ts'
import { KEPT_MS } from '../../protocol/remote/kept.ts'
import { formatClock, formatSpan, parseInstant } from '../../protocol/time.ts'
import { asCoordError } from '../../store/disk.ts'
import type { Effect, State } from './state.ts'

type Act = Exclude<Effect, { kind: 'quit' | 'stop' }>

/** Do it; what to tell of it. A refusal is told with its way out. Throws what is a fault of coord. */
export function perform(contextOf: () => Context, act: Act): NonNullable<State['notice']> {
  try {
    const ctx = contextOf()
    const text = done(ctx, act)
    return { text: [text, ...ctx.warnings].join('; '), role: 'good' }
  } catch (thrown) {
    const error = asCoordError(thrown)
    if (!(error instanceof CoordError) || error.code === 'bug') throw error
    return { text: [error.message, error.hint].filter(Boolean).join(' – '), role: 'bad' }
  }
}

/** The subject is what a list shows of a message. */
const SUBJECT = 72

function done(ctx: Context, act: Act): string {
  if (act.kind === 'reply') {
    reply.run(ctx, { id: act.id, message: act.text, as: 'human' })
    return 'answered'
  }
  if (act.kind === 'acknowledge') {
    if ('message' in act) ack.run(ctx, { id: act.message, as: 'human' })
    else alerts.run(ctx, { id: [act.alert], acknowledge: true, as: 'human' })
    return 'acknowledged'
  }
  if (act.kind === 'grant' || act.kind === 'refuse') {
    const own = { ...ctx, at: { ...ctx.at, flagSession: act.session } }
    const { id } = act
    const done = request.run(own, act.kind === 'grant' ? { grant: id } : { refuse: id, reason: act.reason })
    if ('kept_for' in done) return `kept for it for ${formatSpan(KEPT_MS)}, until it claims it`
    return act.kind === 'grant' ? 'granted' : 'refused'
  }
  if (act.kind === 'send') {
    const [first = ''] = act.text.trim().split('\n')
    const subject = clip(first, SUBJECT)
    const rest = subject === act.text.trim() ? {} : { message: act.text }
    send.run(ctx, { to: act.to, subject, ...rest, as: 'human', 'to-unknown': true })
    return act.to === 'broadcast' ? 'sent to all' : `sent to ${ctx.labels?.get(act.to) ?? act.to}`
  }
  const { claim: got } = claim.run(ctx, { type: act.type, name: [act.name] }) as { claim: Got }
  const end = parseInstant(got.expires_at)
  return `claimed ${act.type}/${act.name}${end === null ? '' : ` until ${formatClock(end, ctx.now().wall)}`}`
}

interface Got {
  expires_at: string
}
