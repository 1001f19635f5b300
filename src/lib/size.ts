const UNITS = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

type Unit = keyof typeof UNITS;

/** Reads `64KiB`, `10MiB`, `1GiB`, `512B`. Returns bytes, or undefined where the text is no size. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,9})(B|KiB|MiB|GiB)$/.exec(text);
  return match ? Number(match[1]) * UNITS[match[2] as Unit] : undefined;
}
