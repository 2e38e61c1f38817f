/** `coord torture`: the face starts processes and judges their history; see protocol/torture for what it may not show. */
import { CoordError } from '../protocol/errors.ts'
import { defineOperation } from './operation.ts'

/** The fields of the command; only a face that can start processes runs it. */
export const torture = defineOperation({
  name: 'torture',
  summary: 'Show that the promises hold on your disk, or how they break.',
  writes: false,
  input: {
    seconds: { kind: 'count', help: 'how long (default 30, at most 3600)' },
    processes: {
      kind: 'count',
      help: 'how many work at once (default 6, at most 64); with --remote so many clones (default 4, at most 32)',
    },
    remote: { kind: 'flag', help: 'several clones, with a git remote of their own between them' },
    in: { kind: 'text', help: 'a directory on the disk to try (default: that of your room)' },
  },
  run(): Record<string, never> {
    throw new CoordError('bug', 'torture runs in a process of its own')
  },
})
