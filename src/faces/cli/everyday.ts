/** The bundle for the other everyday commands. */
import { peopleIn } from '../../operations/people.ts'
import { lazy } from './bundles.ts'
import { layOut } from './columns.ts'
import { everydayCommands } from './commands/everyday.ts'
import { main as run } from './main.ts'
import { optimize } from './optimizer.ts'

/** As `main` of main.ts. In a large room V8 only interprets: the process ends before what it compiled has paid. */
export function main(args: string[], home: string): boolean {
  const parts = { ...lazy, manyFiles: () => optimize(false) }
  const done = run(everydayCommands, args, home, { layOut, peopleIn }, parts)
  // V8's flags are part of what its code cache is known by.
  optimize(true)
  return done
}
