/** Slots where hard links are refused (FAT, some network mounts): directories with the text inside, which exclude a file just as well. */
import fs from 'node:fs'
import path from 'node:path'
import { type Staged, temporaryName } from '../atomic.ts'
import { asCoordError, codeOf, removeQuietly } from '../disk.ts'
import { SLOT_FILE } from '../slots.ts'

/** Let a staged text appear under its name, which must not exist yet, inside a directory; false when it does, or the staged text is gone. */
export function addSlotDirectory({ file, temporary }: Staged): boolean {
  const dir = `${temporary}-d`
  try {
    fs.mkdirSync(dir)
    fs.renameSync(temporary, path.join(dir, SLOT_FILE))
    fs.renameSync(dir, file)
    return true
  } catch (error) {
    fs.rmSync(dir, { recursive: true, force: true })
    if (['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR', 'EPERM'].includes(codeOf(error))) return false
    throw asCoordError(error, file)
  }
}

/** Remove such a slot: renamed aside first, so that nobody sees it without its text. False when it can't be removed. */
export function removeSlotDirectory(file: string): boolean {
  const aside = path.join(path.dirname(file), `${temporaryName()}-gone`)
  try {
    fs.renameSync(file, aside)
  } catch (error) {
    return codeOf(error) === 'ENOENT'
  }
  removeQuietly(path.join(aside, SLOT_FILE))
  fs.rmSync(aside, { recursive: true, force: true })
  return true
}
