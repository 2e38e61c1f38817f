/** What other machines say of themselves is shown, never obeyed by a terminal. */
import { expect, test } from 'vitest'
import type { Page } from '../../src/faces/cli/page.ts'
import { type ShownSession, sessionRow } from '../../src/faces/cli/words.ts'

const page = {
  people: { called: (id: string) => id, short: (id: string) => id, me: () => null },
  now: 0,
  width: 80,
} as unknown as Page
const name = 'far\u001b]0;x\u0007\u202e'

test('the name of a machine is shown without what a terminal obeys', () => {
  const session = { session_id: 'a', state: 'idle', liveness: { level: 'fresh' }, last: {}, capabilities: [] }
  const shown = { ...session, machine: 'eeeeeeee', machine_name: name } as unknown as ShownSession
  expect(sessionRow(shown, page)[1]).toMatchObject({ tail: ' @far\\u{1b}]0;x\\u{7}\\u{202e}' })
})
