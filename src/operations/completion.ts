import { invalid } from '../protocol/errors.ts'
import { SCRIPTS, type Shell } from './completion-scripts.ts'
import { defineOperation } from './operation.ts'

/** `coord completion`: the completion script of a shell; needs no room. Throws `invalid` for a shell that it has none for. */
export const completion = defineOperation({
  name: 'completion',
  summary: 'Print the completion script for your shell.',
  writes: false,
  input: { shell: { kind: 'text', help: 'bash, zsh or fish (default: by $SHELL)' } },
  run(ctx, given): { shell: Shell; script: string } {
    const shell = given.shell ?? ctx.at.shell?.split('/').at(-1)
    if (shell !== undefined && Object.hasOwn(SCRIPTS, shell))
      return { shell: shell as Shell, script: SCRIPTS[shell as Shell] }
    const message = shell ? `there is no completion for "${shell}"` : 'it is not known which shell you use'
    throw invalid('shell', message, 'coord completion bash, coord completion zsh or coord completion fish')
  },
})
