/** Which questions were acknowledged: by whom they were for, wherever the line stands and however it is written. */
import fs from 'node:fs'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Message } from '../../src/protocol/records.ts'
import { ackedOf, everyAckOf } from '../../src/store/acknowledged.ts'
import { createWorld } from '../helpers/world.ts'

const ASKED = '2026-11-20_09-00-00-000-one-aaaa'
const OTHER = '2026-11-20_09-00-00-000-one-bbbb'
const ask = (to: string, id = ASKED): Message => ({ id, from: 'one', to, ack: true }) as Message
const receipt = (message: string, state: string) =>
  JSON.stringify({ at: '2026-11-20T09:30:00.000Z', message, state })

function createReceipts(files: Record<string, string>) {
  const world = createWorld()
  for (const [reader, text] of Object.entries(files)) world.write(`receipts/${reader}.jsonl`, text)
  return world.as(null).room()
}

const READ = Array.from({ length: 50 }, (_, i) => receipt(`2026-11-20_08-00-00-0${10 + i}-one-cccc`, 'read'))

test.each<[string, Message, Record<string, string>, boolean]>([
  ['by its recipient', ask('two'), { two: [...READ, receipt(ASKED, 'acked'), ...READ].join('\n') }, true],
  ['in a last line without an end', ask('two'), { two: `${receipt(ASKED, 'acked')}` }, true],
  ['after it was read', ask('two'), { two: `${receipt(ASKED, 'read')}\n${receipt(ASKED, 'acked')}\n` }, true],
  ['by anybody, if it is for all', ask('broadcast'), { nine: receipt(ASKED, 'acked') }, true],
  ['by a subscriber of its channel', ask('channel:builds'), { nine: receipt(ASKED, 'acked') }, true],
  ['by the person at another machine', ask('human'), { 'human.abcdefgh': receipt(ASKED, 'acked') }, true],
  [
    'in an object over several lines',
    ask('two'),
    { two: JSON.stringify(JSON.parse(receipt(ASKED, 'acked')), null, 2) },
    true,
  ],
  [
    'behind another object in one line',
    ask('two'),
    { two: `${receipt(OTHER, 'read')}${receipt(ASKED, 'acked')}\n` },
    true,
  ],
  ['by its sender, who takes it back', ask('two'), { one: receipt(ASKED, 'acked') }, true],
  ['not where it was only read', ask('two'), { two: receipt(ASKED, 'read') }, false],
  ['not by one whom it was not for', ask('two'), { three: receipt(ASKED, 'acked') }, false],
  ['not by an acknowledgement of another', ask('two'), { two: receipt(OTHER, 'acked') }, false],
  [
    'not by a word of it in another line',
    ask('two'),
    { two: JSON.stringify({ ...JSON.parse(receipt(OTHER, 'acked')), note: ASKED }) },
    false,
  ],
  ['not in a file that is junk', ask('two'), { two: `junk ${ASKED}` }, false],
])('a question is acknowledged %s', (_, question, files, isAcked) => {
  for (const acked of [ackedOf, everyAckOf])
    expect(acked(createReceipts(files), [question])).toEqual(new Set(isAcked ? [ASKED] : []))
})

test('of several questions each is found with its own recipient', () => {
  const room = createReceipts({ two: receipt(ASKED, 'acked'), three: receipt(OTHER, 'acked') })
  for (const acked of [ackedOf, everyAckOf]) {
    expect(acked(room, [ask('two'), ask('three', OTHER)])).toEqual(new Set([ASKED, OTHER]))
    expect(acked(room, [ask('two'), ask('two', OTHER)])).toEqual(new Set([ASKED]))
  }
})

test('only the receipts of those who were asked are opened, and none where nothing is asked', () => {
  const room = createReceipts({ two: receipt(ASKED, 'acked'), three: READ.join('\n'), four: READ.join('\n') })
  const open = vi.spyOn(fs, 'openSync')
  onTestFinished(() => void vi.restoreAllMocks())
  ackedOf(room, [])
  expect(open).not.toHaveBeenCalled()
  ackedOf(room, [ask('two')])
  expect(open.mock.calls.map(([file]) => String(file).slice(-9))).toEqual(['two.jsonl'])
})
