/** The files that a patch in the form of `apply_patch` touches (Codex: the whole patch is the tool's input, without a field for paths). */

const HEADS = ['*** Add File: ', '*** Update File: ', '*** Delete File: ', '*** Move to: ']

/** The paths in the order of the patch, each once. */
export function pathsOfPatch(patch: string): string[] {
  const paths = new Set<string>()
  for (const line of patch.split('\n')) {
    const head = HEADS.find((each) => line.startsWith(each))
    const path = head && line.slice(head.length).trim()
    if (path) paths.add(path)
  }
  return [...paths]
}
