/** The commands of the first bundle: those that run often. */
import ack from './ack.ts'
import board from './board.ts'
import claim from './claim.ts'
import claims from './claims.ts'
import end from './end.ts'
import heartbeat from './heartbeat.ts'
import inbox from './inbox.ts'
import messages from './messages.ts'
import release from './release.ts'
import renew from './renew.ts'
import reply from './reply.ts'
import send from './send.ts'
import sessions from './sessions.ts'
import start from './start.ts'
import status from './status.ts'
import whoami from './whoami.ts'

export const hotCommands = [
  start,
  heartbeat,
  claim,
  renew,
  release,
  claims,
  send,
  inbox,
  ack,
  reply,
  messages,
  status,
  sessions,
  board,
  whoami,
  end,
]
