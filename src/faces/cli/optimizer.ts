/** V8's optimizing compiler, off for a while: a tenth of a second is too short for it. Loading node:v8 costs 1.5 ms. */
import type v8 from 'node:v8'

/** The bundle's own. */
declare const require: (id: 'node:v8') => typeof v8

let on = true

/** Let V8 optimize what runs often, or not; as it is by itself until this is called. */
export function optimize(wanted: boolean): void {
  if (on === wanted) return
  on = wanted
  require('node:v8').setFlagsFromString(on ? '--opt' : '--no-opt')
}
