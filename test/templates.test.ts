import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { templateModule } from '../build/templates.mjs'
import { boardHelpers } from '../src/protocol/board.ts'
import { renderSkill } from '../src/render.ts'
import { renderTemplate } from '../src/templates.ts'
import handoffTemplate from '../templates/handoff.md.hbs'
import boardTemplate from '../templates/STATUS_BOARD.md.hbs'

const sourceOf = (name: string) =>
  fs.readFileSync(path.join(import.meta.dirname, '../templates', name), 'utf8')
const source = sourceOf('STATUS_BOARD.md.hbs')

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

test.each([
  { front: '{}', from: 'a', at: 'now', state: 'idle', claims: [], work_completed: [], next_steps: [] },
  {
    ...{ front: '{{x}}', from: 'a', to: 'b', at: 'now', state: '& "q"', note: '```text\n$&\n```' },
    ...{ claims: [row('- c')], work_completed: [row('- d'), row('- e')], next_steps: [row('- f')] },
  },
])('so does the template of handoffs: %#', (view) => {
  const full = { to: '', note: '', ...view }
  expect(handoffTemplate(full, { helpers: boardHelpers })).toBe(
    renderTemplate(sourceOf('handoff.md.hbs'), full, boardHelpers),
  )
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

test('the skill is allowed the very command that it names with each flag of its hint, and no other', () => {
  const skill = renderSkill("/usr/bin/node '/my coord/bin/coord.cjs'")
  const [, front, body] = skill.split(/^---$/m)
  const allowed = [...front!.matchAll(/^ {2}- Bash\((.*)\)$/gm)].map((match) => match[1])
  const [, named] = /^`(.*) \$ARGUMENTS`$/m.exec(body!) ?? []
  const flags = [...front!.match(/^argument-hint: .*$/m)![0].matchAll(/--[a-z-]+/g)].map(([flag]) => flag)
  expect(allowed).toEqual([named, ...flags.map((flag) => `${named} ${flag}`)])
  expect(flags).toHaveLength(8)
  expect(front).not.toContain('*')
})
