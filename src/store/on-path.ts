/** Whether a shell finds a program by its name. */
import fs from 'node:fs'
import path from 'node:path'

/** Whether an executable of this name lies in a directory of a search path (the form of PATH). */
export function isOnPath(name: string, searchPath: string): boolean {
  return searchPath.split(path.delimiter).some((dir) => dir !== '' && isExecutable(`${dir}/${name}`))
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK)
    return fs.statSync(file).isFile()
  } catch {
    return false
  }
}
