import { sinceLook } from '../../../operations/as-of.ts'
import { guard } from '../../../operations/guard.ts'
import { nameOf } from '../../../protocol/names.ts'
import { wordsOf } from '../../../protocol/needs.ts'
import { formatSpan, parseInstant } from '../../../protocol/time.ts'
import { defineCommand } from '../command.ts'

export default defineCommand(guard, {
  positionals: ['path'],
  examples: [
    ['coord guard src/auth/login.ts || exit', 'exit 1 while another session holds it'],
    ['coord guard src/a.ts src/b.ts', 'several: each that is held is named'],
    ['coord guard src/a.ts --token 1795213462', 'and your claim still has this token'],
  ],
  print({ paths, as_of }, page) {
    if (page.quiet) return
    page.rows(
      paths.map(({ path, claim, kept, outside }) => {
        if (!claim)
          return [
            `${path} is free${outside ? ', but outside of this repository' : sinceLook(as_of, page.now)}`,
          ]
        const left = formatSpan((parseInstant(claim.expires_at) ?? page.now) - page.now)
        if (kept) return [`${path} is kept for you for ${left}: coord claim ${wordsOf(claim)}`]
        const doubt = claim.provisional ? ', provisional' : ''
        return [`${path} is yours for ${left} (${nameOf(claim)}${doubt})`]
      }),
    )
  },
})
