/** Stopping a command with all that it has started. */
import { visible } from '../../protocol/escape.ts'
import { monotonic } from '../../store/pid-lock.ts'
import { findTree, signalProcess } from '../../store/process-tree.ts'
import type { Process } from '../../store/processes.ts'
import type { Child } from './child.ts'
import { write } from './output.ts'

const KILL_AFTER_MS = 5000
const GIVE_UP_AFTER_MS = 1000
const LOOK_MS = 100

/**
 * TERM to all, and after five seconds KILL to what is left; done when nothing of it runs. What TERM makes a process start, e.g. to clean up,
 * has these five seconds too. Says on stderr what can't be stopped, e.g. another user's processes. Without /proc: the command alone.
 */
export async function stopWhole(child: Child): Promise<void> {
  let tree = findTree(child.process ? [child.process] : [])
  let ended = false
  void child.ended.then(
    () => (ended = true),
    () => (ended = true),
  )
  const look = () => {
    tree = findTree(tree)
    return ended && tree.length === 0
  }
  child.kill('SIGTERM')
  for (const each of without(child, tree)) signalProcess(each, 'SIGTERM')
  if (await happens(look, KILL_AFTER_MS)) return
  const kill = () => {
    child.kill('SIGKILL')
    for (const each of without(child, tree)) signalProcess(each, 'SIGKILL')
    return look()
  }
  if (await happens(kill, GIVE_UP_AFTER_MS)) return
  const left = tree.map(({ pid, name }) => `${name} (pid ${pid})`).join(', ') || 'the command'
  write(2, `coord: ${visible(left)} can't be stopped, and goes on without the claim\n`)
}

/** The command itself is signalled through its handle, which knows best whether it still is there. */
const without = (child: Child, tree: Process[]) => tree.filter(({ pid }) => pid !== child.process?.pid)

/** Look again and again until it is so, or the time is up. */
async function happens(look: () => boolean, at_most_ms: number): Promise<boolean> {
  const until = monotonic() + at_most_ms
  while (!look()) {
    if (monotonic() >= until) return false
    await new Promise((go) => setTimeout(go, LOOK_MS))
  }
  return true
}
