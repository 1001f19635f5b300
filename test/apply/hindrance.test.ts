import { expect, test } from 'vitest';
import type { Step } from '#plan';

import { hindranceTo, outOfReach } from '../../src/apply/hindrance.ts';
import type { Standing } from '../../src/apply/standing.ts';

const standing = (state: Standing['revision']['state']): Standing =>
  ({ revision: { number: 7, state, confirmBy: undefined, by: 'bert' } }) as Standing;

test.each([
  ['nothing was asked', standing('applied'), {}, undefined],
  ['the revision is the one that was seen', standing('applied'), { ifRevision: 7 }, undefined],
  ['it is another one', standing('applied'), { ifRevision: 6 }, 'apply-revision'],
  ['nothing is in force', undefined, { ifRevision: 6 }, 'apply-revision'],
  ['nothing is in force, and nothing was seen', undefined, {}, undefined],
  ['one is watched', standing('watching'), {}, undefined],
  ['one waits to be confirmed', standing('unconfirmed'), {}, 'apply-unconfirmed'],
  ['one waits to be confirmed, and goes back', standing('unconfirmed'), { takesBack: true }, undefined],
  ['its time is over', standing('unconfirmed'), { takesBack: true, ifUnconfirmed: true }, undefined],
  [
    'it was confirmed at the last moment',
    standing('applied'),
    { takesBack: true, ifUnconfirmed: true },
    'apply-nothing-to-confirm',
  ],
])('where %s', (_, current, options, code) => {
  expect(hindranceTo(current, options)?.code).toBe(code);
});

const step = (service: string | undefined): Step => ({ service }) as Step;
const mine = { mayChange: (service: string | undefined) => service === 'pacs' };

test.each([
  ['a service of one’s own', [step('pacs')], undefined, undefined],
  ['the service of somebody else', [step('pacs'), step('portal')], undefined, /^you may not change portal;/],
  ['the whole site', [step('pacs'), step(undefined)], undefined, /^you may not change the whole site;/],
  ['nothing that is known, such as a comment', [], undefined, /the whole site/],
  ['nothing, in a service of one’s own', [], ['pacs'], undefined],
  ['nothing, in the service of somebody else', [], ['portal'], /portal/],
])('who may change one service reaches %s', (_, steps, services, refused) => {
  const found = outOfReach(steps, services, mine);
  if (refused === undefined) expect(found).toBeUndefined();
  else expect(found).toMatchObject({ code: 'apply-scope', message: expect.stringMatching(refused) });
});
