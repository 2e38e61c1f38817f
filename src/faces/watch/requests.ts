/** Requests for a claim that the person holds: `y` grants the chosen one, `n` refuses it with a reason. */
import type { Overview } from '../../operations/overview.ts'
import { nameOf } from '../../protocol/names.ts'
import { chosenItem, chosenMessage, labelsIn, messagesOf } from './items.ts'
import type { State } from './state.ts'

/** The open request that waits for the person, of the chosen need or message. */
export function requestAt(state: State, overview: Overview): Overview['requests'][number] | undefined {
  return requestToPerson(overview, messageAt(state, overview))
}

/** The open request that waits for the person, by the id of its message. */
export const requestToPerson = ({ requests }: Overview, id: string | null | undefined) =>
  requests.find((each) => each.id === id && each.to_person && each.outcome === 'open')

function messageAt(state: State, overview: Overview): string | null | undefined {
  if (state.pane === 'messages') {
    const messages = messagesOf(overview, state)
    return messages[chosenMessage(messages, state.message)]?.id
  }
  const item = chosenItem(state, overview)
  return item?.kind === 'need' ? item.need.message_id : undefined
}

/** Whether to give the claim is asked first: it is with the other one then. */
export function granting(state: State, overview: Overview): State {
  const request = requestAt(state, overview)
  if (!request) return nothing(state)
  const { id, to: session, from } = request
  const question = `give ${nameOf(request)} to ${labelsIn(overview)(from)}?`
  return { ...state, mode: { kind: 'ask', question, effect: { kind: 'grant', id, session } } }
}

/** Why not is written as a line. */
export function refusing(state: State, overview: Overview): State {
  const request = requestAt(state, overview)
  if (!request) return nothing(state)
  const { id, to: session, from } = request
  const label = labelsIn(overview)(from)
  const refuses = { id, session }
  return { ...state, mode: { kind: 'write', text: '', at: 0, to: from, label, reply: null, refuses } }
}

const nothing = (state: State): State => ({
  ...state,
  notice: { text: 'no request here that is yours to grant or refuse', role: 'muted' },
})
