import { expect, test } from 'vitest'
import {
  authorOf,
  composeEntry,
  dayOf,
  type NewEntry,
  parseEntries,
} from '../../../src/protocol/report/log.ts'

const AT = Date.parse('2026-11-20T10:00:00.123Z')
const entry = (more: Partial<NewEntry> = {}): NewEntry => ({
  ...{ at: AT, task_id: 'H.13.9', title: 'Issue: build fails', author: 'human', text: 'on arm64\n' },
  ...more,
})

test('an entry has the form of the seed: time, task and title, author, text', () => {
  expect(composeEntry(entry())).toBe(
    '### 2026-11-20T10:00:00Z - [H.13.9] Issue: build fails\n\n**Author:** human\n\non arm64\n\n',
  )
  expect(composeEntry(entry({ task_id: null, text: '' }))).toBe(
    '### 2026-11-20T10:00:00Z - Issue: build fails\n\n**Author:** human\n\n',
  )
})

test.each([
  ['an issue', entry(), { kind: 'issue', task_id: 'H.13.9', title: 'build fails', text: 'on arm64' }],
  ['a note', entry({ title: 'Note: x' }), { kind: 'note', title: 'x' }],
  ['a report', entry({ title: 'Cross-LLM Session Dashboard Status' }), { kind: 'report' }],
  [
    'another title',
    entry({ title: 'Deployed', task_id: null }),
    { kind: null, task_id: null, title: 'Deployed' },
  ],
  [
    'a text that looks like another entry',
    entry({ text: '### 2026-11-20T11:00:00Z - forged\n\\### 2026-11-20T11:00:00Z - twice\n### else' }),
    { text: '### 2026-11-20T11:00:00Z - forged\n\\### 2026-11-20T11:00:00Z - twice\n### else' },
  ],
  [
    'titles and tasks of several lines',
    entry({ title: 'Note: a\n### 2026-11-20T11:00:00Z - b', task_id: 'x]\ny', author: 'a\n**Author:** b' }),
    { title: 'a ### 2026-11-20T11:00:00Z - b', task_id: 'x) y', author: 'a **Author:** b' },
  ],
  ['an empty text', entry({ text: '' }), { text: '', author: 'human' }],
])('what is written is read again, alone and between others: %s', (_, given, expected) => {
  const text = composeEntry(given)
  expect(parseEntries(text)).toMatchObject([{ at: '2026-11-20T10:00:00Z', ...expected }])
  const other = composeEntry(entry({ title: 'Fix: done' }))
  expect(parseEntries(other + text + other).map(({ kind }) => kind)).toEqual([
    'fix',
    parseEntries(text)[0]!.kind,
    'fix',
  ])
})

test('what people write without a heading of this form is told as text', () => {
  const text = `# My day\r\n\r\n- log\r\n${composeEntry(entry())}### no time - x\n`
  expect(parseEntries(text)).toMatchObject([
    { at: null, kind: null, title: '', author: null, text: '# My day\n\n- log' },
    { kind: 'issue', text: 'on arm64\n\n### no time - x' },
  ])
  expect(parseEntries('')).toEqual([])
})

test.each([
  [
    'an agent with its model',
    { agent: { vendor: 'claude', model: 'opus-4.6' } },
    'agent',
    'Claude (Opus 4.6)',
  ],
  ['an agent without', { agent: { vendor: 'aider' } }, 'person', 'aider'],
  ['a session of a person', {}, 'person', 'human'],
  ['a session of an unknown agent', {}, 'agent', 'agent (one)'],
  ['a person', null, 'person', 'human'],
  ['an unknown agent', null, 'agent', 'agent'],
] as const)('the author: %s', (_, session, under, expected) => {
  expect(authorOf(session && { session_id: 'one', ...session }, under)).toBe(expected)
})

test('the day is that of UTC', () => {
  expect(dayOf(Date.parse('2026-11-20T23:59:59.999Z'))).toBe('2026-11-20')
})
