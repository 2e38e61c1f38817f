/** The commands of the everyday bundle: those that are not hot. */
import ack from './ack.ts'
import board from './board.ts'
import claims from './claims.ts'
import end from './end.ts'
import guard from './guard.ts'
import inbox from './inbox.ts'
import messages from './messages.ts'
import push from './push.ts'
import reply from './reply.ts'
import send from './send.ts'
import sessions from './sessions.ts'
import start from './start.ts'
import status from './status.ts'
import whoami from './whoami.ts'

export const everydayCommands = [
  start,
  claims,
  guard,
  push,
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
