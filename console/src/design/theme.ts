export const THEMES = ['system', 'light', 'dark', 'contrast'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'vagus-theme';

/** The theme that was chosen on this machine; `system` where none was. */
export function chosenTheme(): Theme {
  const kept = localStorage.getItem(KEY);
  return THEMES.find((theme) => theme === kept) ?? 'system';
}

/** Draws the page in a theme, now and whenever it is opened on this machine. */
export function chooseTheme(theme: Theme): void {
  if (theme === 'system') {
    localStorage.removeItem(KEY);
    delete document.documentElement.dataset['theme'];
  } else {
    localStorage.setItem(KEY, theme);
    document.documentElement.dataset['theme'] = theme;
  }
}

/** What decides on the colours that the browser makes of a theme. */
const MACHINE = ['(prefers-color-scheme: dark)', '(prefers-contrast: more)', '(forced-colors: active)'] as const;

/** Calls back when the page is drawn in other colours, here or by the machine; ends with what it returns. */
export function onOtherColours(call: () => void): () => void {
  const chosen = new MutationObserver(call);
  chosen.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  const machine = MACHINE.map((query) => matchMedia(query));
  for (const query of machine) query.addEventListener('change', call);
  return () => {
    chosen.disconnect();
    for (const query of machine) query.removeEventListener('change', call);
  };
}

/** The colours the page is drawn in, as one word that is another one whenever they change. */
export const coloursNow = (): string =>
  [
    document.documentElement.dataset['theme'] ?? 'system',
    ...MACHINE.map((query) => String(matchMedia(query).matches)),
  ].join(' ');
