/** The resources: the room as of now, for reading. */
import type { Context } from '../../context.ts'
import { openAlertsIn } from '../../operations/alerts.ts'
import { board } from '../../operations/board.ts'
import { history } from '../../operations/history.ts'
import { indexNow } from '../../operations/index-now.ts'
import { log } from '../../operations/log.ts'
import { poll } from '../../operations/poll.ts'
import { report } from '../../operations/report.ts'
import { request } from '../../operations/request.ts'
import { rescue } from '../../operations/rescue.ts'
import { rollcall } from '../../operations/rollcall.ts'

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
  of('report', 'Every session in full, totals, and what all this says together.', (ctx) =>
    report.run(ctx, { 'no-log': true }),
  ),
  of('rescue', 'Which sessions are hung or gone, and what they left.', (ctx) => rescue.run(ctx, {})),
  of('requests', 'Who asks whom for a claim.', (ctx) => request.run(ctx, { list: true })),
  of('rollcall', 'Who answered the last roll call, and who did not.', (ctx) => rollcall.run(ctx, {})),
  of('channels', 'The channels; coord://channels/NAME has what was published.', (ctx) => poll.run(ctx, {})),
  of('log', 'The session log of today.', (ctx) => log.run(ctx, {})),
]

function of(name: string, description: string, look: (ctx: Context) => object): Resource {
  const read = (ctx: Context) => JSON.stringify({ ok: true, ...look(ctx) })
  return { uri: `coord://${name}`, name, description, mimeType: 'application/json', read }
}

const CHANNEL = 'coord://channels/'

/** Resources that are named by the reader. */
export const templates = [
  {
    uriTemplate: `${CHANNEL}{channel}`,
    name: 'channel',
    description: 'What was published on a channel, oldest first.',
    mimeType: 'application/json',
  },
]

/** The resource of an address, or undefined. */
export function resourceAt(uri: string): Resource | undefined {
  const channel = uri.startsWith(CHANNEL) ? uri.slice(CHANNEL.length) : ''
  const found = resources.find((each) => each.uri === uri)
  return channel === '' ? found : { ...of('channel', '', (ctx) => poll.run(ctx, { channel })), uri }
}
