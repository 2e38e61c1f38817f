import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { boardHelpers } from '../../src/protocol/board.ts'
import {
  composeHandoff,
  draftOf,
  handedClaim,
  handoffOf,
  handoffView,
  readHandoff,
} from '../../src/protocol/handoffs.ts'
import type { Handoff } from '../../src/protocol/records.ts'
import handoffTemplate from '../../templates/handoff.md.hbs'
import { iso, lease, NOW, session } from './samples.ts'

const render = (handoff: Handoff) => handoffTemplate(handoffView(handoff), { helpers: boardHelpers })
const worker = session('one', {
  name: 'ada',
  state: 'working',
  last: { action: 'building', target: 'church', phase: 'BUILD', progress: '30%', next_action: 'the form' },
})
const compose = (words: Parameters<typeof composeHandoff>[2] = {}, to = session('two')) =>
  composeHandoff(worker, to, words, [handedClaim(lease())], 'h-1', NOW)

test('a handoff tells what its session said last, unless other words are given', () => {
  expect(compose()).toEqual({
    ...{ id: 'h-1', at: iso(NOW), from: 'one', from_name: 'ada', to: 'two', to_name: null, note: null },
    ...{ work_completed: [], state: 'working: building church, BUILD, 30%', next_steps: ['the form'] },
    claims: [
      { resource_type: 'droplet', resource_name: 'church', token: 7, expires_at: '2026-11-20T14:00:00.000Z' },
    ],
  })
  const words = { note: 'n', completed: ['walls'], next: ['roof', 'door'] }
  expect(compose(words)).toMatchObject({ note: 'n', work_completed: ['walls'], next_steps: ['roof', 'door'] })
})

test('a draft says that it is one, that its claims are held still, and stays short whatever its session said', () => {
  const long = 'x'.repeat(100_000)
  const claims = Array.from({ length: 300 }, () => handedClaim(lease()))
  const from = { ...worker, last: { ...worker.last, target: long, next_action: long } }
  const handoff = composeHandoff(
    from,
    null,
    { note: long, completed: Array(300).fill(long) },
    claims,
    'd',
    NOW,
  )
  const text = render(draftOf(handoff))
  expect(text.length).toBeLessThan(50_000)
  expect(text).toContain('# Draft of a handoff from ada\n')
  expect(text).toContain('- **droplet/church** - token 7, held by who wrote this, until ')
  expect(text).not.toContain('released')
  expect(readHandoff(text).handoff).toMatchObject({ status: 'draft', id: 'd' })
})

test('the file reads well as it is, and what it says in front is the record', () => {
  const handoff = compose({ note: 'mind the *step*' })
  const text = render(handoff)
  expect(text.slice(text.indexOf('# Handoff'))).toMatchInlineSnapshot(`
    "# Handoff from ada to two

    - **At:** 2026-11-20 10:00 UTC
    - **State:** working: building church, BUILD, 30%

    ## Claims

    - **droplet/church** - token 7, until 2026-11-20 14:00 UTC

    ## Work Completed

    - None told

    ## Next Steps

    - the form

    ## Note

    \`\`\`text
    mind the *step*
    \`\`\`
    "
  `)
  expect(readHandoff(text)).toEqual({ handoff, first: 'mind the *step*', trouble: null })
})

test('whatever a note and the other words hold, front block and headings stay what they are', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc
      .array(
        fc.constantFrom(
          '---',
          '\n',
          '```',
          '````',
          '# x',
          '\r\n',
          '===',
          '~~~',
          '\u202e',
          '\u001b[2J',
          '{{front}}',
          '</',
          '- ',
        ),
      )
      .map((parts) => parts.join('')),
  )
  const headings = (text: string) => outsideFences(text).filter((line) => /^(#|===|---)/.test(line))
  const plain = headings(render(compose({ note: 'x', completed: ['x'], next: ['x'] })))
  fc.assert(
    fc.property(nasty, nasty, nasty, (note, completed, next) => {
      const handoff = compose({ note: `${note}x`, completed: [completed], next: [next] })
      const text = render(handoff)
      expect(readHandoff(text).handoff).toEqual(handoff)
      expect(headings(text)).toEqual(plain)
      expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
    }),
    { numRuns: 300 },
  )
})

/** The lines of a Markdown text that are in no fenced block. */
function outsideFences(text: string): string[] {
  let fence = ''
  return text.split('\n').filter((line) => {
    const marks = /^`{3,}/.exec(line)?.[0]
    if (fence === '' && marks) fence = marks
    else if (fence !== '' && marks && marks.length >= fence.length && line.trim() === marks) fence = ''
    else return fence === ''
    return false
  })
}

describe('a handoff of any other form', () => {
  const torn = "has a front block that can't be read"
  test.each<[what: string, text: string, first: string, trouble?: string]>([
    ['a plain text', 'the form is left\nand more\n', 'the form is left'],
    ['a heading', '\n\n## Handoff: church\n\ntext', 'Handoff: church'],
    ['a front block of YAML', '---\nfrom: ada\n---\n# Rest\n', 'Rest'],
    ['a front block that is no handoff', '---\n{"id": 7}\n---\nRest', 'Rest', torn],
    ['a front block that does not end', '---\n{"id": "x"\nRest', '---', torn],
    ['nothing', '', '', 'is empty'],
    ['escapes', '\u001b[31mred', '\\u{1b}[31mred'],
  ])('%s has its first words', (_what, text, first, trouble) => {
    expect(readHandoff(text)).toEqual({ handoff: null, first, trouble: trouble ?? null })
  })

  test('line ends of another system do not hide ours', () => {
    const handoff = compose()
    expect(readHandoff(`\ufeff${render(handoff).replaceAll('\n', '\r\n')}`).handoff).toEqual(handoff)
  })
})

test('a resource remembers its handoff in one line and without the other claims', () => {
  const two = {
    ...compose({ note: '\n first line\nsecond' }),
    claims: [handedClaim(lease()), handedClaim(lease())],
  }
  expect(handoffOf(two, two.claims[0]!)).toMatchObject({
    id: 'h-1',
    note: 'first line',
    claims: [{ token: 7 }],
  })
})
