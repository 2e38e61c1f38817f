/**
 * `init --scripts`: the seven scripts of the original protocol in `COORDINATION/scripts/`, calling coord. A script that is not
 * as coord writes it is somebody's own.
 */
import fs from 'node:fs'
import path from 'node:path'
import { addFile, replaceFile } from './atomic.ts'
import { asCoordError, lookAt, readText } from './disk.ts'
import type { Texts } from './layout.ts'

const DIRECTORY = 'scripts'
const NAMES = ['start', 'heartbeat', 'claim', 'release', 'status', 'send-message', 'check-messages']
const BYTES = 1 << 20

/** What became of the scripts, as paths in the room; `saved` are the old ones that were replaced. */
export interface Scripts {
  written: string[]
  kept: string[]
  saved: string[]
}

/** Write the scripts. Others of these names are kept, or with `force` set aside as `NAME.orig` and replaced. */
export function writeScripts(root: string, template: Texts['template'], force: boolean): Scripts {
  const result: Scripts = { written: [], kept: [], saved: [] }
  for (const [file, text] of scriptsOf(template)) writeScript(root, file, text, force, result)
  return result
}

/** The scripts in a room that are as coord writes them, as paths in it. */
export function listScripts(root: string, template: Texts['template']): string[] {
  const isOurs = ([file, text]: [string, string]) => {
    const reading = readText(path.join(root, file), BYTES)
    return 'text' in reading && reading.text === text
  }
  return scriptsOf(template)
    .filter(isOurs)
    .map(([file]) => file)
}

function scriptsOf(template: Texts['template']): [file: string, text: string][] {
  const head = template('scripts/head.sh')
  const files = NAMES.map((name) => `${DIRECTORY}/session-${name}.sh`)
  return files.map((file) => [file, `${head}${template(file)}`])
}

function writeScript(root: string, name: string, text: string, force: boolean, result: Scripts): void {
  const place = { root, file: path.join(root, name) }
  const old = readText(place.file, BYTES)
  const same = 'text' in old && old.text === text
  if (!same && !('missing' in old)) {
    if (!force) return void result.kept.push(name)
    result.saved.push(setAside(root, name))
  }
  if (same && isExecutable(place.file)) return
  if (!same) replaceFile(place, text)
  makeExecutable(place.file)
  result.written.push(name)
}

/** Move what lies there to the first free name with `.orig`; nothing is ever overwritten. */
function setAside(root: string, name: string): string {
  for (let copy = 1; ; copy++) {
    const aside = `${name}.orig${copy === 1 ? '' : `-${copy}`}`
    const target = path.join(root, aside)
    if (lookAt(target) || !addFile({ root, file: target }, '')) continue
    try {
      fs.renameSync(path.join(root, name), target)
    } catch (error) {
      throw asCoordError(error, target)
    }
    return aside
  }
}

const isExecutable = (file: string) => ((lookAt(file)?.mode ?? 0) & 0o111) !== 0

function makeExecutable(file: string): void {
  try {
    fs.chmodSync(file, 0o755)
  } catch (error) {
    throw asCoordError(error, file)
  }
}
