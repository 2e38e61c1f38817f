import { config } from '../../../operations/config.ts'
import { type Setting, shown } from '../../../protocol/settings.ts'
import { defineCommand } from '../command.ts'
import type { Cell } from '../page.ts'

export default defineCommand(config, {
  positionals: ['action', 'key', 'value'],
  examples: [
    ['coord config get', 'every setting; what is not the default is marked'],
    ['coord config get claims.defaultFor', 'one, alone on its line'],
    ['coord config get claims', 'one group of them'],
    ['coord config set claims.defaultFor 2h', 'change it for everybody in this room'],
  ],
  print({ setting, settings, was, already, changed }, page, { action }) {
    if (settings) page.rows(settings.map(settingRow))
    else if (action === 'get') page.rows([[shown(setting!.value)]])
    else if (already && !page.quiet) page.rows([[`${setting!.key} is ${shown(setting!.value)} already`]])
    else if (!page.quiet) page.rows([[`${setting!.key} is ${shown(setting!.value)} now (was ${shown(was)})`]])
    if (changed && changed.length > 0 && !page.quiet)
      page.line(`changed ${changed.join(', ')} too; next: git add COORDINATION && git commit`)
  },
})

/** Key, value, and what the default would be where that differs. */
function settingRow({ key, value, default: fallback, is_default, trouble }: Setting): Cell[] {
  const note = trouble ? `${trouble}; the default is used` : is_default ? '' : `default ${shown(fallback)}`
  return [
    { text: is_default && !trouble ? ' ' : '*', role: 'accent' },
    { text: key, whole: true },
    { text: shown(value), whole: true },
    { text: note, role: trouble ? 'warn' : 'muted' },
  ]
}
