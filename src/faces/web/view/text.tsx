/** Foreign text, times and symbols as every view shows them. Text is only ever text: nothing here makes HTML of it. */
import { visible } from '../../../protocol/escape.ts'
import { formatClock, formatInstant, formatRelative, parseInstant } from '../../../protocol/time.ts'
import { LIVENESS_ROLES, LIVENESS_SYMBOLS, STATE_ROLES, STATE_SYMBOLS } from '../../../protocol/words.ts'
import { useNow } from '../model/clock.ts'

/** A text that somebody wrote: control and bidirectional characters are spelled out, its direction stays its own. */
export function Say({ text, lines = false }: { text: string | null | undefined; lines?: boolean }) {
  return <bdi class={lines ? 'lines' : undefined}>{visible(text ?? '', lines ? 'block' : 'line')}</bdi>
}

/** `2m ago`, `in 1h 10m`; the whole time when pointed at. */
export function Ago({ at }: { at: string | null | undefined }) {
  const now = useNow()
  const time = parseInstant(at)
  if (time === null) return <span class="muted">never</span>
  return (
    <time dateTime={formatInstant(time)} title={formatInstant(time)}>
      {formatRelative(time, now)}
    </time>
  )
}

/** `14:00Z`. */
export function Clock({ at }: { at: string }) {
  const now = useNow()
  const time = parseInstant(at)
  return time === null ? null : <time title={formatInstant(time)}>{formatClock(time, now)}</time>
}

const own = <T,>(table: Record<string, T>, key: string) =>
  Object.hasOwn(table, key) ? table[key] : undefined

/** The symbol of a state, in the colour of its part. */
export function StateMark({ status, word = false }: { status: string; word?: boolean }) {
  const [symbol] = own<readonly [string, string]>(STATE_SYMBOLS, status) ?? ['·']
  return (
    <span class={`mark ${roleOf(status)}`} title={visible(status)}>
      <span aria-hidden="true">{symbol}</span>
      <span class={word ? 'word' : 'unseen'}>
        <Say text={status} />
      </span>
    </span>
  )
}

/** The part that colour plays for a state. */
export function roleOf(status: string): string {
  return own<string>(STATE_ROLES, status) ?? 'muted'
}

/** The symbol of how alive a session is, with the reason when pointed at; `doubt` is a word that says more. */
export function LivenessMark({
  level,
  reason,
  doubt = null,
}: {
  level: string
  reason: string
  doubt?: string | null
}) {
  const [symbol] = own<readonly [string, string]>(LIVENESS_SYMBOLS, level) ?? ['·']
  const isFine = level === 'fresh' && doubt === null
  const role = level === 'fresh' && !isFine ? 'warn' : (own<string>(LIVENESS_ROLES, level) ?? 'muted')
  return (
    <span class={`mark ${role}`} title={visible(`${level}: ${reason}`)}>
      <span aria-hidden="true">{symbol}</span>
      <span class={isFine ? 'unseen' : 'word'}>{doubt ?? level}</span>
    </span>
  )
}
