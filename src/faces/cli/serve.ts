/** `coord serve`: hands over to the bundle that speaks HTTP, until a signal comes. */
import type { Listening, Serve } from '../../operations/serve.ts'
import { contextOf } from './execute.ts'
import type { Lasting } from './lasting.ts'
import { isTerminal, write } from './output.ts'

declare const require: (id: './serve.cjs') => { serve(given: Serve): Promise<void> }

/** One line says where, with the token in the part of the address that browsers keep to themselves. */
export const serveRoom: Lasting = async (host, { input, globals }, signal) => {
  const { root } = contextOf(host, globals).room()
  await require('./serve.cjs').serve({
    contextOf: ({ session }) =>
      contextOf(host, { ...globals, dir: root, ...(session === undefined ? {} : { session }) }),
    say: (text) => write(2, `coord: ${text}\n`),
    signal,
    port: input.port as number | undefined,
    isPrivate: input.private === true,
    token: host.env.COORD_TOKEN || undefined,
    isNewToken: input['new-token'] === true,
    web: `${host.home}/dist/web`,
    onListening: (told) => announce(told, root, globals),
  })
  return null
}

function announce(told: Listening, root: string, { json, quiet }: { json?: boolean; quiet?: boolean }): void {
  const { url, token } = told
  if (json) write(1, `${JSON.stringify({ ok: true, root, ...told, pid: process.pid })}\n`)
  else write(1, `${url}/#token=${token}\n`)
  if (!json && !quiet && isTerminal(2)) write(2, `serving ${root}; Ctrl-C ends it\n`)
}
