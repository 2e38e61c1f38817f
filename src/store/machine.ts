/** What names this machine: its host name, and its own id, hashed since machine-id(5) asks that the raw value is not handed on. */
import fs from 'node:fs'
import { countProcessors, type Load, loadOf } from '../protocol/live/status-form.ts'
import { readText } from './disk.ts'
import { sha256 } from './entropy.ts'

/** A stable id of this machine, 32 hex digits, or null where it has none. */
export function machineId(): string | null {
  for (const file of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    try {
      const id = fs.readFileSync(file, 'utf8').trim()
      if (id) return sha256(`git-coord ${id}`).slice(0, 32)
    } catch {
      // Try the next place.
    }
  }
  return null
}

/** The host name. Read where the kernel tells it: loading node:os costs 0.2 ms. */
export function hostName(): string {
  const reading = readText('/proc/sys/kernel/hostname', 1024)
  return 'text' in reading ? reading.text.trim() : process.getBuiltinModule('node:os').hostname()
}

/** How busy the machine is. Read where the kernel tells it; loading node:os costs 0.2 ms. */
export function machineLoad(): Load {
  const average = readText('/proc/loadavg', 1024)
  const online = readText('/sys/devices/system/cpu/online', 1024)
  const processors = 'text' in online ? countProcessors(online.text) : 0
  if ('text' in average && processors > 0) return loadOf(Number.parseFloat(average.text), processors)
  const os = process.getBuiltinModule('node:os')
  return loadOf(Math.round(os.loadavg()[0]! * 100) / 100, os.availableParallelism())
}
