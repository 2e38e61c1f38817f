/** Who is acting: seven levels of evidence, the first hit wins, two hits on one level are listed and never guessed. */
import { CoordError } from './errors.ts'

/** A session that may be meant, with the little that decides. */
export interface Candidate {
  id: string
  /** `ended` covers completed and abandoned; `dead` a process that is proven gone. */
  standing: 'live' | 'ended' | 'dead' | 'unknown'
}

/** What the surroundings say; each level only where it applies. */
export interface Evidence {
  /** Level 1: `--session`. */
  flag: string | null
  /** Level 2: `COORD_SESSION`. */
  env: string | null
  /** Levels 3 and 4: sessions registered with the hook's or the environment's agent ids. */
  hook: string[]
  agent: string[]
  /** Level 5: the sessions bound to this process itself, as a shell may become its last command, and to each ancestor, nearest first. */
  ancestry: string[][]
  /** Level 6: the session bound to this tmux pane or terminal. Looked up only when asked. */
  terminal(): string | null
  /** Level 7: `.current_session`, if exactly one live session exists. Looked up only when asked. */
  current(): string | null
}

type Source = 'flag' | 'env' | 'hook' | 'agent' | 'ancestry' | 'terminal' | 'current_session'

export interface Identity {
  session: string
  source: Source
  why: string
}

const WAYS_OUT = 'coord start registers you; or name the session: --session ID, or export COORD_SESSION=ID.'

/**
 * The acting session. `standing` tells of a candidate whether it lives. Throws `no_session` with the candidates and the
 * one command that fixes it when the evidence names an ended or unknown session, or does not decide.
 */
export function resolveIdentity(
  evidence: Evidence,
  standing: (id: string) => Candidate['standing'],
): Identity {
  if (evidence.flag !== null) return named(evidence.flag, 'flag', '--session', standing)
  if (evidence.env !== null) return named(evidence.env, 'env', 'COORD_SESSION', standing)
  const byAncestry = nearestBound(evidence.ancestry, standing)
  for (const source of ['hook', 'agent'] as const) {
    const found = registered(evidence[source], source, byAncestry)
    if (found) return found
  }
  if (byAncestry)
    return {
      session: byAncestry.id,
      source: 'ancestry',
      why:
        byAncestry.depth === 0
          ? 'it was started by this very process'
          : `it was started by ancestor ${byAncestry.depth} of this process`,
    }
  const terminal = evidence.terminal()
  if (terminal && standing(terminal) === 'live')
    return { session: terminal, source: 'terminal', why: 'it was started in this terminal' }
  const current = evidence.current()
  if (current && standing(current) === 'live')
    return { session: current, source: 'current_session', why: 'it is the only live session' }
  const candidates = [...new Set(evidence.ancestry.flat())].filter((id) => standing(id) === 'live')
  const why =
    candidates.length > 1
      ? `several sessions could be meant: ${candidates.join(', ')}`
      : 'no session is known here'
  throw new CoordError('no_session', why, WAYS_OUT, { candidates })
}

function named(
  id: string,
  source: Source,
  how: string,
  standing: (id: string) => Candidate['standing'],
): Identity {
  const state = standing(id)
  if (state === 'live' || state === 'dead') return { session: id, source, why: `${how} names it` }
  const why = state === 'ended' ? 'has ended' : 'is not registered'
  throw new CoordError(
    'no_session',
    `${how} names session "${id}", which ${why}`,
    how === 'COORD_SESSION' ? `unset COORD_SESSION, or: coord start --id ${id}` : `coord start --id ${id}`,
    {
      candidates: [],
    },
  )
}

function registered(ids: string[], source: 'hook' | 'agent', nearer: { id: string } | null): Identity | null {
  const distinct = [...new Set(ids)]
  if (distinct.length === 0) return null
  if (distinct.length === 1)
    return {
      session: distinct[0]!,
      source,
      why: `it is registered for this ${source === 'hook' ? 'hook' : 'agent'}'s session id`,
    }
  if (nearer && distinct.includes(nearer.id))
    return { session: nearer.id, source, why: 'its agent is the nearest of several' }
  throw new CoordError(
    'no_session',
    `several agents' sessions could be meant: ${distinct.join(', ')}`,
    WAYS_OUT,
    { candidates: distinct },
  )
}

function nearestBound(
  ancestry: string[][],
  standing: (id: string) => Candidate['standing'],
): { id: string; depth: number } | null {
  for (const [depth, bound] of ancestry.entries()) {
    const live = bound.filter((id) => standing(id) === 'live')
    if (live.length === 1) return { id: live[0]!, depth }
  }
  return null
}
