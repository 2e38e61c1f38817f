/** What a remote needs of people before it arbitrates claims again. Reads only; asks nobody. */
import { CoordError } from '../protocol/errors.ts'
import type { Need } from '../protocol/needs.ts'
import { readContact } from '../store/remote/contact.ts'
import { loadRemote, type RemoteSetting } from '../store/remote/setting.ts'
import type { Room } from '../store/room.ts'

/** Kinds of trouble that pass by themselves: nobody need do anything. */
const PASSING = ['unreachable', 'slow', 'lease']

/** A need where the remote can't be relied on until somebody acts: a copied room, one that was emptied or refuses. */
export function remoteNeeds(room: Room): Need[] {
  const need = (text: string, act: string): Need[] => [{ kind: 'remote', text, session_ids: [], act }]
  try {
    const setting: RemoteSetting | null = loadRemote(room)
    const trouble = setting && readContact(room).trouble
    if (!trouble || PASSING.includes(trouble.kind)) return []
    const [act, status] = ['coord remote setup', 'coord remote status']
    const detail = trouble.detail.replace(`: ${act}`, '')
    return need(`claims here are provisional: ${detail}`, detail === trouble.detail ? status : act)
  } catch (error) {
    if (!(error instanceof CoordError)) throw error
    return need(error.message, 'coord remote setup')
  }
}
