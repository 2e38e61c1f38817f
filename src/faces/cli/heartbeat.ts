/** The bundle for heartbeats, of which there are more than of all else. */
import heartbeat from './commands/heartbeat.ts'
import { main as run } from './main.ts'

/** As `main` of main.ts. */
export const main = (args: string[], home: string) => run([heartbeat], args, home)
