import { memo, type ReactNode, useState } from 'react';

import { may, useMe } from '../../api/session.ts';
import { ServerActions } from '../../acting/server-actions.tsx';
import { count, spanInWords } from '../../design/numbers.ts';
import { ServiceLink } from '../../parts/service-link.tsx';
import { StateBadge, StateMark } from '../../parts/state-badge.tsx';
import type { Problem } from './problems.ts';

/** How many are shown before somebody asks for all of them. */
const SHOWN = 8;

/** What is wrong, why, and what it means; or that all is well, and what is as somebody or steering wants it. */
export const ProblemList = memo(function ProblemList({
  problems,
}: {
  readonly problems: readonly Problem[];
}): ReactNode {
  const [isAll, setIsAll] = useState(false);
  const isWell = problems.every(({ shown: { tone } }) => tone === 'apart');
  const shown = isAll ? problems : problems.slice(0, SHOWN);
  return (
    <section className="problems panel" aria-labelledby="problems">
      <h2 id="problems" className={isWell ? 'all-well' : undefined} data-tone={isWell ? 'good' : undefined}>
        {isWell ? <AllWell /> : `${count(problems.length, 'thing')} to know`}
      </h2>
      {shown.length === 0 ? (
        <p className="quiet small">Every server answers its checks and takes work, and nobody waits.</p>
      ) : (
        <ul className="problem-list">
          {shown.map((problem) => (
            <li key={problem.key} data-tone={problem.shown.tone}>
              <ProblemItem problem={problem} />
            </li>
          ))}
        </ul>
      )}
      {problems.length > SHOWN && (
        <button type="button" className="button plain small" onClick={() => setIsAll(!isAll)}>
          {isAll ? 'Show fewer' : `Show all ${problems.length}`}
        </button>
      )}
    </section>
  );
});

const AllWell = (): ReactNode => (
  <>
    <StateMark tone="good" /> Nothing is wrong
  </>
);

function ProblemItem({ problem }: { readonly problem: Problem }): ReactNode {
  const { shown, subject, service, words, meaning, since, place } = problem;
  const me = useMe();
  // What steering does is taken back by itself.
  const isActedOn = place !== undefined && (shown.tone !== 'apart' || place.server.override !== undefined);
  const isAllowed = isActedOn && (may(me, 'operate', place.service) || may(me, 'change', place.service));
  return (
    <>
      <p className="problem-head">
        <StateBadge shown={shown} />
        {service === undefined ? <strong>{subject}</strong> : <ServiceLink service={service}>{subject}</ServiceLink>}
        {since !== undefined && <span className="quiet small number">{spanInWords(since)}</span>}
      </p>
      <p>{sentence(words)}</p>
      <p className="quiet small">{meaning}</p>
      {isAllowed && <ServerActions {...place} />}
    </>
  );
}

const sentence = (words: string): string => {
  const text = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
};
