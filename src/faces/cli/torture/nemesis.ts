/** The processes of a torture: started, stopped, woken, killed and started anew; none outlives the end. */
import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import type { Halt } from '../../../protocol/torture/acts.ts'
import { type Chance, LONGEST_TERM_MS, pick } from '../../../protocol/torture/plan.ts'
import type { Host } from '../execute.ts'
import { clock } from './acting.ts'
import { stoppedMark } from './arena.ts'

export interface Troop {
  kills: number
  halts: Halt[]
  /** Start coord as a lane that may be stopped and killed; what it printed, null when it was killed. `again` starts it anew then. */
  start(
    lane: string,
    args: string[],
    env: Record<string, string>,
    options?: { safe?: boolean },
  ): Promise<string | null>
  /** Who runs and may be stopped and killed. */
  pids(): number[]
  /** Do something bad to somebody. */
  strike(chance: Chance): void
  /** Wake all, and wait for their ends; kill who is left after some time, with what `below` says it had started. */
  end(patience_ms: number, below?: (pid: number) => number[]): Promise<void>
}

interface Member {
  lane: string
  child: ChildProcess
  ended: Promise<unknown>
  safe: boolean
  halt: Halt | null
}

const SHORT_MS = 200
const OUTPUT = 1 << 20

/** A troop of processes of this very coord. */
export function gather(host: Host, arena: string): Troop {
  const members = new Set<Member>()
  const troop: Troop = {
    kills: 0,
    halts: [],
    async start(lane, args, env, { safe = false } = {}) {
      const child = spawn(process.execPath, [path.join(host.home, 'bin/coord.cjs'), ...args], {
        cwd: arena,
        env,
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      let out = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        if (out.length < OUTPUT) out += text
      })
      const ended = new Promise<string | null>((resolve) => {
        child.once('error', () => resolve(null))
        child.once('close', (code) => resolve(code === null ? null : out))
      })
      const member: Member = { lane, child, ended, safe, halt: null }
      members.add(member)
      try {
        return await ended
      } finally {
        members.delete(member)
      }
    },
    pids: () => [...members].flatMap(({ safe, child }) => (safe ? [] : (child.pid ?? []))),
    strike(chance) {
      const open = [...members].filter(({ safe, halt }) => !safe && !halt)
      if (open.length === 0) return
      const member = pick(chance, open)
      const die = chance()
      if (die < 0.12) kill(member)
      else stop(member, die < 0.22 ? LONGEST_TERM_MS * (1.1 + chance()) : chance() * SHORT_MS)
    },
    async end(patience_ms, below = () => []) {
      for (const member of members) wake(member)
      const all = Promise.all([...members].map(({ ended }) => ended))
      let timer: NodeJS.Timeout | undefined
      const late = new Promise((resolve) => (timer = setTimeout(resolve, patience_ms)))
      await Promise.race([all, late])
      clearTimeout(timer)
      for (const { child } of members) killWith(child, below)
      await Promise.all([...members].map(({ ended }) => ended))
    },
  }
  const kill = (member: Member) => {
    if (member.child.kill('SIGKILL')) troop.kills++
  }
  const stop = (member: Member, for_ms: number) => {
    fs.writeFileSync(stoppedMark(arena, member.child.pid ?? 0), '')
    if (!member.child.kill('SIGSTOP')) return
    member.halt = { lane: member.lane, from: clock(), to: Infinity }
    troop.halts.push(member.halt)
    setTimeout(() => wake(member), for_ms).unref()
  }
  const wake = (member: Member) => {
    if (!member.halt) return
    member.child.kill('SIGCONT')
    member.halt.to = clock()
    member.halt = null
  }
  return troop
}

/** None of them goes on when all is to be calm: a git would outlive its coord. */
function killWith(child: ChildProcess, below: (pid: number) => number[]): void {
  const started = child.pid === undefined ? [] : below(child.pid)
  child.kill('SIGKILL')
  for (const pid of started) signal(pid, 'SIGKILL')
}

/** Whether a process was there to get a signal. */
export function signal(pid: number, name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    // It has ended.
    return false
  }
}
