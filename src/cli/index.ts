export { main } from './program.ts';
export { serviceInWords } from './health.ts';
export { complainOf } from './commands/check.ts';
export { paint } from './paint.ts';
export { demoStateDirectory, EXIT } from './world.ts';
export type { AgentOptions, Asked, DemoAction, Replied, RunOptions, Target, World } from './world.ts';
