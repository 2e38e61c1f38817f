/** The commands of claims, which run at many steps of a session; heartbeats, at every one, have a bundle of their own. bin/coord.cjs names them too. */
import claim from './claim.ts'
import release from './release.ts'
import renew from './renew.ts'

export const hotCommands = [claim, renew, release]
