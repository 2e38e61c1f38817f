/** Runs cases in processes of their own, watches them, and gathers what went wrong. A fault can be planted in the bundle that they run. */
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { build, type Plugin } from 'esbuild'
import { templates } from '../../build/templates.mjs'

/** A change of one source file, in the bundle only: `from` must stand in it. */
export interface Planted {
  file: string
  from: string
  to: string
}

const BANNER = 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);'

const planting = ({ file, from, to }: Planted, home: string): Plugin => ({
  name: 'planted',
  setup(builder) {
    builder.onLoad({ filter: /\.ts$/ }, ({ path: loaded }) => {
      if (path.relative(home, loaded) !== file) return undefined
      const text = fs.readFileSync(loaded, 'utf8')
      if (!text.includes(from)) throw new Error(`${file} has no ${from}`)
      return { contents: text.replace(from, to), loader: 'ts' }
    })
  },
})

/** Bundle the worker into a directory; its path. */
async function bundle(home: string, dir: string, planted: Planted | null): Promise<string> {
  const outfile = path.join(dir, 'worker.mjs')
  const plugins: Plugin[] = [templates, ...(planted ? [planting(planted, home)] : [])]
  const entryPoints = [path.join(home, 'test/fuzz/worker.ts')]
  await build({
    ...{
      absWorkingDir: home,
      entryPoints,
      bundle: true,
      platform: 'node',
      target: 'node20.19',
      format: 'esm',
    },
    ...{ outfile, banner: { js: BANNER }, logLevel: 'silent', plugins },
    // As build/bundles.mjs has it.
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    // Loaded on a terminal alone, which the worker never has.
    external: ['./*.cjs'],
  })
  return outfile
}

/** A case takes a second at most, on a machine that is very busy ten. */
const SILENCE_MS = 30_000

export interface Finding {
  number: number
  what: string
}

export interface Options {
  home: string
  seed: number
  numbers: number[]
  planted?: Planted | null
  /** Stop after so many seconds, or at the first finding. */
  seconds?: number
  first?: boolean
  /** How long a case may say nothing. */
  patience_ms?: number
  tell?(line: string): void
}

const MEMORY = '/dev/shm'

/** Where files lie in memory, and nobody waits for a disk; null where there is none, or little. */
function roomyMemory(): string | null {
  try {
    const { bavail, bsize } = fs.statfsSync(MEMORY)
    return bavail * bsize > 512e6 ? MEMORY : null
  } catch {
    return null
  }
}

/** Run the cases; how many were run, and what went wrong. A process that hangs is ended, and its case is a finding. */
export async function fuzz(options: Options): Promise<{ ran: number; findings: Finding[] }> {
  const dir = fs.realpathSync(fs.mkdtempSync(path.join(roomyMemory() ?? os.tmpdir(), 'coord-fuzz-')))
  const end = Date.now() + (options.seconds ?? 3600) * 1000
  try {
    const worker = await bundle(options.home, dir, options.planted ?? null)
    const findings: Finding[] = []
    let left = options.numbers
    while (left.length > 0 && Date.now() < end && !(options.first && findings.length > 0)) {
      const batch = await runBatch(worker, dir, { ...options, numbers: left.slice(0, BATCH) }, end)
      findings.push(...batch.findings)
      left = left.slice(Math.max(1, batch.done))
    }
    return { ran: options.numbers.length - left.length, findings }
  } finally {
    fs.rmSync(dir, { recursive: true, force: true })
  }
}

/** Peaks of memory are told of a whole process, so that it is not to live for long. */
const BATCH = 150

function runBatch(worker: string, dir: string, options: Options, end: number) {
  const { home, seed, numbers, first, tell, patience_ms = SILENCE_MS } = options
  const given = JSON.stringify({ home, seed, numbers })
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', TMPDIR: dir, LANG: 'C.UTF-8' }
  const child = spawn(process.execPath, ['--max-old-space-size=512', worker, given], { env })
  const findings: Finding[] = []
  let at = numbers[0]!
  let name = 'making the room'
  let done = 0
  let errors = ''
  let stopped = false
  const stop = () => {
    stopped = true
    child.kill('SIGKILL')
  }
  const found = (what: string) => findings.push({ number: at, what: `${name}: ${what}` })
  const hang = () => {
    found(`nothing for ${patience_ms / 1000} s`)
    done++
    stop()
  }
  let watch = setTimeout(hang, patience_ms)
  const onLine = (line: string) => {
    clearTimeout(watch)
    if (stopped) return
    watch = setTimeout(hang, patience_ms)
    if (line.startsWith('> ')) [, at, name] = parts(line)
    if (line.startsWith('! ')) found(JSON.parse(line.slice(2)) as string)
    if (line.startsWith('. ')) done++
    tell?.(line)
    if (Date.now() > end || (first && findings.length > 0 && line.startsWith('. '))) stop()
  }
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    lines.forEach(onLine)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  return new Promise<{ done: number; findings: Finding[] }>((resolve) => {
    child.once('close', (code, signal) => {
      clearTimeout(watch)
      if (!stopped && code !== 0) {
        found(`its process ended with ${code ?? signal}: ${errors.slice(0, 1500)}`)
        done++
      }
      resolve({ done, findings })
    })
  })
}

function parts(line: string): [string, number, string] {
  const space = line.indexOf(' ', 2)
  return [line, Number(line.slice(2, space)), line.slice(space + 1)]
}
