/** After a power cut the commands of a session go on by themselves. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { makeRoom } from '../cli/rooms.ts'
import { coord } from '../helpers/cli.ts'

test('a claim after a power cut goes on above the emptied head, says so, and leaves what was synced with its holder', async () => {
  const { dir, root } = await makeRoom('one', 'two')
  const as = (session: string, ...args: string[]) => coord({ cwd: dir, session }, ...args)
  for (const name of ['kept.ts', 'lost.ts']) await as('one', 'claim', 'file', name)
  const head = path.join(root, '.state/ledger/file/000000000002')
  fs.writeFileSync(head, '')
  fs.utimesSync(head, 1, 1)
  fs.rmSync(path.join(root, 'claims/file-lost.ts.claim'))
  fs.rmSync(path.join(root, '.state/held/one/file-lost.ts.claim'))

  const claimed = await as('two', 'claim', 'file', 'lost.ts')
  expect(claimed).toMatchObject({ code: 0 })
  expect(claimed.err).toContain('was lost to a power cut: the ledger goes on at slot 3')
  const refused = await as('two', 'claim', 'file', 'kept.ts')
  expect(refused).toMatchObject({ code: 1 })
  expect(refused.err).toContain('file/kept.ts is held by one')
})
