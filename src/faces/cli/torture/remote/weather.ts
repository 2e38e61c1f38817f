/** What befalls clones besides what befalls processes: the remote goes away, git is killed or stopped apart, a machine loses all at once. */
import fs from 'node:fs'
import { type Chance, pick } from '../../../../protocol/torture/plan.ts'
import { stoppedMark } from '../arena.ts'
import { signal, type Troop } from '../nemesis.ts'
import { remoteIn } from './clones.ts'

/** How often it happened. */
export interface Weather {
  /** The remote was away. */
  partitions: number
  /** A git was killed or stopped by itself, which /proc must tell of. */
  git_killed: number
  git_stopped: number
  /** A process was killed together with its git. */
  crashes: number
  /** Claims, renewals and releases that the remote had not taken when they were answered. */
  provisional: number
}

const LONGEST_AWAY_MS = 1500
const LONGEST_STOP_MS = 300

export interface Storm {
  seen: Weather
  strike(chance: Chance): void
  /** The remote is back, and who was stopped goes on. */
  calm(): void
}

/** Weather for a troop. */
export function brew(troop: Troop, arena: string): Storm {
  const seen: Weather = { partitions: 0, git_killed: 0, git_stopped: 0, crashes: 0, provisional: 0 }
  const stopped = new Set<number>()
  const away = `${remoteIn(arena)}.away`
  const bringBack = () => {
    if (isThere(away)) fs.renameSync(away, remoteIn(arena))
  }
  const part = (for_ms: number) => {
    if (isThere(away)) return
    fs.renameSync(remoteIn(arena), away)
    seen.partitions++
    setTimeout(bringBack, for_ms).unref()
  }
  const stop = (pid: number, for_ms: number) => {
    fs.writeFileSync(stoppedMark(arena, pid), '')
    if (!signal(pid, 'SIGSTOP')) return
    seen.git_stopped++
    stopped.add(pid)
    setTimeout(() => wake(pid), for_ms).unref()
  }
  const wake = (pid: number) => {
    if (stopped.delete(pid)) signal(pid, 'SIGCONT')
  }
  const crash = (pid: number, below: number[]) => {
    for (const each of [pid, ...below]) signal(each, 'SIGKILL')
    seen.crashes++
  }
  return {
    seen,
    strike(chance) {
      const die = chance()
      if (die < 0.02) return part(200 + chance() * LONGEST_AWAY_MS)
      const pids = troop.pids()
      if (die > 0.15 || pids.length === 0) return
      const busy = pids.map((pid) => ({ pid, below: gitBelow(pid) })).filter(({ below }) => below.length > 0)
      if (busy.length === 0) return
      const { pid, below } = pick(chance, busy)
      if (die < 0.04) crash(pid, below)
      else if (die < 0.07) seen.git_killed += Number(signal(pick(chance, below), 'SIGKILL'))
      else stop(pick(chance, below), chance() * LONGEST_STOP_MS)
    },
    calm() {
      for (const pid of stopped) wake(pid)
      bringBack()
    },
  }
}

const isThere = (link: string) => fs.lstatSync(link, { throwIfNoEntry: false }) !== undefined

/** The git processes that a process has started, without those of the remote's side: they would be another machine's. Source: proc(5). */
export function gitBelow(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => (isRemote(child) ? [] : [child, ...gitBelow(child)]))
}

function childrenOf(pid: number): number[] {
  try {
    return fs
      .readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .split(' ')
      .flatMap((text) => Number(text.trim()) || [])
  } catch {
    return []
  }
}

function isRemote(pid: number): boolean {
  try {
    return /receive-pack|upload-pack/.test(fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
  } catch {
    return true
  }
}
