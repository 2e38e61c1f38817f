import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { isPassing, lasting } from '../../src/store/agents/programs.ts'
import { temporaryDirectory } from '../helpers/directories.ts'

test.each([
  ['/usr/bin/node', false],
  ['/opt/homebrew/bin/node', false],
  ['/home/me/code/coord2/bin/coord.cjs', false],
  ['/home/me/.nvm/versions/node/v20.19.0/bin/node', true],
  ['/opt/homebrew/Cellar/node/24.1.0/bin/node', true],
  ['/opt/homebrew/Cellar/node@20/20.19.1_1/bin/node', true],
  ['/run/user/1000/fnm_multishells/12_34/bin/node', true],
  ['/home/me/.npm/_npx/abc/node_modules/git-coord/bin/coord.cjs', true],
  ['/p/node_modules/.pnpm/git-coord@0.1.0/node_modules/git-coord/bin/coord.cjs', true],
  ['/nix/store/abc-nodejs/bin/node', true],
])('%s goes with the next upgrade: %s', (file, passing) => {
  expect(isPassing(file)).toBe(passing)
})

test('a link on the search path that lasts stands for a file that does not', () => {
  const dir = temporaryDirectory()
  const make = (name: string) => {
    fs.mkdirSync(path.dirname(path.join(dir, name)), { recursive: true })
    fs.writeFileSync(path.join(dir, name), '')
    return path.join(dir, name)
  }
  const real = make('Cellar/node/20.1.0/bin/node')
  const other = make('other/node')
  fs.mkdirSync(path.join(dir, 'bin'))
  fs.symlinkSync(real, path.join(dir, 'bin/node'))
  const search = [path.dirname(real), path.dirname(other), `${dir}/nowhere`, `${dir}/bin`].join(':')
  expect(lasting(real, ['node'], search)).toBe(`${dir}/bin/node`)
  expect(lasting(real, ['node'], path.dirname(other))).toBe(real)
  expect(lasting(other, ['node'], search)).toBe(other)
})
