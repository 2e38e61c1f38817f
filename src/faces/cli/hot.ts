/** The bundle for the commands of claims. */
import { hotCommands } from './commands/hot.ts'
import { main as run } from './main.ts'

/** As `main` of main.ts. */
export const main = (args: string[], home: string) => run(hotCommands, args, home)
