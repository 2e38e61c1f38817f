/** What the person at the screen has chosen: apart from the room, which goes on by itself. */
import type { Role } from '../../protocol/words.ts'

export type Pane = 'list' | 'detail' | 'messages'

/** Something to be done in the room. */
export type Effect =
  | { kind: 'quit'; code: number | null }
  | { kind: 'stop' }
  | { kind: 'send'; to: string; text: string }
  | { kind: 'reply'; id: string; text: string }
  | { kind: 'acknowledge'; message: string }
  | { kind: 'acknowledge'; alert: string }
  | { kind: 'claim'; type: string; name: string }
  /** Of a request for a claim, by the session of the person that holds it. */
  | ({ kind: 'grant' } & Asked)
  | ({ kind: 'refuse'; reason: string } & Asked)

/** A request, and the session that is asked. */
interface Asked {
  id: string
  session: string
}

/** What the keys mean now: moving about, writing a line, or answering yes or no. */
type Mode =
  | { kind: 'browse' }
  | { kind: 'help' }
  | { kind: 'filter'; text: string; at: number }
  | {
      kind: 'write'
      text: string
      at: number
      to: string | null
      label: string
      reply: string | null
      /** The request that the line refuses. */
      refuses?: Asked
    }
  | { kind: 'ask'; question: string; effect: Effect }

export interface State {
  pane: Pane
  /** The key of the chosen row of the list, null: the first. */
  row: string | null
  /** The key of the chosen message, null: the newest. */
  message: string | null
  /** How far the detail is scrolled, in lines. */
  top: number
  /** The detail has the whole screen. */
  whole: boolean
  /** The detail shows the claims. */
  claims: boolean
  /** All needs are listed, however many. */
  every: boolean
  filter: string
  mode: Mode
  pasting: boolean
  notice: { text: string; role: Role } | null
}

export const START: State = {
  pane: 'list',
  row: null,
  message: null,
  top: 0,
  whole: false,
  claims: false,
  every: false,
  filter: '',
  mode: { kind: 'browse' },
  pasting: false,
  notice: null,
}
