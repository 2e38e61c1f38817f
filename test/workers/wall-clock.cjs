// Preloaded with --require: the wall clock of this process is off by WALL_CLOCK_STEP milliseconds. The kernel's clocks stay as they are.
'use strict'
const Real = Date
const step = Number(process.env.WALL_CLOCK_STEP)
const now = () => Real.now() + step
globalThis.Date = new Proxy(Real, {
  construct: (_target, given, as) => Reflect.construct(Real, given.length > 0 ? given : [now()], as),
  apply: () => new Real(now()).toString(),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
})
