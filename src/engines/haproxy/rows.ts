/** One row of `show servers state`: the values by the names of their columns. */
export type Row = {
  get(column: string): string | undefined;
  /** The row with other values in some columns, as HAProxy would write it. */
  with(values: Readonly<Record<string, string>>): string;
};

/** Reads `show servers state`: a line with the version of the format, one with the names of the columns, and the rows. */
export function readRows(text: string): { readonly head: readonly string[]; readonly rows: readonly Row[] } {
  const [version = '1', header = '', ...lines] = text.split('\n');
  const columns = new Map(
    header
      .replace(/^# /, '')
      .split(' ')
      .map((name, index) => [name, index]),
  );
  const rows = lines.filter((line) => line !== '').map((line) => rowOf(line.split(' '), columns));
  return { head: [version, header], rows };
}

const rowOf = (values: readonly string[], columns: ReadonlyMap<string, number>): Row => ({
  get: (column) => values[columns.get(column) ?? -1],
  with(changed) {
    const written = [...values];
    for (const [column, value] of Object.entries(changed)) {
      const index = columns.get(column);
      if (index !== undefined) written[index] = value;
    }
    return written.join(' ');
  },
});

/** `backend/server`. */
export const nameOf = (row: Row): string => `${row.get('be_name')}/${row.get('srv_name')}`;

/** What somebody has decided about a server (`srv_admin_state`, flags). */
const FORCED_MAINT = 0x01;
const FORCED_DRAIN = 0x08;

const flags = (row: Row): number => Number(row.get('srv_admin_state') ?? 0);

export const isInMaint = (row: Row): boolean => (flags(row) & FORCED_MAINT) !== 0;
export const isDraining = (row: Row): boolean => (flags(row) & FORCED_DRAIN) !== 0;

/** Not taking anything because it was found down, or has not been found up yet (`srv_op_state`). */
export const isDown = (row: Row): boolean => row.get('srv_op_state') === '0';

/** What `srv_op_state` is for a server that takes work. */
export const RUNNING = '2';
