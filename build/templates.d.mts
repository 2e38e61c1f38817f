export function templateModule(source: string): string
