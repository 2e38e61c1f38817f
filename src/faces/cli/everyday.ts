/** The bundle for the other everyday commands. */
import { peopleIn } from '../../operations/people.ts'
import { lazy } from './bundles.ts'
import { layOut } from './columns.ts'
import { everydayCommands } from './commands/everyday.ts'
import menubar from './commands/menubar.ts'
import monitor from './commands/monitor.ts'
import statusline from './commands/statusline.ts'
import { main as run } from './main.ts'
import { optimize } from './optimizer.ts'

/** What bars and scripts run every few seconds: rare by hand, and yet not worth the full bundle each time. */
const POLLED = [menubar, statusline]
/** A look of the monitor that lasts, or tells anybody, is the full bundle's. */
const LOOKS = ['monitor', '--once', '--json', '--quiet', '--no-color']
const isLook = (args: string[]) => args.includes('--once') && args.every((arg) => LOOKS.includes(arg))

/** As `main` of main.ts. In a large room V8 only interprets: the process ends before what it compiled has paid. */
export function main(args: string[], home: string): boolean {
  const parts = { ...lazy, manyFiles: () => optimize(false) }
  const commands = [...everydayCommands, ...POLLED, ...(isLook(args) ? [monitor] : [])]
  const done = run(commands, args, home, { layOut, peopleIn }, parts)
  // V8's flags are part of what its code cache is known by.
  optimize(true)
  return done
}
