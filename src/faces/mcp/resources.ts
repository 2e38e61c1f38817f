/** The resources: the room as of now, for reading. */
import type { Context } from '../../context.ts'
import { openAlertsIn } from '../../operations/alerts.ts'
import { board } from '../../operations/board.ts'
import { history } from '../../operations/history.ts'
import { indexNow } from '../../operations/index-now.ts'

export interface Resource {
  uri: string
  name: string
  description: string
  mimeType: string
  read(ctx: Context): string
}

export const resources: Resource[] = [
  {
    uri: 'coord://board',
    name: 'board',
    description: 'Who works on what, what is claimed, what needs an act.',
    mimeType: 'text/markdown',
    read: (ctx) => board.run(ctx, { print: true }).board ?? '',
  },
  {
    uri: 'coord://index',
    name: 'index',
    description: 'Every session that is there, in full.',
    mimeType: 'application/json',
    read: indexNow,
  },
  {
    uri: 'coord://alerts',
    name: 'alerts',
    description: 'What somebody should know: who is stuck or gone, and who gets in whose way.',
    mimeType: 'application/json',
    read: (ctx) => JSON.stringify({ ok: true, alerts: openAlertsIn(ctx) }),
  },
  {
    uri: 'coord://history',
    name: 'history',
    description: 'What happened in the room, oldest first: the newest 50 acts.',
    mimeType: 'application/json',
    read: (ctx) => JSON.stringify({ ok: true, ...history.run(ctx, { all: true }) }),
  },
]
