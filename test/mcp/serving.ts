/** Servers as agents start them: real processes, spoken to by the SDK's own client. This process is the agent. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { onTestFinished } from 'vitest'
import { cleanEnvironment } from '../helpers/cli.ts'
import { BIN } from '../processes/support.ts'

export interface Serving {
  cwd: string
  env?: Record<string, string>
  args?: string[]
  /** The name that the client gives itself. */
  name?: string
  roots?: string[]
  /** Start the server from a process between, which is then the agent. */
  apart?: boolean
}

const BETWEEN = `
const { spawn } = require('node:child_process')
const [file, ...args] = process.argv.slice(1)
spawn(file, args, { stdio: 'inherit' }).on('exit', (code) => { process.exitCode = code })`

export type Reply = { json: Record<string, any>; notes: string[]; isError: boolean }

/** Start a server and connect to it. */
export async function serve({ cwd, env, args = [], name = 'tester', roots, apart }: Serving) {
  const client = new Client({ name, version: '1' }, { capabilities: roots ? { roots: {} } : {} })
  if (roots)
    client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: roots.map((uri) => ({ uri })) }))
  const line = [process.execPath, BIN, 'mcp', ...args]
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: apart ? ['-e', BETWEEN, ...line] : line.slice(1),
    cwd,
    env: cleanEnvironment(env),
    stderr: 'pipe',
  })
  let said = ''
  transport.stderr!.on('data', (chunk) => {
    said += chunk
  })
  const faults: Error[] = []
  client.onerror = (error) => faults.push(error)
  await client.connect(transport)
  onTestFinished(() => client.close())
  return {
    client,
    pid: transport.pid!,
    said: () => said,
    /** What came on its standard output and was no message. */
    faults,
    call: (tool: string, given = {}, meta?: Record<string, unknown>) => call(client, tool, given, meta),
    read: (uri: string, meta?: Record<string, unknown>) => read(client, uri, meta),
  }
}

async function call(
  client: Client,
  name: string,
  given: Record<string, unknown>,
  meta?: Record<string, unknown>,
): Promise<Reply> {
  const result = await client.callTool({ name, arguments: given, ...(meta ? { _meta: meta } : {}) })
  const [json, ...notes] = (result.content as { text: string }[]).map(({ text }) => text)
  return { json: JSON.parse(json!), notes, isError: result.isError === true }
}

async function read(client: Client, uri: string, meta?: Record<string, unknown>): Promise<string> {
  const { contents } = await client.readResource({ uri, ...(meta ? { _meta: meta } : {}) })
  return (contents[0] as { text: string }).text
}

/** The metadata of a Codex call: a thread, and its session where it is another's. */
export const codex = (thread: string, session = thread) => ({
  threadId: thread,
  'x-codex-turn-metadata': { session_id: session, thread_id: thread, turn_id: 't', model: 'm' },
})

/** The environment of what Claude Code starts. */
export const claude = (id: string) => ({ CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: id })
