/** The file layer within a test. Imported first of all, so that nobody has taken functions of node:fs before it. */
import { createRequire } from 'node:module'
import path from 'node:path'

/** What is to happen at the `at`-th call; see layer.cjs. */
export interface Plan {
  at: number
  as: string
  lasting?: boolean
  torn?: boolean
  late?: boolean
}

/** A call that was counted. */
export interface Call {
  name: string
  place: string | number
  errnos: string[]
  changes: boolean
}

interface Layer {
  arm(plan: Partial<Plan> & { below: string }): void
  disarm(): { calls: Call[]; reached: boolean; dead: boolean }
}

export const LAYER = path.join(import.meta.dirname, 'layer.cjs')
export const layer = createRequire(import.meta.url)(LAYER) as Layer
