/** The bundle for the other everyday commands. */
import { peopleIn } from '../../operations/people.ts'
import { layOut } from './columns.ts'
import { everydayCommands } from './commands/everyday.ts'
import { main as run } from './main.ts'

/** As `main` of main.ts. */
export const main = (args: string[], home: string) => run(everydayCommands, args, home, { layOut, peopleIn })
