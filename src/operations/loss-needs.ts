/** What a session has lost and was written of, as needs of its own until it has read that. */
import type { Need } from '../protocol/needs.ts'
import type { Sent } from '../protocol/picture.ts'
import type { Message } from '../protocol/records.ts'

const LOST = ['claim_lost', 'claim_forced', 'claim_taken_over']

/** Whether a message tells its reader that a claim was lost. */
export const tellsLoss = ({ type }: Message): boolean => LOST.includes(type ?? '')

/** Needs by the unread mail of a session; none of nobody. */
export const lossNeeds = (me: string | null, unread: Sent[]): Need[] =>
  unread.flatMap(({ message }) => {
    const { id, subject, timestamp } = message
    return me === null || !tellsLoss(message)
      ? []
      : {
          kind: 'lost',
          text: `you lost a claim: ${subject ?? ''}`,
          session_ids: [me],
          act: 'coord inbox',
          ...(timestamp ? { since: timestamp } : {}),
          ...(id ? { message_id: id } : {}),
        }
  })
