/** The one thing that a row of "needs attention" offers, read from the command that helps. */
import type { Need } from '../../../protocol/needs.ts'

export type Act =
  | { kind: 'message'; to: string }
  | { kind: 'answer'; id: string }
  | { kind: 'decide'; id: string }
  | { kind: 'claim'; type: string; name: string }
  | { kind: 'copy'; command: string }
  | { kind: 'open'; id: string }

/**
 * What the button of a need does: write to whom it names, answer, claim for somebody, else copy its command; open the page of who reads no
 * mail (`reads`); null without any.
 */
export function actOf({ act, session_ids }: Need, reads: (id: string) => boolean = () => true): Act | null {
  const [, verb, first, second] = act === null ? [] : wordsOf(act)
  if (verb === 'reply' && first) return { kind: 'answer', id: first }
  if (verb === 'send' && first) return { kind: 'message', to: session_ids[0] ?? first }
  if (verb === 'claim' && first && second) return { kind: 'claim', type: first, name: second }
  if (act !== null) return { kind: 'copy', command: act }
  const [to] = session_ids.slice(-1)
  if (to === undefined) return null
  return reads(to) ? { kind: 'message', to } : { kind: 'open', id: to }
}

/** What stands on the button. */
export const LABELS: Record<Act['kind'], string> = {
  message: 'Message',
  answer: 'Answer',
  decide: 'Grant or refuse',
  claim: 'Claim for…',
  copy: 'Copy command',
  open: 'Open',
}

/** The words of a command as needs.ts writes it: single quotes keep what they hold, `'\''` is a quote. */
export function wordsOf(command: string): string[] {
  const parts = command.match(/(?:'[^']*'|\\'|"[^"]*"|[^\s'"\\])+/g) ?? []
  return parts.map((part) =>
    part.replace(/'([^']*)'|"([^"]*)"|\\'/g, (_, single, double) => single ?? double ?? "'"),
  )
}
