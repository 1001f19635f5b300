export { main } from './program.ts';
export { serviceInWords } from './commands/status.ts';
export { complainOf } from './commands/check.ts';
export { paint } from './paint.ts';
export { demoStateDirectory, EXIT } from './world.ts';
export type { DemoAction, RunOptions, World } from './world.ts';
