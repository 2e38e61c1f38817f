import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { templateModule } from '../build/templates.mjs'
import { boardHelpers } from '../src/protocol/board.ts'
import { renderTemplate } from '../src/templates.ts'
import boardTemplate from '../templates/STATUS_BOARD.md.hbs'

const source = fs.readFileSync(path.join(import.meta.dirname, '../templates/STATUS_BOARD.md.hbs'), 'utf8')

const row = (text: string) => ({ text })
const VIEWS: object[] = [
  {},
  { updated: 'now', active: 0, sessions: [], claims: [], messages: [], needs: [], unregistered: [] },
  { updated: 'now', active: 1, sessions: [row('### a')], claims: [], messages: [row('- m')], needs: [] },
  {
    ...{ updated: '{{x}} & "q" \\ $&', active: 2, sessions: [row('### a'), row('### b')] },
    ...{ claims: [row('- c'), row('- d')], messages: [], needs: [row('- n')], unregistered: [row('- u')] },
  },
]

test.each(VIEWS)('the template written out at build time says what Handlebars says: %#', (view) => {
  const full = { sessions: [], claims: [], messages: [], needs: [], unregistered: [], ...view }
  expect(boardTemplate(full, { helpers: boardHelpers })).toBe(renderTemplate(source, full, boardHelpers))
})

test('what the writer does not know is refused at build time, not rendered wrongly', () => {
  for (const bad of [
    '{{#each a}}{{/each}}',
    '{{a.b}}',
    '{{helper a b}}',
    '{{> part}}',
    '{{#unless a}}{{/unless}}',
  ]) {
    expect(() => templateModule(bad)).toThrow(/^templates: /)
  }
})
