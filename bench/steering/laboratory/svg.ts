/** A drawing on a light card, readable wherever it is shown. `body`: what is drawn, in the same units. */
export const svg = (width: number, height: number, title: string, body: readonly string[]): string => `\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}" font-family="system-ui, sans-serif" font-size="13">
<rect width="${width}" height="${height}" rx="8" fill="#fdfdfb"/>
${body.join('\n')}
</svg>
`;

type Look = { readonly anchor?: 'start' | 'middle' | 'end'; readonly weight?: number; readonly fill?: string };

export const text = (x: number, y: number, words: string, { anchor = 'start', weight = 400, fill = INK }: Look = {}) =>
  `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}" font-weight="${weight}" fill="${fill}">${words}</text>`;

export const line = (x1: number, y1: number, x2: number, y2: number, stroke: string, width = 1, dash = ''): string =>
  `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" stroke="${stroke}" stroke-width="${width}"${dash && ` stroke-dasharray="${dash}"`}/>`;

export const dot = (x: number, y: number, fill: string, stroke: string): string =>
  `<circle cx="${at(x)}" cy="${at(y)}" r="4.5" fill="${fill}" stroke="${stroke}" stroke-width="2"/>`;

export const box = (x: number, y: number, width: number, height: number, fill: string): string =>
  `<rect x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}" fill="${fill}"/>`;

/** Coordinates with a tenth of a unit: more is only bytes. */
export const at = (value: number): string => String(Math.round(value * 10) / 10);

export const INK = '#1c2733';
export const FAINT = '#66727f';
export const RULE = '#d9dee3';
export const BLUE = '#1f5fa8';
export const AMBER = '#f3d9a4';
