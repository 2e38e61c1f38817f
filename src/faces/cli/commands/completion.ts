import { completion } from '../../../operations/completion.ts'
import { defineCommand } from '../command.ts'

export default defineCommand(completion, {
  positionals: ['shell'],
  examples: [
    ['eval "$(coord completion bash)"', 'in ~/.bashrc'],
    ['eval "$(coord completion zsh)"', 'in ~/.zshrc, after compinit'],
    ['coord completion fish', 'piped into source, in ~/.config/fish/config.fish'],
  ],
  print({ script }, page) {
    page.line(script.trimEnd())
  },
})
