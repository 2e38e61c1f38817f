/** One Chromium for the tests of the page, and servers of rooms for it. */
import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, onTestFinished } from 'vitest'
import { cleanEnvironment } from '../helpers/cli.ts'

const BIN = path.join(import.meta.dirname, '../../bin/coord.cjs')

let browser: Promise<Browser> | undefined
const servers = new Set<ChildProcess>()
afterAll(async () => {
  await (await browser)?.close()
  for (const server of servers) server.kill('SIGKILL')
})

export interface Serving {
  url: string
  token: string
  port: number
  /** End it, and wait until it is gone. */
  stop(): Promise<void>
}

/** `coord serve` for the room of a directory. */
export async function serveRoom(dir: string, port = 0, ...more: string[]): Promise<Serving> {
  const args = [BIN, 'serve', '--json', '--port', String(port), ...more]
  const server = spawn(process.execPath, args, {
    cwd: dir,
    env: cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  servers.add(server)
  const gone = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  const line = await new Promise<string>((resolve, reject) => {
    let text = ''
    server.stdout!.on('data', (part) => {
      text += part
      if (text.includes('\n')) resolve(text)
    })
    server.once('exit', (code) => reject(new Error(`coord serve ended with ${code}`)))
  })
  const told = JSON.parse(line) as { url: string; token: string; port: number }
  const stop = async () => {
    server.kill('SIGTERM')
    await gone
    servers.delete(server)
  }
  return { url: told.url, token: told.token, port: told.port, stop }
}

/** What went wrong in a page, or what it asked of anybody else. */
export interface Watched {
  page: Page
  faults: string[]
  foreign: string[]
}

/** A fresh page, as a new visitor. Its errors and refusals are collected, and what it asks of other hosts. */
export async function visit(
  address: string,
  options: BrowserContextOptions = {},
  before?: string,
): Promise<Watched> {
  browser ??= chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  })
  const context = await (await browser).newContext({ viewport: { width: 1280, height: 800 }, ...options })
  onTestFinished(() => context.close())
  const page = await context.newPage()
  if (before) await page.addInitScript(before)
  const [faults, foreign]: string[][] = [[], []]
  page.on('pageerror', (error) => faults!.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(message.text()))
      faults!.push(message.text())
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(new URL(address).origin) && !request.url().startsWith('data:'))
      foreign!.push(request.url())
  })
  await page.goto(address)
  return { page, faults: faults!, foreign: foreign! }
}
