/** The processes of agents that run in a repository, from /proc: command lines and working directories. Others' are not to be seen. */
import fs from 'node:fs'
import { type AgentProcess, agentOf } from '../protocol/agent-processes.ts'
import { readText } from './disk.ts'
import { findRepository } from './git-places.ts'
import { listProcesses } from './process-tree.ts'

const LINE_BYTES = 64 * 1024

/** The agents that run in a repository (`common`: its shared git directory), or, outside of git, below a directory; by pid. */
export function agentsIn(place: { common: string } | { directory: string }): AgentProcess[] {
  return listProcesses()
    .filter(({ over }) => !over)
    .flatMap(({ pid, started, parent }) => {
      const argv = wordsOf(pid)
      const agent = agentOf(argv)
      const cwd = agent === null ? null : directoryOf(pid)
      if (agent === null || cwd === null || !isIn(cwd, place)) return []
      return [{ pid, started, parent, agent, cwd, command: argv.join(' ').slice(0, 200) }]
    })
    .sort((a, b) => a.pid - b.pid)
}

function wordsOf(pid: number): string[] {
  const reading = readText(`/proc/${pid}/cmdline`, LINE_BYTES)
  return 'text' in reading ? reading.text.split('\0').filter((word) => word !== '') : []
}

function directoryOf(pid: number): string | null {
  try {
    return fs.readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return null
  }
}

function isIn(cwd: string, place: { common: string } | { directory: string }): boolean {
  if ('directory' in place) return cwd === place.directory || cwd.startsWith(`${place.directory}/`)
  try {
    return findRepository(cwd)?.common === place.common
  } catch {
    return false
  }
}
