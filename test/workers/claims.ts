/**
 * The claim operations behind a line protocol, for checkers that drive many long-lived processes: one JSON object a line,
 * `{op, type, name, session, ttl, token}` in, `{ok, token, expires_at}` or `{ok:false, reason, holder_token}` out.
 */
import readline from 'node:readline'
import { createContext } from '../../src/context.ts'
import { claim } from '../../src/operations/claim.ts'
import { release } from '../../src/operations/release.ts'
import { renew } from '../../src/operations/renew.ts'
import { CoordError } from '../../src/protocol/errors.ts'
import { lazy } from './lazy.ts'
import { newSessionRecord } from './sessions.ts'

interface Ask {
  op: 'claim' | 'renew' | 'release'
  type: string
  name: string
  session: string
  ttl: string
  token: number | null
}

const known = new Set<string>()

function contextFor(session: string) {
  const texts = () => ({ readme: '', gitignore: '', template: () => '' })
  return createContext({
    cwd: process.cwd(),
    env: { COORD_DIR: process.env.COORD_DIR, PATH: process.env.PATH },
    dir: null,
    session,
    lazy,
    texts,
  })
}

function answer({ op, type, name, session, ttl, token }: Ask): object {
  const ctx = contextFor(session)
  if (!known.has(session)) newSessionRecord(ctx.room(), session)
  known.add(session)
  const given = token === null || token === undefined ? {} : { token }
  try {
    if (op === 'release')
      return { ok: true, ...release.run(ctx, { type, name, 'no-announce': true, ...given }) }
    const { claim: held } =
      op === 'claim'
        ? claim.run(ctx, { type, name: [name], for: ttl })
        : renew.run(ctx, { type, name, for: ttl, ...given })
    return { ok: true, token: held.token, expires_at: held.expires_at }
  } catch (error) {
    if (!(error instanceof CoordError)) return { ok: false, reason: 'error', err: String(error) }
    const holder = error.details.holder as { token: number } | undefined
    return { ok: false, reason: error.code, holder_token: holder?.token ?? null }
  }
}

process.stdout.write('{"ready":true}\n')
for await (const line of readline.createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(answer(JSON.parse(line) as Ask))}\n`)
}
