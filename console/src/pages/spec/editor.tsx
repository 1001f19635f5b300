import { autocompletion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, indentOnInput, indentUnit } from '@codemirror/language';
import { yaml } from '@codemirror/lang-yaml';
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { Compartment, EditorState, type Text } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  hoverTooltip,
  keymap,
  lineNumbers,
  type Tooltip,
} from '@codemirror/view';
import { type ReactNode, type Ref, useEffect, useImperativeHandle, useRef } from 'react';

import type { Problem } from './check.ts';
import { look } from './editor-look.ts';
import { helpAt, type Knowledge, proposalsAt } from './language/help.ts';
import type { Insertion } from './language/insert.ts';

export type EditorHandle = {
  /** Puts the cursor at a line and column, from 1, as problems have them. */
  readonly goTo: (line: number, column: number) => void;
  /** Shows another text. What somebody writes is never set from outside: it would be older than what they have written since. */
  readonly replace: (text: string) => void;
  /** Writes something and marks the name in it, to be written over. */
  readonly insert: (insertion: Insertion) => void;
};

type Props = {
  /** What it shows at first. */
  readonly initial: string;
  readonly onChange: (text: string) => void;
  readonly isReadOnly: boolean;
  readonly problems: readonly Problem[];
  readonly knowledge: Knowledge | undefined;
  readonly ref: Ref<EditorHandle>;
};

/** A text editor that knows the language. It lives in a shadow tree: there its styles need no exception from the page's policy. */
export function Editor({ initial, onChange, isReadOnly, problems, knowledge, ref }: Props): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView>(undefined);
  // What the editor asks later has to be what is known by then.
  const latest = useRef({ onChange, knowledge });
  const first = useRef(initial);
  useEffect(() => {
    latest.current = { onChange, knowledge };
  });

  useEffect(() => {
    const host = place.current;
    if (host === null) return undefined;
    const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
    const view = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        doc: first.current,
        extensions: [
          lineNumbers(),
          lintGutter(),
          history(),
          drawSelection(),
          highlightActiveLine(),
          indentOnInput(),
          bracketMatching(),
          EditorView.lineWrapping,
          yaml(),
          indentUnit.of('  '),
          look,
          keymap.of([...lintKeymap, ...historyKeymap, ...defaultKeymap]),
          autocompletion({ icons: false, override: [(context) => complete(context, latest.current.knowledge)] }),
          hoverTooltip((within, position) => explain(within, position, latest.current.knowledge)),
          EditorView.contentAttributes.of({ 'aria-label': 'Spec', tabindex: '0' }),
          readOnly.of([]),
          EditorView.updateListener.of(({ docChanged, state, transactions }) => {
            const isOurs = transactions.some((transaction) => transaction.isUserEvent('set'));
            if (docChanged && !isOurs) latest.current.onChange(state.doc.toString());
          }),
        ],
      }),
    });
    editor.current = view;
    return () => {
      view.destroy();
      editor.current = undefined;
    };
  }, []);

  useEffect(() => {
    editor.current?.dispatch({ effects: readOnly.reconfigure(EditorState.readOnly.of(isReadOnly)) });
  }, [isReadOnly]);
  useEffect(() => {
    const view = editor.current;
    if (view)
      view.dispatch(
        setDiagnostics(
          view.state,
          problems.map((problem) => diagnostic(view.state.doc, problem)),
        ),
      );
  }, [problems]);

  useImperativeHandle(ref, () => ({
    goTo(line, column) {
      const view = editor.current;
      if (view === undefined) return;
      const at = positionOf(view.state.doc, line, column);
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) });
      view.focus();
    },
    replace(text) {
      const view = editor.current;
      if (view === undefined || view.state.doc.toString() === text) return;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, userEvent: 'set' });
    },
    insert({ at, text: inserted, name }) {
      const view = editor.current;
      if (view === undefined) return;
      const begin = at + inserted.indexOf(name);
      view.dispatch({
        changes: { from: at, insert: inserted },
        selection: { anchor: begin, head: begin + name.length },
        effects: EditorView.scrollIntoView(begin, { y: 'center' }),
        userEvent: 'input',
      });
      view.focus();
    },
  }));

  return <div ref={place} className="spec-editor" />;
}

const readOnly = new Compartment();

const linesOf = (text: Text): readonly string[] => text.toString().split('\n');

function positionOf(text: Text, line: number, column: number): number {
  const found = text.line(Math.min(Math.max(1, line), text.lines));
  return Math.min(found.from + Math.max(0, column - 1), found.to);
}

function diagnostic(text: Text, { severity, message, location }: Problem): Diagnostic {
  const from = positionOf(text, location.line, location.column);
  const line = text.lineAt(from);
  const [word = ''] = /^[^\s:,{}[\]]+/.exec(line.text.slice(from - line.from)) ?? [];
  return { from, to: Math.max(Math.min(from + 1, line.to), from + word.length), severity, message };
}

function complete(
  { state, pos, explicit }: CompletionContext,
  knowledge: Knowledge | undefined,
): CompletionResult | null {
  if (knowledge === undefined) return null;
  const line = state.doc.lineAt(pos);
  const found = proposalsAt(knowledge, linesOf(state.doc), line.number - 1, pos - line.from);
  if (found === undefined || (found.typed === '' && !explicit)) return null;
  return {
    from: pos - found.typed.length,
    validFor: /^[\w./-]*$/,
    options: found.proposals.map(({ text, kind, help }) => ({
      label: text,
      type: kind === 'key' ? 'property' : 'constant',
      ...(kind === 'key' && { apply: `${text}: ` }),
      ...(help !== undefined && help !== '' && { info: help }),
    })),
  };
}

function explain({ state }: EditorView, position: number, knowledge: Knowledge | undefined): Tooltip | null {
  if (knowledge === undefined) return null;
  const line = state.doc.lineAt(position);
  const column = position - line.from;
  const [rest = ''] = /^[\w-]*/.exec(line.text.slice(column)) ?? [];
  const help = helpAt(knowledge, linesOf(state.doc), line.number - 1, column + rest.length);
  if (help === undefined) return null;
  return {
    pos: position,
    above: true,
    create() {
      const dom = document.createElement('div');
      dom.className = 'cm-help';
      dom.textContent = help;
      return { dom };
    },
  };
}
