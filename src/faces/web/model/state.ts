/** Everything that the page shows at the moment. */
import type { Message } from '../../../protocol/records.ts'
import { BLANK, type Draft } from './draft.ts'
import { type Observable, observable, usePart } from './observable.ts'
import type { Overview } from './overview.ts'
import type { Route } from './route.ts'

export interface State {
  overview: Overview | null
  /** Whether what is shown is live; `since` is when that began (epoch ms by this browser). */
  link: { live: boolean; since: number }
  /** The room can't be read at the moment. */
  gone: boolean
  /** How far the server's clock is ahead of this browser's (ms). */
  skew: number
  token: string | null
  /** Whether the server has refused a token of this page, and it has got no other since. */
  refused: boolean
  route: Route
  filter: string
  status: string | null
  /** The row that the keys are at: `need:0`, `session:ID`. */
  cursor: string | null
  panel: boolean
  help: boolean
  /** Who the write box writes to, and the message it answers. */
  to: string
  answers: Message | null
  /** The question that is being answered in its row, by its id. */
  answering: string | null
  /** What is being written; it outlives a reload and a lost token. */
  draft: Draft
  /** Older messages than the overview tells, once asked for. */
  earlier: Message[]
  /** The need that somebody is being chosen for. */
  claiming: { type: string; name: string } | null
  /** One line that says what was done, or why it was not. */
  notice: { text: string; bad: boolean } | null
}

export const state: Observable<State> = observable<State>({
  overview: null,
  link: { live: false, since: 0 },
  gone: false,
  skew: 0,
  token: null,
  refused: false,
  route: { view: 'room' },
  filter: '',
  status: null,
  cursor: null,
  panel: false,
  help: false,
  to: 'broadcast',
  answers: null,
  answering: null,
  draft: BLANK,
  earlier: [],
  claiming: null,
  notice: null,
})

/** A part of the state, in a component. */
export function useShown<P>(part: (value: State) => P): P {
  return usePart(state, part)
}

/** Now, by the server's clock (epoch ms). */
export function serverNow(): number {
  return Date.now() + state.get().skew
}
