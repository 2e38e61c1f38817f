/**
 * A process that runs cases, so that one that hangs or fills the memory takes only this process with it. Reads `{home, seed, from, to}`
 * from its first argument; says `> number kind: spoil` before each case, `! fault` for what went wrong, and `. number` after it.
 */
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { say } from '../helpers/caught.ts'
import { caseOf, runCase } from './case.ts'
import { makeRoom } from './room.ts'

const { home, seed, numbers } = JSON.parse(process.argv[2]!) as {
  home: string
  seed: number
  numbers: number[]
}
const base = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'coord-fuzz-')))
try {
  const socket = path.join(base, 'socket')
  const server = net.createServer().listen(socket)
  server.unref()
  const template = path.join(base, 'template')
  makeRoom(home, template)
  for (const number of numbers) {
    const found = caseOf(seed, number)
    say(`> ${number} ${found.kind}: ${found.spoil.name}`)
    const dir = path.join(base, String(number))
    const begun = performance.now()
    for (const fault of runCase({ home, template, socket }, dir, seed, found))
      say(`! ${JSON.stringify(fault)}`)
    fs.rmSync(dir, { recursive: true, force: true })
    say(`. ${number} ${Math.round(performance.now() - begun)} ms`)
  }
} finally {
  fs.rmSync(base, { recursive: true, force: true })
}
