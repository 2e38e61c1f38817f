import { TARGETS } from '../protocol/agents/table.ts'
import { scopeFields, settle } from './installing/settle.ts'
import { defineOperation } from './operation.ts'

/**
 * `coord install`: let an agent, or git, call coord by itself, or tell agents how to take part. What is there stays, to the byte; safe to
 * repeat. Throws `damaged` for settings that can't be edited, `conflict` where the file is not ours to change; then nothing is written.
 */
export const install = defineOperation({
  name: 'install',
  summary: 'Let an agent or git call coord by itself; what is there stays.',
  writes: true,
  input: {
    target: { kind: 'text', required: true, help: `${TARGETS.slice(0, -1).join(', ')} or ${TARGETS.at(-1)}` },
    ...scopeFields,
    'dry-run': { kind: 'flag', help: 'show what would change; write nothing' },
  },
  run: (ctx, given) => settle(ctx, given.target, given, 'install'),
})
