// Makes the start-up caches of bin/coord.cjs: what V8 has compiled of a bundle by the end of a run, which includes what came from the cache before.
'use strict'
const fs = require('node:fs')
const path = require('node:path')
const { setFlagsFromString } = require('node:v8')
const { Script } = require('node:vm')

/** What V8 knows its flags by, as it stands in the head of a cache. */
const flagsNow = () => new Script('').createCachedData().toString('latin1', 0, 16)

const asStarted = flagsNow()
setFlagsFromString('--no-sparkplug')
/** Under --jitless, --max-opt=0 and the like it was off before, and stays so. */
const wasOn = flagsNow() !== asStarted
if (wasOn) setFlagsFromString('--sparkplug')

/**
 * Whether V8 may compile to machine code without optimizing. A function that was is marked in the cache, and each later start would give it
 * feedback and machine code as soon as it is made, 1 to 2 ms of a heartbeat; so a run that makes a cache only interprets. V8's flags are part of
 * what a cache is known by: on again for reading and writing one. Source: `JSFunction::InitializeFeedbackCell` of V8 (src/objects/js-function.cc).
 */
exports.compile = (on) => {
  if (wasOn) setFlagsFromString(on ? '--sparkplug' : '--no-sparkplug')
}

/** A command that goes on longer than this, as a server does, is not worth interpreting. */
const PATIENCE_MS = 1000

/** Write the caches that are due: now if the command is done, else when it ends or has taken its time. */
exports.keep = (opened, done) => {
  let kept = false
  const keep = () => {
    if (kept) return
    kept = true
    exports.compile(true)
    for (const each of opened) if (each.due) writeCache(each)
  }
  if (done) return keep()
  process.once('exit', keep)
  setTimeout(keep, PATIENCE_MS).unref()
}

/** Write to the first place that takes it; to none where nobody does, as a cache only saves time. */
function writeCache({ script, files, made }) {
  for (const file of files) {
    try {
      const dir = path.dirname(file)
      fs.mkdirSync(dir, { recursive: true, mode: 0o700 })
      const stat = fs.lstatSync(dir)
      const { getuid } = process
      if (!stat.isDirectory() || (getuid && (stat.uid !== getuid() || (stat.mode & 0o022) !== 0))) continue
      const temporary = `${dir}/.tmp-${process.pid}`
      const bytes = Buffer.concat([script.createCachedData(), Buffer.of(Math.min(made, 255))])
      fs.writeFileSync(temporary, bytes, { mode: 0o600 })
      fs.renameSync(temporary, file)
      return
    } catch {
      // The next place.
    }
  }
}
