/** A question that a person answered on another machine: who asked goes back to what it was. */
import type { Context } from '../../context.ts'
import type { ReaderReceipt } from '../../protocol/machines/bundle.ts'
import { isPersonElsewhere } from '../../protocol/machines/names.ts'
import { loadMessage, mailbox } from '../../store/messages.ts'
import type { Room } from '../../store/room.ts'
import { settleQuestion } from '../answered.ts'

/** Take an answer of another machine's person for what it is. */
export function settleReceipt(ctx: Context, room: Room, { reader, message, state }: ReaderReceipt): void {
  if (state !== 'acked' || !isPersonElsewhere(reader)) return
  const question = loadMessage({ ...room, problems: [] }, mailbox('human'), message)?.message
  if (question) settleQuestion(ctx, room, 'human', question)
}
