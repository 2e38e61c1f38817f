/** `coord serve`: the face that browsers, dashboards and remote sessions talk to; what it offers are operations. */
import { CoordError } from '../protocol/errors.ts'
import { defineOperation } from './operation.ts'

/** The command; only a face that can serve runs it. */
export const serve = defineOperation({
  name: 'serve',
  summary: 'Serve the room on this machine: a page, an API and streams of changes.',
  writes: true,
  input: {
    port: { kind: 'number', help: 'the port (default 8080, or the next that is free)' },
    private: { kind: 'flag', help: 'reading needs the token too' },
  },
  run(): Record<string, never> {
    throw new CoordError('bug', 'serve is run by a process of its own')
  },
})
