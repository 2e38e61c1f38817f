export function sessionId(index: number): string
export function writeRoom(
  dir: string,
  size: { sessions: number; heartbeats: number; messages?: number; claims?: number; archived?: number },
): string
