import { join } from 'node:path';

/** The relay as a program: `node PROGRAM --config FILE`. */
export const PROGRAM = join(import.meta.dirname, 'main.ts');
