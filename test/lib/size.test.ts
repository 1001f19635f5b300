import { expect, test } from 'vitest';
import { parseSize } from '#lib';

test.each([
  ['512B', 512],
  ['64KiB', 65_536],
  ['10MiB', 10_485_760],
  ['1GiB', 1_073_741_824],
])('%s is %i bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each(['', '64', 'KiB', '64KB', '64kib', '1.5MiB', '-1B', '64 KiB'])('%j is no size', (text) => {
  expect(parseSize(text)).toBeUndefined();
});
