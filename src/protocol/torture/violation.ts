/** A promise that did not hold, with the acts that show it. */
import type { Act } from './acts.ts'

type Promised =
  | 'two_holders'
  | 'token_not_growing'
  | 'claim_lost'
  | 'release_lost'
  | 'claim_stuck'
  | 'message_lost'
  | 'message_twice'
  | 'torn_record'
  | 'broken_act'
  | 'sync_stuck'
  | 'tree_touched'

export interface Violation {
  promise: Promised
  what: string
  acts: Act[]
}

const IN_WORDS: Record<string, (act: Act) => string> = {
  claim: ({ resource, term_ms }) => `claims ${resource} for ${term_ms} ms`,
  renew: ({ resource, term_ms, token }) => `renews ${resource} (token ${token}) for ${term_ms} ms`,
  release: ({ resource, token }) => `releases ${resource} (token ${token})`,
  send: ({ key, to }) => `sends ${key} to ${to}`,
}

/** A counter-example as a short story: what each process asked, what it was told, and when after `start` (both in ms). */
export function tellStory({ acts }: Violation, start: number): string[] {
  const times = (act: Act) =>
    `${seconds(act.at - start)}–${act.answer ? seconds(act.answer.done - start) : '…'} s`
  const rows = acts.map((act) => [times(act), act.lane, `${asked(act)}: ${answered(act)}`])
  const widths = [0, 1].map((at) => Math.max(...rows.map((row) => row[at]!.length)))
  return rows.map(([when, who, what]) => `${when!.padEnd(widths[0]!)}  ${who!.padEnd(widths[1]!)}  ${what}`)
}

const seconds = (ms: number) => (ms / 1000).toFixed(3)
const asked = (act: Act) => IN_WORDS[act.op]?.(act) ?? act.op

function answered({ answer, resource }: Act): string {
  if (!answer) return 'killed before the answer'
  if (answer.torn) return `${answer.torn.path} reads ${JSON.stringify(answer.torn.text)}`
  const holder = answer.holder ? `, held by ${answer.holder.by} with token ${answer.holder.token}` : ''
  if (!answer.ok) return `refused (${answer.code}${holder})${answer.error ? ` ${answer.error}` : ''}`
  const shown = answer.shown && resource ? `token ${answer.shown[resource] ?? 'of nobody'}` : null
  const yet = answer.provisional ? ', provisional' : ''
  const token = `${answer.token === undefined ? 'done' : `token ${answer.token}`}${yet}`
  return shown ?? (answer.took_over ? `${token}, taken over` : token)
}
