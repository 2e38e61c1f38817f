/**
 * The torture finds what is planted for it: within 20 seconds, what is left to `npm run torture` within a minute. Between clones, where few acts
 * meet in that time, a second run counts too.
 */
import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { cleanEnvironment } from '../helpers/cli.ts'
import { temporaryDirectory } from '../helpers/directories.ts'
import { FAULTS, plant } from './faults.ts'

const long = process.env.COORD_TORTURE === 'long'

const SOURCES = path.join(import.meta.dirname, '../../src')

test.each(FAULTS)('the source still has the line of $name', ({ file, line }) => {
  expect(fs.readFileSync(path.join(SOURCES, file), 'utf8').split(line)).toHaveLength(2)
})

test.each(FAULTS.filter((fault) => long || !fault.long))(
  'it finds $name',
  { timeout: 120_000 },
  async (fault) => {
    const bin = await plant(fault, temporaryDirectory())
    const atEnd = fault.breaks.some((promise) => ['message_lost', 'tree_touched'].includes(promise))
    // What is found in the end needs no storm before.
    const seconds = atEnd ? (fault.remote ? '1' : '3') : fault.long ? '60' : '18'
    const clones = fault.remote ? ['--remote', '--processes', atEnd ? '2' : '3'] : []
    const options = {
      cwd: temporaryDirectory(),
      env: cleanEnvironment(),
      extendEnv: false,
      reject: false,
    } as const
    const run = () =>
      execa(process.execPath, [bin, 'torture', '--seconds', seconds, ...clones, '--json'], options)
    const first = await run()
    const { stdout, exitCode } = first.exitCode === 0 && fault.remote ? await run() : first
    const { ok, error } = JSON.parse(stdout)
    expect({ ok, exitCode, code: error?.code }, stdout).toEqual({ ok: false, exitCode: 1, code: 'violated' })
    expect(fault.breaks, error.message).toContain(error.promise)
    expect(error.seconds).toBeLessThan(fault.long ? 62 : 20)
  },
)
