/** The parts that cost too much to load with the library. The bundler takes them in, and runs each when it is first asked for. */
import type { Lazy } from '../../store/room.ts'

declare const require: (id: string) => unknown

export const lazy: Lazy = {
  repair: () => require('../../protocol/repair.ts') as ReturnType<Lazy['repair']>,
  lock: () => require('../../store/lock.ts') as ReturnType<Lazy['lock']>,
  archive: () => require('../../store/archive.ts') as ReturnType<Lazy['archive']>,
  past: () => require('../../store/past.ts') as ReturnType<Lazy['past']>,
  templates: () => require('../../templates.ts') as ReturnType<Lazy['templates']>,
}
