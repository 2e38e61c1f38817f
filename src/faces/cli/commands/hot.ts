/** The commands of the first bundle: those that run at every step of a session. bin/coord.cjs names them too. */
import claim from './claim.ts'
import heartbeat from './heartbeat.ts'
import release from './release.ts'
import renew from './renew.ts'

export const hotCommands = [heartbeat, claim, renew, release]
