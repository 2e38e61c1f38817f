/** The page: the few files of the package's own directory for it, and no others. */
import fs from 'node:fs'

const FILES: Record<string, [file: string, type: string]> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/index.html': ['index.html', 'text/html; charset=utf-8'],
  '/app.js': ['app.js', 'text/javascript; charset=utf-8'],
  '/app.css': ['app.css', 'text/css; charset=utf-8'],
}

export const PAGES = Object.keys(FILES)

/** The answer for one of the paths, or null where the package has no such file. */
export function page(directory: string, path: string): Response | null {
  const [file, type] = FILES[path] ?? []
  if (!file || !type) return null
  try {
    return new Response(fs.readFileSync(`${directory}/${file}`), { headers: { 'content-type': type } })
  } catch {
    return null
  }
}
