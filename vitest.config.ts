import { defineConfig } from 'vitest/config';

// Two projects: `unit` is pure and fast; `journeys` runs real HAProxy and real peers, afterwards and one file at a time,
// because a journey measures time-outs, and two of them on one core would measure each other. `console` is a browser before
// a demonstration hospital.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/journeys/**', 'test/console/**'],
          // What takes a second alone may take ten beside others.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'journeys',
          include: ['test/journeys/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'console',
          include: ['test/console/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
