/** Nobody: names that cannot be mistaken for those of patients. */
export type Person = {
  readonly id: string;
  readonly family: string;
  readonly given: string;
  readonly gender: 'female' | 'male';
  /** Year, month, day. */
  readonly born: readonly [year: number, month: number, day: number];
};

const FAMILIES = ['Demo', 'Sample', 'Placeholder', 'Testcase', 'Fixture'] as const;
const GIVEN = [
  ['Alpha', 'female'],
  ['Bravo', 'male'],
  ['Charlie', 'male'],
  ['Delta', 'female'],
] as const;

/** The twenty synthetic people of the demonstration, `p1` to `p20`. */
export const people: readonly Person[] = FAMILIES.flatMap((family, row) =>
  GIVEN.map(([given, gender], column) => {
    const number = row * GIVEN.length + column + 1;
    return { id: `p${number}`, family, given, gender, born: [1940 + 3 * number, 1 + (number % 12), 1 + number] };
  }),
);

const twoDigits = (number: number): string => String(number).padStart(2, '0');

/** The date of birth with `separator` between its parts. */
export const birthDate = ({ born: [year, month, day] }: Person, separator: string): string =>
  [year, twoDigits(month), twoDigits(day)].join(separator);
