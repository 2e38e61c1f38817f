/** The words and symbols of every face, in one table: whoever knows one face knows all. Second symbol: ASCII. */
export const STATE_SYMBOLS = {
  working: ['▶', '>'],
  idle: ['–', '-'],
  blocked: ['■', '#'],
  waiting: ['?', '?'],
  completed: ['✓', 'v'],
  error: ['!', '!'],
} as const

export const LIVENESS_SYMBOLS = {
  fresh: ['●', '*'],
  stale: ['◐', 'o'],
  silent: ['◌', '.'],
  gone: ['✕', 'x'],
  ended: ['○', ' '],
} as const

export const MESSAGE_SYMBOLS = { unread: ['•', '*'], answer: ['↩', '<'] } as const

/** Which part colour plays; a face maps roles to its own colours. */
export type Role = 'accent' | 'muted' | 'warn' | 'ask' | 'good' | 'bad'

export const STATE_ROLES: Record<keyof typeof STATE_SYMBOLS, Role> = {
  working: 'accent',
  idle: 'muted',
  blocked: 'warn',
  waiting: 'ask',
  completed: 'good',
  error: 'bad',
}

export const LIVENESS_ROLES: Record<keyof typeof LIVENESS_SYMBOLS, Role> = {
  fresh: 'good',
  stale: 'warn',
  silent: 'bad',
  gone: 'bad',
  ended: 'muted',
}

const NEEDS: Record<string, { symbol: string; role: Role }> = {
  question: { symbol: MESSAGE_SYMBOLS.answer[0], role: 'ask' },
  requested: { symbol: '⇄', role: 'ask' },
  kept: { symbol: '⇄', role: 'ask' },
  unanswered: { symbol: MESSAGE_SYMBOLS.answer[0], role: 'ask' },
  waiting: { symbol: STATE_SYMBOLS.waiting[0], role: STATE_ROLES.waiting },
  blocked: { symbol: STATE_SYMBOLS.blocked[0], role: STATE_ROLES.blocked },
  refused: { symbol: STATE_SYMBOLS.blocked[0], role: STATE_ROLES.blocked },
  error: { symbol: STATE_SYMBOLS.error[0], role: STATE_ROLES.error },
  quiet: { symbol: LIVENESS_SYMBOLS.silent[0], role: LIVENESS_ROLES.silent },
  cycle: { symbol: '↻', role: 'bad' },
}

/** What marks a need of a kind: the symbol of the state, the liveness or the message that it tells of; a warning for all others. */
export function needMark(kind: string): { symbol: string; role: Role } {
  return (Object.hasOwn(NEEDS, kind) && NEEDS[kind]) || { symbol: '!', role: 'warn' }
}
