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

/** What needs somebody, by its kind, as the states and the liveness it tells of; `!` for all others. */
export const NEED_SYMBOLS: Record<string, string> = {
  blocked: '■',
  error: '!',
  waiting: '?',
  question: '?',
  cycle: '↻',
  quiet: '◌',
}

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
