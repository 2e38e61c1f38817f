/** The parts that the command line loads on demand, loaded at once for tests. */
import * as repair from '../../src/protocol/repair.ts'
import * as archive from '../../src/store/archive.ts'
import * as lock from '../../src/store/lock.ts'
import * as past from '../../src/store/past.ts'
import type { Lazy } from '../../src/store/room.ts'
import * as templates from '../../src/templates.ts'

export const lazy: Lazy = {
  repair: () => repair,
  lock: () => lock,
  archive: () => archive,
  templates: () => templates,
  past: () => past,
}
