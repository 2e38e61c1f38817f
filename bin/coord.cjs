#!/usr/bin/env node
// Starts dist/hot.cjs or dist/everyday.cjs, with V8's compiled form of it from an earlier start where there is one (7 ms faster).
// The cache is keyed by content, Node version, architecture, V8's flags and command; one that anybody else could have written is ignored.
'use strict'
const fs = require('node:fs')
const path = require('node:path')
const vm = require('node:vm')

const home = path.dirname(__dirname)
const args = process.argv.slice(2)
// As in src/faces/cli/commands/hot.ts: each kilobyte that need not be loaded saves 10 µs.
const hot = ['heartbeat', 'claim', 'renew', 'release'].includes(args[0])
const bundle = `${home}/dist/${hot ? 'hot' : 'everyday'}.cjs`

function cacheFile(source) {
  const command = /^[a-z]{1,12}$/.test(args[0] || '') ? args[0] : 'other'
  const flags = [...process.execArgv, process.env.NODE_OPTIONS].join(' ')
  let mark = 0
  for (let i = 0; i < flags.length; i++) mark = (Math.imul(mark, 31) + flags.charCodeAt(i)) >>> 0
  const name = `${source.slice(2, 18)}-${process.version}-${process.arch}-${mark.toString(36)}-${command}`
  return (dir) => `${dir}/${name}`
}

function readCache(file) {
  try {
    const fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW || 0))
    try {
      const stat = fs.fstatSync(fd)
      const mine =
        !process.getuid || ((stat.uid === process.getuid() || stat.uid === 0) && (stat.mode & 0o022) === 0)
      if (!stat.isFile() || !mine) return undefined
      const data = Buffer.allocUnsafe(stat.size)
      return fs.readSync(fd, data) === stat.size ? data : undefined
    } finally {
      fs.closeSync(fd)
    }
  } catch {
    return undefined
  }
}

/** Beside the bundle, else in a directory that is this user's alone. */
function cacheDirectories() {
  const base = process.env.XDG_CACHE_HOME || (process.env.HOME && `${process.env.HOME}/.cache`)
  return [`${home}/dist/cache`, ...(base && path.isAbsolute(base) ? [`${base}/git-coord`] : [])]
}

function writeCache(script, named) {
  for (const dir of cacheDirectories()) {
    try {
      fs.mkdirSync(dir, { recursive: true, mode: 0o700 })
      const stat = fs.lstatSync(dir)
      if (
        !stat.isDirectory() ||
        (process.getuid && (stat.uid !== process.getuid() || (stat.mode & 0o022) !== 0))
      )
        continue
      const temporary = `${dir}/.tmp-${process.pid}`
      fs.writeFileSync(temporary, script.createCachedData(), { mode: 0o600 })
      fs.renameSync(temporary, named(dir))
      return
    } catch {
      // The next directory, or none: the cache only saves time.
    }
  }
}

let source
try {
  source = fs.readFileSync(bundle, 'utf8')
} catch {
  console.error('coord: dist/ is missing. In a checkout of git-coord: npm ci && npm run build')
  process.exitCode = 70
}
if (source !== undefined) {
  const named = cacheFile(source)
  const cachedData = cacheDirectories()
    .map(named)
    .reduce((found, file) => found || readCache(file), undefined)
  const script = new vm.Script(source, {
    filename: bundle,
    cachedData,
  })
  const module = { exports: {} }
  const load = (id) => require(id.startsWith('./') ? `${home}/dist/${id.slice(2)}` : id)
  script.runInThisContext().call(module.exports, module.exports, load, module, bundle, path.dirname(bundle))
  const done = module.exports.main(args, home)
  if (!cachedData || script.cachedDataRejected) writeCache(script, named)
  // Nothing is left to wait for, so V8 need not tidy its heap first (1 ms).
  if (done) process.exit()
}
