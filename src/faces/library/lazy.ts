/** The parts that cost too much to load with the library. The bundler takes them in, and runs each when it is first asked for. */
import type { Parts } from '../../context.ts'

declare const require: (id: string) => unknown

export const lazy: Parts = {
  repair: () => require('../../protocol/repair.ts') as ReturnType<Parts['repair']>,
  lock: () => require('../../store/lock.ts') as ReturnType<Parts['lock']>,
  upkeep: () => require('../../store/tidy/upkeep.ts') as ReturnType<Parts['upkeep']>,
  finishing: () => require('../../operations/finishing.ts') as ReturnType<Parts['finishing']>,
  remote: () => require('../../operations/remote/transact.ts') as ReturnType<Parts['remote']>,
  ledgers: () => require('../../store/doctor/ledger.ts') as ReturnType<Parts['ledgers']>,
  past: () => require('../../store/past.ts') as ReturnType<Parts['past']>,
  paths: () => require('../../store/paths.ts') as ReturnType<Parts['paths']>,
  words: () => require('../../protocol/refused.ts') as ReturnType<Parts['words']>,
  templates: () => require('../../templates.ts') as ReturnType<Parts['templates']>,
}
