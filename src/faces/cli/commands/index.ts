/** The ordered registry of all commands, as the help lists them. */
import alerts from './alerts.ts'
import commit from './commit.ts'
import completion from './completion.ts'
import config from './config.ts'
import conflicts from './conflicts.ts'
import cost from './cost.ts'
import doctor from './doctor.ts'
import { everydayCommands } from './everyday.ts'
import exported from './export.ts'
import gc from './gc.ts'
import handoff from './handoff.ts'
import heartbeat from './heartbeat.ts'
import history from './history.ts'
import hook from './hook.ts'
import { hotCommands } from './hot.ts'
import init from './init.ts'
import install from './install.ts'
import log from './log.ts'
import mcp from './mcp.ts'
import menubar from './menubar.ts'
import monitor from './monitor.ts'
import poll from './poll.ts'
import publish from './publish.ts'
import query from './query.ts'
import remote from './remote.ts'
import report from './report.ts'
import request from './request.ts'
import rescue from './rescue.ts'
import rollcall from './rollcall.ts'
import run from './run.ts'
import serve from './serve.ts'
import statusline from './statusline.ts'
import sync from './sync.ts'
import torture from './torture.ts'
import uninstall from './uninstall.ts'
import verify from './verify.ts'
import wait from './wait.ts'
import watch from './watch.ts'

const [start, ...others] = everydayCommands

export const commands = [
  init,
  start!,
  heartbeat,
  ...hotCommands,
  wait,
  run,
  ...others,
  watch,
  handoff,
  rescue,
  request,
  rollcall,
  publish,
  poll,
  history,
  report,
  log,
  monitor,
  alerts,
  conflicts,
  cost,
  query,
  exported,
  gc,
  commit,
  remote,
  sync,
  doctor,
  hook,
  statusline,
  menubar,
  torture,
  config,
  completion,
  install,
  mcp,
  serve,
  verify,
  uninstall,
]
