/** The parts that the command line loads on demand, loaded at once for tests. */
import type { Parts } from '../../src/context.ts'
import * as finishing from '../../src/operations/finishing.ts'
import * as remote from '../../src/operations/remote/transact.ts'
import * as words from '../../src/protocol/refused.ts'
import * as repair from '../../src/protocol/repair.ts'
import * as ledgers from '../../src/store/doctor/ledger.ts'
import * as lock from '../../src/store/lock.ts'
import * as past from '../../src/store/past.ts'
import * as paths from '../../src/store/paths.ts'
import * as upkeep from '../../src/store/tidy/upkeep.ts'
import * as templates from '../../src/templates.ts'

export const lazy: Parts = {
  repair: () => repair,
  lock: () => lock,
  upkeep: () => upkeep,
  finishing: () => finishing,
  remote: () => remote,
  templates: () => templates,
  past: () => past,
  ledgers: () => ledgers,
  paths: () => paths,
  words: () => words,
}
