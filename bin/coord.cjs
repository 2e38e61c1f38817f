#!/usr/bin/env node
// Starts dist/heartbeat.cjs, dist/hot.cjs, dist/hook.cjs, dist/git-hook.cjs or dist/everyday.cjs, with V8's compiled form of it from an earlier start where there is one (7 ms faster; 30 ms for dist/full.cjs).
// The cache is keyed by content, Node version, architecture, V8's flags and hot command or event; one that anybody else could have written is ignored.
// Node compiles this file at every start, so how a cache is made is in start-up-cache.cjs.
'use strict'
const fs = require('node:fs')
const path = require('node:path')
const { Script } = require('node:vm')

const home = path.dirname(__dirname)
const args = process.argv.slice(2)
// As in src/faces/cli/commands/hot.ts: each kilobyte that need not be loaded saves 10 µs.
const hot = ['claim', 'renew', 'release'].includes(args[0])
// The status line of Claude Code is read from a payload; with a flag it is a command like others.
const hook = args[0] === 'hook' || (args[0] === 'statusline' && args.length === 1)
const ofHook = args[1] === 'git' ? 'git-hook' : 'hook'
const kind = args[0] === 'heartbeat' ? 'heartbeat' : hot ? 'hot' : hook ? ofHook : 'everyday'

const HOUR = 3_600_000

/**
 * A cache, how often it was made, and whether it is to be made again: a first run may have seen little of a room, so it is after a
 * second, four, sixteen …, then every hour. The count is the last byte. Undefined for none that can be trusted.
 */
function readCache(file) {
  try {
    const fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW || 0))
    try {
      const stat = fs.fstatSync(fd)
      const mine =
        !process.getuid || ((stat.uid === process.getuid() || stat.uid === 0) && (stat.mode & 0o022) === 0)
      if (!stat.isFile() || !mine || stat.size < 2) return undefined
      const bytes = Buffer.allocUnsafe(stat.size)
      if (fs.readSync(fd, bytes) !== stat.size) return undefined
      const made = bytes[stat.size - 1]
      const due = Math.abs(Date.now() - stat.mtimeMs) > Math.min(HOUR, 1000 * 4 ** made)
      return { data: bytes.subarray(0, -1), made, due }
    } finally {
      fs.closeSync(fd)
    }
  } catch {
    return undefined
  }
}

/** Whether a file, or the directory that it needs, can be made; else there is no use in making a cache. */
function canBeWritten(file) {
  for (let dir = path.dirname(file); ; dir = path.dirname(dir))
    try {
      fs.accessSync(dir, fs.constants.W_OK)
      return true
    } catch (error) {
      if (error.code !== 'ENOENT' || dir === path.dirname(dir)) return false
    }
}

/** The bundles that were run, each with where its caches are, beside the bundle or in a directory that is this user's alone. */
const opened = []
/** What makes caches, once one is due. */
let maker

/** Run a bundle of dist/; what it exports. Throws where there is none. */
function open(kind, command) {
  const bundle = `${home}/dist/${kind}.cjs`
  const source = fs.readFileSync(bundle, 'utf8')
  const { execArgv, env } = process
  const flags = execArgv.length > 0 || env.NODE_OPTIONS ? [...execArgv, env.NODE_OPTIONS].join(' ') : ''
  let mark = 0
  for (let i = 0; i < flags.length; i++) mark = (Math.imul(mark, 31) + flags.charCodeAt(i)) >>> 0
  const name = `${source.slice(2, 18)}-${process.version}-${process.arch}-${mark.toString(36)}-${command}`
  const files = [`${home}/dist/cache/${name}`]
  const base = env.XDG_CACHE_HOME || (env.HOME && `${env.HOME}/.cache`)
  if (base && path.isAbsolute(base)) files.push(`${base}/git-coord/${name}`)
  let found
  for (let i = 0; i < files.length && !found; i++) found = readCache(files[i])
  maker?.compile(true)
  const script = new Script(source, { filename: bundle, cachedData: found?.data })
  const due = !found || found.due || script.cachedDataRejected
  const module = { exports: {} }
  opened.push({ kind, script, files, made: found ? found.made + 1 : 0, due, module })
  if (due && files.some(canBeWritten)) maker ??= require('./start-up-cache.cjs')
  maker?.compile(false)
  script.runInThisContext().call(module.exports, module.exports, load, module, bundle, `${home}/dist`)
  return module.exports
}

/** Modules as node has them, which the library loads too; a server starts once. */
const SERVERS = ['mcp', 'serve']

/**
 * `require` as a bundle sees it; of a module, a promise. Of another bundle, from its cache: the one with everything gains 30 ms by it, and
 * even the least 0.3, as node's own `require` takes 0.4.
 */
function load(id) {
  // A script of vm.Script can't import by itself.
  if (id.endsWith('.js')) return import(`${home}/dist/${id.slice(2)}`)
  if (!id.startsWith('./')) return require(id)
  const part = id.slice(2, -4)
  if (SERVERS.includes(part)) return require(`${home}/dist/${part}.cjs`)
  return opened.find(({ kind }) => kind === part)?.module.exports ?? open(part, part)
}

/** How the names of agents' events begin, and what the caches for them are called. */
const EVENTS = {
  pre: 'before',
  before: 'before',
  post: 'after',
  after: 'after',
  userprompt: 'prompt',
  sessionstart: 'start',
}

/** What came on standard input of a hook, for its bundle to go on from. */
let begun

/** What the cache of a hook is for: what comes before or after each tool, a prompt, a start, or all else. Where nothing can be read yet, the bundle waits for it. */
function eventOf() {
  try {
    if (fs.fstatSync(0).isCharacterDevice()) return kind
    const bytes = Buffer.allocUnsafe(65536)
    begun = bytes.subarray(0, fs.readSync(0, bytes))
  } catch {
    return kind
  }
  const name = /"hook_event_name"\s*:\s*"(pre|before|post|after|userPrompt|sessionStart)/i.exec(
    begun.latin1Slice(),
  )
  return name ? `${kind}-${EVENTS[name[1].toLowerCase()]}` : kind
}

let main
try {
  const isEvent = kind === 'hook' && args[0] === 'hook' && args.length === 2
  main = open(kind, hot ? args[0] : isEvent ? eventOf() : kind).main
} catch (error) {
  if (error.code !== 'ENOENT') throw error
  console.error('coord: dist/ is missing. In a checkout of git-coord: npm ci && npm run build')
  // Gemini CLI takes every code above 1 for a refusal.
  process.exitCode = hook ? 0 : 70
}
if (main) {
  const done = main(args, home, begun)
  if (maker) maker.keep(opened, done)
  // Nothing is left to wait for, so V8 need not tidy its heap first (1 ms).
  if (done) process.exit()
}
