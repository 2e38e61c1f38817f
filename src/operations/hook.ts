/** What happens in an agent's session: one entry for every event of its hooks. */
import type { Context } from '../context.ts'
import { invalid } from '../protocol/errors.ts'
import { ADAPTERS } from '../protocol/hooks/adapters.ts'
import {
  type HookAnswer,
  type HookEvent,
  type HookKind,
  VENDORS,
  type Vendor,
} from '../protocol/hooks/event.ts'
import { noteChanges } from '../store/board.ts'
import { mentions } from '../store/hooks.ts'
import type { Room } from '../store/room.ts'
import { attempt } from './act.ts'
import { noteCompaction } from './hook-draft.ts'
import { guardWrites } from './hook-guard.ts'
import { briefSession, tellNews } from './hook-news.ts'
import { type Attending, attendant, leaveSession, noteSubagents, showState } from './hook-session.ts'
import { compareShell, watchShell } from './hook-shell.ts'
import { defineOperation } from './operation.ts'

/** `coord hook AGENT`: the face reads the agent's payload and calls `attend`; `hook git NAME` is `commit-hooks.ts`. Alone it says what it wants. */
export const hook = defineOperation({
  name: 'hook',
  summary: 'Answer a hook of an agent (its settings call this).',
  writes: true,
  input: {
    agent: { kind: 'text', help: `${VENDORS.join(', ')}; git with the name of its hook`, required: true },
    'deny-code': { kind: 'number', help: 'exit with this code to deny, in place of 2' },
  },
  run(_ctx, { agent }): Record<string, never> {
    if (agent === 'git')
      throw invalid('agent', 'git did not name its hook', 'Git calls it from its hooks: coord install git.')
    throw invalid(
      'agent',
      VENDORS.includes(agent as never)
        ? 'no payload came on standard input'
        : `agent "${agent}" is not known`,
      `Agents call it from their hooks: coord install ${VENDORS.join('|')}.`,
    )
  },
})

const NOTHING: HookAnswer = { context: null, deny: null }

/** Whether what is said at an event reaches the model: nothing else counts as delivered. */
const reaches = ({ vendor, kind, name }: HookEvent) =>
  ADAPTERS[vendor].tells.includes(kind) && name !== 'afterShellExecution'

type Attend = (attending: Attending, event: HookEvent) => Partial<HookAnswer> | undefined

const ATTEND: Record<HookKind, Attend> = {
  start: (attending, event) => ({ context: briefSession(attending, event) }),
  prompt: (attending, event) => {
    // Who speaks to it has seen what it asked.
    showState(attending, 'working', [], false)
    return { context: reaches(event) ? tellNews(attending, 'all') : null }
  },
  'before-tool': (attending, { tool, cwd }) => {
    if (tool?.does === 'write') return { deny: guardWrites(attending, tool.paths, cwd) }
    if (tool?.does === 'shell') watchShell(attending, tool.id)
  },
  'after-tool': (attending, event) => {
    const { tool } = event
    const wrote = tool?.does === 'write' && !/failure$/i.test(event.name)
    showState(attending, 'working', wrote ? tool.paths : [])
    const harm = tool?.does === 'shell' ? compareShell(attending, tool.id) : null
    const news = reaches(event) ? tellNews(attending, 'mail') : null
    return { context: [harm, news].filter(Boolean).join('\n') || null }
  },
  permission: (attending) => showState(attending, 'waiting', []),
  idle: (attending) => showState(attending, 'idle', []),
  compact: noteCompaction,
  // Who is there is noted at every event.
  'subagent-start': () => undefined,
  'subagent-stop': () => undefined,
  end: (attending, { reason }) => {
    // The person goes on in the same place: the next start takes the session over.
    if (reason !== 'clear') leaveSession(attending)
  },
}

/**
 * Cursor runs the hooks of Claude Code as well (cursor.com/docs/reference/third-party-hooks): where it has lines of its own, these act.
 */
function isTwice(ctx: Context, { vendor }: HookEvent, named: Vendor): boolean {
  if (vendor !== 'cursor' || named === 'cursor') return false
  const places = [ctx.repository?.top, ctx.repository?.main, ctx.gitEnvironment().HOME]
  return places.some((place) => place && mentions(`${place}/.cursor/hooks.json`, 'hook cursor'))
}

/**
 * Answer an event; `named` is whom the hook's line is for, `coord` what runs coord where a shell does not find it. Returns also the session it concerns, for the accounts; null where nobody is
 * to be registered for it.
 */
export function attend(
  ctx: Context,
  room: Room,
  event: HookEvent,
  named: Vendor,
  coord: Attending['coord'],
): { answer: HookAnswer; session: string | null } {
  if (isTwice(ctx, event, named)) return { answer: NOTHING, session: null }
  const attending = attendant(ctx, room, event, coord)
  if (!attending) return { answer: NOTHING, session: null }
  noteSubagents(attending, event)
  const answer = { ...NOTHING, ...ATTEND[event.kind](attending, event) }
  attempt(ctx, () => noteChanges(room))
  return { answer, session: attending.id }
}
