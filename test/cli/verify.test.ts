/** `coord verify` on real commits: by the room's ledger, and by what `coord commit` recorded. Git's clock is the room's. */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { coord } from '../helpers/cli.ts'
import { inside } from '../helpers/inside.ts'
import { done, emptyDirectory, everything, minutesLater, repository, said } from './rooms.ts'

/** A repository with a room of the sessions `one` and `two`; everything happens some minutes after the beginning. */
async function place() {
  const dir = repository()
  const env = (minutes: number): Record<string, string> => ({ ...minutesLater(minutes), AI_AGENT: 'test' })
  const git = (minutes: number, args: string[], cwd = dir) => {
    const time = String(Date.parse(env(minutes).COORD_NOW!) / 1000)
    const who = {
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@b',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@b',
    }
    const dates = { GIT_AUTHOR_DATE: `${time} +0000`, GIT_COMMITTER_DATE: `${time} +0000` }
    const all = { PATH: process.env.PATH!, HOME: '/nonexistent', ...who, ...dates }
    const { status, stdout, stderr } = spawnSync('git', args, { cwd, env: all, encoding: 'utf8' })
    expect(status, `git ${args.join(' ')}: ${stderr}`).toBe(0)
    return stdout.trim()
  }
  /** Commit a change of some files; its id. */
  const commit = (minutes: number, files: string[], trailers: string[] = [], cwd = dir) => {
    for (const name of files) {
      fs.mkdirSync(path.dirname(path.join(cwd, name)), { recursive: true })
      fs.appendFileSync(path.join(cwd, name), 'x\n')
    }
    git(minutes, ['add', '--', ...files], cwd)
    git(minutes, ['commit', '-qm', ['change', trailers.join('\n')].join('\n\n')], cwd)
    return git(minutes, ['rev-parse', 'HEAD'], cwd)
  }
  const at = (minutes: number, session: string, ...args: string[]) =>
    done({ cwd: dir, session, env: env(minutes) }, ...args)
  const verify = async (minutes: number, args: string[] = [], cwd = dir) =>
    inside({ cwd, env: env(minutes) }, 'verify', ...args)
  /** As the built program does it. */
  const built = (minutes: number, args: string[] = [], cwd = dir) =>
    coord({ cwd, env: env(minutes) }, 'verify', ...args)
  for (const id of ['one', 'two']) await done({ cwd: dir, env: env(0) }, 'start', '--id', id)
  return { dir, git, commit, at, verify, built }
}

const ONE = ['Coord-Session: one']
const tokenOf = async (answer: Promise<{ json: Record<string, any> }>) =>
  (await answer).json.claim.token as number

describe('by the ledger', () => {
  test('finds a commit that touched what another held, and nothing where it was free, over or its own', async () => {
    const { dir, commit, at, built: verify } = await place()
    await at(1, 'two', 'claim', 'file', 'a.ts', '--for', '20m')
    await at(1, 'one', 'claim', 'file', 'mine.ts')
    const bad = commit(5, ['a.ts', 'b.ts'], ONE)
    const before = everything(path.join(dir, 'COORDINATION'))
    const found = await verify(6)
    expect(found).toMatchObject({ code: 1, out: '' })
    expect(found.err).toBe(
      [
        `coord: ${bad.slice(0, 10)} "change" touched a.ts at 10:05Z, which two held until 10:21Z`,
        '  Agree with the holder. Once it is free, a commit made anew counts by its new date: git commit --amend --reset-author',
      ].join('\n'),
    )
    const { json } = await verify(6, ['--json'])
    expect(json.error).toMatchObject({
      code: 'conflict',
      checked: 1,
      untold: 0,
      source: 'ledger',
      findings: [
        {
          kind: 'held',
          commit: bad,
          path: 'a.ts',
          claimed_by: 'two',
          resource_type: 'file',
          resource_name: 'a.ts',
          token: expect.any(Number),
          at: '2026-11-20T10:05:00.000Z',
          until: '2026-11-20T10:21:00.000Z',
        },
      ],
    })
    expect(everything(path.join(dir, 'COORDINATION'))).toEqual(before)
    commit(7, ['mine.ts', 'b.ts'], ONE)
    expect(said(await verify(8))).toBe('1 commit: no finding')
    commit(9, ['a.ts'], ['Coord-Session: two'])
    expect(said(await verify(10))).toBe('1 commit: no finding')
    commit(30, ['a.ts'], ONE)
    expect(said(await verify(31))).toBe('1 commit: no finding')
    expect((await verify(31, ['HEAD~4..HEAD'])).code).toBe(2)
    expect((await verify(31, ['HEAD~3..HEAD'])).code).toBe(0)
    expect((await verify(31, [bad])).code).toBe(1)
    commit(31, ['mine.ts'])
    expect((await verify(32)).err).toMatch(
      /touched mine\.ts at 10:31Z, which one held until \d\d:\d\dZ; it names no session\n/,
    )
  })

  test('takes what the upstream has not; a range may be anything git knows, and nothing else', async () => {
    const { dir, git, commit, at, verify } = await place()
    commit(1, ['x.ts'])
    await at(1, 'two', 'claim', 'file', 'src/**')
    const origin = emptyDirectory()
    git(1, ['clone', '-q', '--bare', dir, origin])
    git(1, ['remote', 'add', 'origin', origin])
    git(1, ['fetch', '-q', 'origin'])
    git(1, ['branch', '-q', '--set-upstream-to=origin/main'])
    expect(said(await verify(2))).toBe('no commits to look at')
    commit(3, ['src/a.ts'], ONE)
    commit(4, ['y.ts'], ONE)
    expect((await verify(5)).err).toContain(
      'touched src/a.ts at 10:03Z, which two held as file/src/** until 14:01Z',
    )
    expect(said(await verify(5, ['HEAD']))).toBe('1 commit: no finding')
    expect((await verify(5, ['nowhere'])).err).toBe(
      'coord: git knows no commits "nowhere" here\n  e.g. origin/main..HEAD; fetch what is missing.',
    )
    for (const bad of ['--all', '--output=x', '']) {
      const { code } = inside({ cwd: dir, env: minutesLater(5) }, 'verify', '--', bad)
      expect([bad, code]).toEqual([bad, 2])
    }
    expect(fs.existsSync(path.join(dir, 'x'))).toBe(false)
  })

  test('finds a claim that another had been granted anew, and lets one of the same session be', async () => {
    const { commit, at, verify } = await place()
    const first = await tokenOf(at(1, 'one', 'claim', 'droplet', 'church bell', '--json'))
    await at(2, 'one', 'release')
    await at(3, 'one', 'claim', 'droplet', 'church bell')
    await at(4, 'one', 'release')
    const trailers = [...ONE, `Coord-Claim: droplet/church%20bell#${first}`]
    commit(5, ['a.ts'], trailers)
    expect(said(await verify(6))).toBe('1 commit: no finding')
    const last = await tokenOf(at(7, 'two', 'claim', 'droplet', 'church bell', '--json'))
    const bad = commit(8, ['a.ts'], trailers)
    expect((await verify(9)).err.split('\n')[0]).toBe(
      `coord: ${bad.slice(0, 10)} "change" names droplet/church bell#${first}, but by 10:08Z two had been granted it with ${last}`,
    )
    commit(9, ['a.ts'], [...ONE, 'Coord-Claim: droplet/other#7', 'Coord-Claim: nonsense'])
    const { code, err, out } = await verify(10)
    expect([code, out, err]).toEqual([
      0,
      '1 commit: no finding',
      'coord: of 1 commit not all can be told by the ledger',
    ])
  })

  test('tells no more findings, nor paths that are held now, than --limit says, and how many there are', async () => {
    const { commit, at, verify } = await place()
    commit(1, ['src/a', 'src/b', 'src/c'], ONE)
    await at(2, 'two', 'claim', 'file', 'src')
    const before = await verify(3, ['--limit', '1'])
    expect(before.err.split('\n')).toEqual([
      'coord: src/a is held by two now, until 14:02Z: agree before you push',
      'coord: and 2 more; --limit 3 shows them',
    ])
    expect((await verify(3, ['--limit', '2', '--json'])).json).toMatchObject({
      held_now: [{}, {}],
      held_now_omitted: 1,
    })
    commit(4, ['src/a', 'src/b', 'src/c'], ONE)
    const found = await verify(5, ['--limit', '1'])
    expect(found.err).toMatch(/touched src\/a .*\nand 2 more; --limit 3 shows them\n/)
    const { json } = await verify(5, ['--limit', '1', '--json'])
    expect(json.error).toMatchObject({ findings: [{ path: 'src/a' }], omitted: 2 })
    expect((await verify(5, ['--json'])).json.error.findings).toHaveLength(3)
  })

  test('of a merge judges what is as in none of its parents', async () => {
    const { git, commit, at, verify, dir } = await place()
    commit(1, ['a.ts', 'b.ts'])
    git(1, ['checkout', '-qb', 'theirs'])
    commit(2, ['a.ts', 'c.ts'], ['Coord-Session: two'])
    git(2, ['checkout', '-q', 'main'])
    commit(2, ['b.ts'], ONE)
    await at(3, 'two', 'claim', 'file', 'a.ts', 'b.ts', 'c.ts')
    git(4, ['merge', '-q', '--no-edit', 'theirs'])
    expect(said(await verify(5, ['HEAD', '--quiet']).then((answer) => ({ ...answer, err: '' })))).toBe('')
    git(5, ['reset', '-q', '--hard', 'HEAD~1'])
    git(5, ['merge', '-q', '--no-commit', 'theirs'])
    fs.writeFileSync(path.join(dir, 'a.ts'), 'by hand\n')
    git(6, ['commit', '-qam', 'merged'])
    const { json } = await verify(7, ['HEAD', '--json'])
    expect(json.error.findings.map((finding: any) => finding.path)).toEqual(['a.ts'])
  })

  test('a rebase, in any worktree, writes its paths again, but its trailers are of the first date', async () => {
    const { git, commit, at, verify } = await place()
    commit(1, ['base.ts'])
    const linked = path.join(emptyDirectory(), 'linked')
    git(1, ['worktree', 'add', '-q', '-b', 'feature', linked])
    commit(1, ['other.ts'])
    const token = await tokenOf(at(2, 'one', 'claim', 'file', 'a.ts', '--json'))
    commit(3, ['a.ts'], [...ONE, `Coord-Claim: file/a.ts#${token}`], linked)
    await at(4, 'one', 'release')
    await at(5, 'two', 'claim', 'file', 'a.ts')
    expect(await verify(6, [], linked)).toMatchObject({
      code: 0,
      err: 'coord: a.ts is held by two now, until 14:05Z: agree before you push',
    })
    git(7, ['rebase', '-q', 'main'], linked)
    expect((await verify(8, [], linked)).err).toContain('touched a.ts at 10:07Z, which two held until 14:05Z')
    await at(9, 'two', 'release')
    git(10, ['rebase', '-q', '--force-rebase', 'main~1'], linked)
    expect(said(await verify(11, ['HEAD'], linked))).toBe('1 commit: no finding')
    expect(said(await verify(11))).toBe('1 commit: no finding')
  })

  test('says what others hold now, and what is older than the ledger keeps', async () => {
    const { commit, at, verify } = await place()
    commit(1, ['a.ts'], ONE)
    for (let n = 2; n < 70; n++) await at(n, 'two', n % 2 ? 'release' : 'claim', 'file', 'z.ts')
    await at(70, 'two', 'claim', 'file', 'a.ts')
    expect(await verify(71)).toMatchObject({
      code: 0,
      out: '1 commit: no finding',
      err: [
        'coord: a.ts is held by two now, until 15:10Z: agree before you push',
        'coord: of 1 commit not all can be told by the ledger, which tells of claims from 10:07Z on',
      ].join('\n'),
    })
  }, 60_000)

  test('outside of git, and before the first commit, says so', async () => {
    const { verify } = await place()
    expect((await verify(1)).err).toContain('there is no commit here yet')
    expect((await verify(1, [], emptyDirectory())).err).toContain('there is no git repository here')
  })
})

describe('by what coord commit recorded', () => {
  test('a clone without the room finds the same, and tells between which times', async () => {
    const { dir, git, commit, at, built: verify } = await place()
    commit(1, ['x.ts'])
    await at(2, 'two', 'claim', 'file', 'a.ts', '--for', '1h')
    await at(2, 'two', 'claim', 'file', 'b.ts')
    const record = async (minute: number) => {
      const env = { ...minutesLater(minute), ...dates(minute), AI_AGENT: 'test' }
      await done({ cwd: dir, env }, 'commit')
    }
    const dates = (minute: number) => {
      const time = `${Date.parse(minutesLater(minute).COORD_NOW!) / 1000} +0000`
      return { GIT_AUTHOR_DATE: time, GIT_COMMITTER_DATE: time }
    }
    await record(3)
    const bad = commit(4, ['a.ts'], ONE)
    const unsure = commit(6, ['b.ts'], ONE)
    await at(7, 'two', 'release', 'file', 'b.ts')
    await record(8)
    commit(9, ['c.ts'], ONE)
    const clone = path.join(emptyDirectory(), 'clone')
    git(10, ['clone', '-q', dir, clone])
    const { code, json } = await verify(10, ['HEAD~3..HEAD', '--json'], clone)
    expect(code).toBe(1)
    expect(json.error).toMatchObject({
      checked: 3,
      untold: 2,
      source: 'branch',
      ref: 'refs/remotes/origin/coordination',
      known_since: '2026-11-20T10:03:00.000Z',
      known_until: '2026-11-20T10:08:00.000Z',
    })
    expect(json.error.findings.map(({ commit: id, path: file }: any) => [id, file])).toEqual([[bad, 'a.ts']])
    expect(await verify(10, [unsure], clone)).toMatchObject({
      code: 0,
      out: '1 commit: no finding',
      err: 'coord: of 1 commit not all can be told by the record on refs/remotes/origin/coordination, which tells of claims from 10:03Z to 10:08Z',
    })
    const shallow = path.join(emptyDirectory(), 'shallow')
    git(10, ['clone', '-q', '--depth=1', '--no-single-branch', `file://${dir}`, shallow])
    expect((await verify(10, ['HEAD', '--json'], shallow)).json).toMatchObject({
      ok: true,
      checked: 1,
      untold: 1,
    })
  })

  test('without a room and a record there is nothing to go by, and a branch of somebody else is none', async () => {
    const { dir, git, commit, verify } = await place()
    commit(1, ['x.ts'])
    const clone = path.join(emptyDirectory(), 'clone')
    git(2, ['clone', '-q', dir, clone])
    const refused = await verify(3, [], clone)
    expect([refused.code, refused.err]).toEqual([
      3,
      [
        'coord: nothing here tells of claims: neither a room in use nor a branch coordination',
        '  Fetch what coord commit recorded: git fetch origin coordination:coordination',
      ].join('\n'),
    ])
    git(3, ['branch', 'coordination'], clone)
    expect((await verify(3, [], clone)).code).toBe(3)
  })
})
