import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const theme = EditorView.theme({
  '&': {
    minHeight: '16rem',
    maxHeight: '70vh',
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--round)',
    background: 'var(--surface)',
    color: 'var(--ink)',
    fontSize: '0.875rem',
    overflow: 'hidden',
  },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '1px' },
  '.cm-scroller': { fontFamily: 'var(--code)', lineHeight: '1.55', overflow: 'auto' },
  '.cm-content': { caretColor: 'var(--ink)' },
  '.cm-cursor, .cm-dropCursor': { borderLeft: '2px solid var(--ink)' },
  '.cm-gutters': { border: '0', background: 'var(--surface-sunk)', color: 'var(--ink-quiet)' },
  '.cm-activeLine': { background: 'color-mix(in srgb, var(--accent) 8%, transparent)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'color-mix(in srgb, var(--focus) 30%, transparent)',
  },
  '.cm-tooltip': {
    maxWidth: '28rem',
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--round)',
    background: 'var(--surface-raised)',
    color: 'var(--ink)',
    fontFamily: 'var(--text)',
  },
  '.cm-help, .cm-completionInfo': { padding: '0.5rem 0.75rem', whiteSpace: 'pre-line' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--code)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    background: 'var(--accent)',
    color: 'var(--accent-ink)',
  },
  '.cm-diagnostic': { padding: '0.4rem 0.75rem', fontFamily: 'var(--text)' },
  '.cm-diagnostic-error': { borderLeft: '4px solid var(--bad)' },
  '.cm-diagnostic-warning': { borderLeft: '4px solid var(--doubtful)' },
  '.cm-lintRange-error': { background: 'none', textDecoration: 'underline wavy var(--bad)' },
  '.cm-lintRange-warning': { background: 'none', textDecoration: 'underline wavy var(--doubtful)' },
});

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--accent)' },
  { tag: tags.string, color: 'var(--chart-4)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--chart-2)' },
  { tag: tags.comment, color: 'var(--ink-quiet)', fontStyle: 'italic' },
  { tag: [tags.punctuation, tags.separator, tags.bracket], color: 'var(--ink-quiet)' },
]);

/** How the editor looks: as everything else does, in whatever theme. */
export const look = [theme, syntaxHighlighting(colours)];
