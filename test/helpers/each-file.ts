/** What vitest runs before each file of tests, also where files share their modules. */
import { afterAll } from 'vitest'
import { removeDirectories } from './directories.ts'

afterAll(removeDirectories)
