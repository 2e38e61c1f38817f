/** What must hold of every answer, whatever the room is like. */
import type { Said } from '../helpers/caught.ts'
import { CANARY } from './spoils.ts'

/** The exit codes of the table, but for a fault of coord itself. */
const EXITS = [0, 1, 2, 3, 4, 75]
/** Bounds of one command inside a process that may share its processor. A lock whose owner can't be told is waited for five seconds. */
const MS = 8000
const MB = 64
// Controls but newline and tab, and characters that turn the direction of text.
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/

/** What is wrong with an answer. */
export function faultsOf(said: Said, json: boolean): string[] {
  const { code, out, err, ms, grown_mb } = said
  const faults: string[] = []
  if (!EXITS.includes(code)) faults.push(`exit ${code}: ${(err || out).slice(0, 1500)}`)
  if (/^ +at .*\d+:\d+\)?$/m.test(err)) faults.push(`a stack on stderr: ${err.slice(0, 1500)}`)
  if (/fault of coord|could not be refreshed: \w*Error/.test(err + out))
    faults.push(`a fault: ${(err + out).slice(0, 1500)}`)
  if (json) faults.push(...faultsOfJson(code, out))
  else if (UNSAFE.test(out)) faults.push(`a control character: ${JSON.stringify(around(out))}`)
  if (UNSAFE.test(err)) faults.push(`a control character on stderr: ${JSON.stringify(around(err))}`)
  if ((out + err).includes(CANARY)) faults.push('it shows what lies outside of the room')
  if (ms > MS) faults.push(`it took ${Math.round(ms)} ms`)
  if (grown_mb > MB) faults.push(`its memory grew by ${Math.round(grown_mb)} MB`)
  return faults
}

const around = (text: string) => text.slice(Math.max(0, text.search(UNSAFE) - 40)).slice(0, 120)

function faultsOfJson(code: number, out: string): string[] {
  try {
    const value = JSON.parse(out) as { ok?: unknown }
    return value.ok === (code === 0) ? [] : [`ok is ${value.ok} with exit ${code}`]
  } catch {
    return [`no JSON: ${out.slice(0, 200)}`]
  }
}

const SHAPES: [string, object][] = [
  ['Object', Object.prototype],
  ['Array', Array.prototype],
  ['Function', Function.prototype],
  ['String', String.prototype],
]
const keysOf = () => SHAPES.map(([name, shape]) => `${name}: ${Reflect.ownKeys(shape).map(String).join()}`)
const CLEAN = keysOf()

/** Whether a record has changed what all objects inherit. */
export const faultsOfPrototypes = () =>
  keysOf().some((keys, index) => keys !== CLEAN[index]) ? ['a prototype was changed'] : []
