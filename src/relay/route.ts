import type { Hl7Header } from '#protocols';

/** The fields of MSH that a condition may name. */
export const CONDITION_FIELDS = [
  'messageType',
  'triggerEvent',
  'sendingApplication',
  'sendingFacility',
  'receivingApplication',
  'receivingFacility',
  'processingId',
  'version',
] as const;

/**
 * Which messages are meant: in every field that is named, the message has one of the values. A field with no values asks for
 * nothing. Of fields with components the first counts.
 */
export type Condition = Readonly<Partial<Record<(typeof CONDITION_FIELDS)[number], readonly string[]>>>;

/** True for a message that the condition means. */
export const isMeant = (condition: Condition, header: Hl7Header): boolean =>
  CONDITION_FIELDS.every((field) => {
    const values = condition[field] ?? [];
    return values.length === 0 || values.includes(firstComponent(header[field], header.separators.component));
  });

/** The destinations whose condition a message meets, in their order. */
export const routesOf = <Destination extends { readonly when: Condition }>(
  destinations: readonly Destination[],
  header: Hl7Header,
): readonly Destination[] => destinations.filter(({ when }) => isMeant(when, header));

function firstComponent(value: string, separator: string): string {
  const end = separator === '' ? -1 : value.indexOf(separator);
  return end < 0 ? value : value.slice(0, end);
}
