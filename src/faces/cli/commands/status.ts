import { status } from '../../../operations/status.ts'
import { LIVENESS_SYMBOLS } from '../../../protocol/words.ts'
import { defineCommand } from '../command.ts'
import { claimRow, sessionRow } from '../words.ts'

const SYMBOLS: Record<string, string> = {
  blocked: '■',
  error: '!',
  waiting: '?',
  question: '?',
  cycle: '↻',
  quiet: LIVENESS_SYMBOLS.silent[0],
}

export default defineCommand(status, {
  positionals: ['session_id'],
  examples: [
    ['coord status', 'what is going on and what needs an act'],
    ['coord status session-002', 'one session'],
  ],
  print({ sessions, claims, messages, unread, needs, problems, unregistered }, page) {
    if (needs.length > 0) page.line('needs attention')
    page.rows(
      needs.map(({ kind, text, act }) => [
        { text: SYMBOLS[kind] ?? '!', role: 'warn' },
        text,
        { text: act ?? '', role: 'muted' },
      ]),
      '  ',
    )
    page.line(sessions.length === 0 ? 'no active sessions; coord start registers one' : 'sessions')
    page.rows(
      sessions.map((session) => sessionRow(session, page.now)),
      '  ',
    )
    if (claims.length > 0) page.line('claims')
    page.rows(
      claims.map((claim) => claimRow(claim, page.now)),
      '  ',
    )
    if (unregistered.length > 0) page.rows([['unregistered', unregistered.join(', ')]])
    const repaired = problems.filter(({ kind }) => kind === 'repaired' || kind === 'drifted')
    if (repaired.length > 0) page.line('files')
    page.rows(
      repaired.map(({ path, kind, detail }) => [path, kind, detail]),
      '  ',
    )
    page.line(`messages  ${unread === null ? '' : `${unread} unread, `}${messages.length} in the last hour`)
  },
})
