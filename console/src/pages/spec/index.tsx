import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef, useState } from 'react';

import { useAnswer } from '../../api/answer.ts';
import { type Me, may, useMe } from '../../api/session.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { Diff } from '../../parts/diff.tsx';
import { ErrorNotice } from '../../parts/error-notice.tsx';
import { ApplyDialog, type Outcome } from './apply-dialog.tsx';
import { type Problem, useCheck } from './check.ts';
import { type Draft, useDraft } from './draft.ts';
import { Editor, type EditorHandle } from './editor.tsx';
import { serviceOf } from './language/insert.ts';
import { PresetList } from './preset-list.tsx';
import { Preview } from './preview.tsx';
import { ProblemList } from './problem-list.tsx';
import './spec.css';

/** The spec: to read for everybody, to change for whoever may. */
export function SpecPage(): ReactNode {
  const me = useMe();
  const controller = useAnswer('/api/v1/controller', undefined, { every: 5_000 });
  const revision = controller.data?.revision;
  const inForce = useAnswer(
    '/api/v1/revisions/:revision/spec',
    { params: { revision: revision ?? 0 } },
    { enabled: revision !== undefined },
  );
  const error = controller.error ?? inForce.error;
  const read =
    revision !== undefined && inForce.data !== undefined ? { base: revision, text: inForce.data } : undefined;
  // While another revision is read, the one before it is still shown: nobody is torn away from what they write.
  const [last, setLast] = useState(read);
  if (read !== undefined && read.base !== last?.base) setLast(read);
  const shown = read ?? last;
  return (
    <div className="page">
      <p>
        <Link to="/changes">All changes</Link>
      </p>
      {me !== undefined && shown !== undefined ? (
        <Desk me={me} inForce={shown} />
      ) : (
        <>
          <h1>Spec</h1>
          {error ? <ErrorNotice error={error} /> : <p className="quiet">Reading…</p>}
        </>
      )}
    </div>
  );
}

const NONE: readonly Problem[] = [];

function Desk({ me, inForce }: { readonly me: Me; readonly inForce: Draft }): ReactNode {
  const [kept, keep] = useDraft(me.name);
  const [outcome, setOutcome] = useState<Outcome>();
  const [asked, setAsked] = useState<'apply' | 'discard'>();
  const editor = useRef<EditorHandle>(null);
  const schema = useAnswer('/api/v1/spec/schema').data;
  const presets = useAnswer('/api/v1/presets').data;
  const mayChange = may(me, 'change');
  const draft = kept ?? inForce;
  const { checked, isCurrent, error, again } = useCheck(draft.text);
  const problems = checked?.problems ?? NONE;
  const isChanged = draft.text !== inForce.text;
  const write = (text: string): void => {
    setOutcome(undefined);
    keep({ base: draft.base, text });
  };
  const isWriting = kept !== undefined;
  useEffect(() => {
    if (!isWriting) editor.current?.replace(inForce.text);
  }, [isWriting, inForce.text]);
  return (
    <>
      <header className="page-head">
        <h1>Spec</h1>
        <p className="quiet">{kept ? `your change of revision ${draft.base}` : `revision ${inForce.base}, in force`}</p>
      </header>
      {kept && kept.base !== inForce.base && (
        <Overtaken draft={kept} inForce={inForce} onGoOn={() => keep({ ...kept, base: inForce.base })} />
      )}
      <div className="spec-desk">
        <div className="spec-main">
          <Editor
            ref={editor}
            initial={draft.text}
            onChange={write}
            isReadOnly={!mayChange}
            problems={problems}
            knowledge={schema && presets && { schema, presets }}
          />
          <p className="hint small quiet">
            {mayChange
              ? 'Ctrl-Space says what can be written, F8 goes to the next problem. What you write stays in this window until it is applied.'
              : 'To change it takes the role administrator for the whole site.'}
          </p>
          {mayChange && (
            <div className="page-head">
              <button
                type="button"
                className="button primary"
                disabled={!isChanged || !isCurrent || checked?.accepted !== true || kept?.base !== inForce.base}
                onClick={() => setAsked('apply')}
              >
                Apply…
              </button>
              <button type="button" className="button" disabled={!kept} onClick={() => setAsked('discard')}>
                Give it up…
              </button>
            </div>
          )}
          {outcome && <Done outcome={outcome} />}
        </div>
        <div className="spec-side">
          <section aria-labelledby="check">
            <h2 id="check">Check</h2>
            <Verdict isCurrent={isCurrent} isAccepted={checked?.accepted} problems={problems} />
            {error && <ErrorNotice error={error} what="Check" onRetry={again} />}
            <ProblemList problems={problems} onGoTo={(line, column) => editor.current?.goTo(line, column)} />
            {isChanged && checked?.accepted === true && <Preview steps={checked.steps} />}
          </section>
          {presets && (
            <details>
              <summary>Presets and their reasons</summary>
              <PresetList
                presets={presets}
                isReadOnly={!mayChange}
                onInsert={(preset) => editor.current?.insert(serviceOf(preset, draft.text))}
              />
            </details>
          )}
        </div>
      </div>
      {asked === 'apply' && kept && checked && (
        <ApplyDialog
          draft={kept}
          steps={checked.steps}
          onDone={(done) => {
            setOutcome(done);
            keep(undefined);
          }}
          onClose={() => setAsked(undefined)}
        />
      )}
      {asked === 'discard' && kept && (
        <ConfirmDialog
          isOpen
          title="Give up what you have written?"
          action="Give it up"
          isDangerous
          onConfirm={async () => keep(undefined)}
          onClose={() => setAsked(undefined)}
        >
          <p>The spec in force is shown again. Nothing that runs is concerned.</p>
          <Diff before={inForce.text} after={kept.text} names={['the spec in force', 'what you have written']} />
        </ConfirmDialog>
      )}
    </>
  );
}

type VerdictProps = {
  readonly isCurrent: boolean;
  readonly isAccepted: boolean | undefined;
  readonly problems: readonly Problem[];
};

function Verdict({ isCurrent, isAccepted, problems }: VerdictProps): ReactNode {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const words = isAccepted === true ? 'HAProxy accepts it.' : `To be mended: ${errors}.`;
  return (
    <p role="status" className={isCurrent ? undefined : 'quiet'}>
      {isCurrent ? words : 'Checking…'}
    </p>
  );
}

type OvertakenProps = { readonly draft: Draft; readonly inForce: Draft; readonly onGoOn: () => void };

/** Somebody else was quicker: what they changed has to be seen before it can be overwritten. */
function Overtaken({ draft, inForce, onGoOn }: OvertakenProps): ReactNode {
  return (
    <div className="note" role="alert">
      <p>
        <strong>
          Revision {inForce.base} is in force now, and you began from revision {draft.base}.
        </strong>{' '}
        Take over what you want to keep of it, then go on. Your text against it:
      </p>
      <Diff before={inForce.text} after={draft.text} names={[`revision ${inForce.base}`, 'what you have written']} />
      <p>
        <button type="button" className="button" onClick={onGoOn}>
          I have seen it: go on from revision {inForce.base}
        </button>
      </p>
    </div>
  );
}

const Done = ({ outcome: { revision, how, state } }: { readonly outcome: Outcome }): ReactNode => (
  <p className="note" role="status">
    {how === 'nothing' ? 'The same was in force already.' : `Revision ${revision} is in force, ${HOW[how]}.`}
    {state === 'watching' && ' It is watched, and taken back where services suffer from it.'}
  </p>
);

const HOW: Readonly<Record<Exclude<Outcome['how'], 'nothing'>, string>> = {
  live: 'made live',
  reload: 'by a reload',
  start: 'with a start of the engine',
  adopted: 'as it ran already',
  none: 'and no engine had to be told',
};
