/** The bundles beside this one, loaded when asked for. */
import type { Parts } from '../../context.ts'

/** The bundle's own. */
declare const require: (
  id: './full.cjs' | './lock.cjs' | './upkeep.cjs' | './paths.cjs' | './remote.cjs' | './words.cjs',
) => unknown

/** The bundle with everything: help, usage errors, rare commands. */
export const full = () => require('./full.cjs') as typeof import('./full.ts')

/** What most commands do without. */
export const lazy: Parts = {
  repair: () => full().repair,
  templates: () => full().templates,
  past: () => full().past,
  ledgers: () => full().ledgers,
  lock: () => require('./lock.cjs') as typeof import('../../store/lock.ts'),
  upkeep: () => require('./upkeep.cjs') as typeof import('../../store/tidy/upkeep.ts'),
  paths: () => require('./paths.cjs') as typeof import('../../store/paths.ts'),
  words: () => require('./words.cjs') as typeof import('../../protocol/refused.ts'),
  remote: () => require('./remote.cjs') as typeof import('../../operations/remote/transact.ts'),
  finishing: () => full().finishing,
}
