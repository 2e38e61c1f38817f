/** Which remotes lie on this disk. */
import { expect, test } from 'vitest'
import { localPath, type Settings } from '../../../src/protocol/remote/local-url.ts'

const url = (value: string, ...more: Settings): Settings => [['remote.origin.url', value], ...more]

test.each<[string, Settings, string | null]>([
  ['an absolute path', url('/srv/x.git'), '/srv/x.git'],
  ['one with spaces and a colon', url('/srv/a b:c.git'), '/srv/a b:c.git'],
  ['a file URL', url('file:///srv/x.git'), '/srv/x.git'],
  ['a file URL with something encoded', url('file:///srv/a%20b'), null],
  ['a file URL with a host', url('file://host/srv'), null],
  ['a relative path', url('../x.git'), null],
  ['a home', url('~/x.git'), null],
  ['ssh by a URL', url('ssh://host/srv/x.git'), null],
  ['ssh by a short name', url('host:/srv/x.git'), null],
  ['http', url('https://host/x.git'), null],
  ['a helper', url('ext::sh -c x'), null],
  ['two lines', url('/srv/x\n.git'), null],
  ['nothing', url(''), null],
  ['no URL', [['remote.origin.fetch', '+refs/*:refs/*']], null],
  ['another remote', [['remote.origin.x.url', '/srv/x.git']], null],
  ['two URLs, both of which git pushes to', url('/srv/x.git', ['remote.origin.url', '/srv/y.git']), null],
  ['a push URL', url('https://host/x', ['remote.origin.pushurl', '/srv/y.git']), '/srv/y.git'],
  ['a push URL that is elsewhere', url('/srv/x.git', ['remote.origin.pushurl', 'host:y']), null],
  ['a program of its own to receive', url('/srv/x.git', ['remote.origin.receivepack', 'mine']), null],
  ['a helper by name', url('/srv/x.git', ['remote.origin.vcs', 'hg']), null],
  ['a protocol that is not allowed', url('/srv/x.git', ['protocol.file.allow', 'never']), null],
  ['another name for it', url('/srv/x.git', ['url.https://host/.insteadof', '/srv/']), null],
  ['another name to push by', url('/srv/x.git', ['url.https://host/.pushinsteadof', '/srv/']), null],
  ['another name for something else', url('/srv/x.git', ['url./y/.insteadof', 'there:']), '/srv/x.git'],
  [
    'what says nothing of the way',
    url('/srv/x.git', ['remote.origin.fetch', '+refs/*:refs/*']),
    '/srv/x.git',
  ],
])('%s', (_what, settings, expected) => {
  expect(localPath('origin', settings)).toBe(expected)
})
