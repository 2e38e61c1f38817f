/** A session in the form of the seed MON-001: `status/<id>.json`, version 1.1.0, and the load of the machine it runs on. */
import { readProgress } from '../heartbeats.ts'
import { stateOfSession } from '../picture.ts'
import type { Session } from '../records.ts'
import { formatInstant, parseInstant } from '../time.ts'

/** How busy a machine is: its load average of one minute over its processors. */
export interface Load {
  profile: 'idle' | 'balanced' | 'busy'
  status: 'OK' | 'HIGH' | 'CRITICAL'
  load_avg: number
}

/** A load in words, judged per processor: `idle` below a quarter, `busy` from one on, which is HIGH; CRITICAL from two on. */
export function loadOf(load_avg: number, processors: number): Load {
  const each = load_avg / Math.max(1, processors)
  const profile = each < 0.25 ? 'idle' : each < 1 ? 'balanced' : 'busy'
  return { profile, status: each < 1 ? 'OK' : each < 2 ? 'HIGH' : 'CRITICAL', load_avg }
}

/** How many processors a list of the kernel names: `0-3,6` are five. */
export function countProcessors(list: string): number {
  return list.split(',').reduce((sum, part) => {
    const [from, to = from] = part.trim().split('-').map(Number)
    return Number.isInteger(from) && Number.isInteger(to) ? sum + to! - from! + 1 : sum
  }, 0)
}

const numberIn = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0)

/** The file of a session as MON-001 has it, at `now` (epoch ms); what nobody told is 0, empty or null. */
export function statusForm(session: Session, now: number) {
  const { current_work, last, context, agents, load } = session
  const state = stateOfSession(session)
  const share = last?.progress ? readProgress(last.progress) : null
  return {
    version: '1.1.0',
    updated_at: formatInstant(now),
    session_id: session.session_id,
    task: {
      name: current_work ?? last?.target ?? '',
      id: last?.task_id ?? null,
      progress: share === null ? null : Math.round(share * 100),
      status: state === 'working' ? 'active' : state,
    },
    context: {
      current_tokens: numberIn(context?.current_tokens),
      total_tokens: numberIn(context?.total_tokens),
      percentage: numberIn(context?.percentage),
    },
    agents: {
      active: numberIn(agents?.active),
      names: Array.isArray(agents?.names) ? agents.names.filter((name) => typeof name === 'string') : [],
    },
    load: load ?? null,
  }
}
export type StatusForm = ReturnType<typeof statusForm>

/** Whether the form of a session that ended, or gave no sign for `goneAfter`, is to go (MON-001: within five minutes, and after thirty). */
export function isOldForm(updated_at: unknown, isOver: boolean, now: number, goneAfter: number): boolean {
  const at = parseInstant(updated_at)
  return isOver || at === null || now - at >= goneAfter
}
