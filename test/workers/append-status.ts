/** Appends numbered lines of 4 KB to one session's history, as fast as it can: `NAME COUNT` in the room of COORD_DIR. */
import { createContext } from '../../src/context.ts'
import { appendStatus } from '../../src/store/status.ts'
import { lazy } from './lazy.ts'

const [writer, count] = process.argv.slice(2)
const texts = () => ({ readme: '', gitignore: '', template: () => '' })
const { env } = process
const ctx = createContext({ cwd: process.cwd(), env, dir: null, session: null, lazy, texts })
const room = ctx.room()
for (let i = 0; i < Number(count); i++) {
  const timestamp = new Date().toISOString()
  const metadata = { filling: 'x'.repeat(3800) }
  appendStatus(room, { timestamp, session: 'one', status: 'working', message: `${writer} ${i}`, metadata })
}
