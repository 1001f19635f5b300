import { afterAll, beforeAll, expect, test } from 'vitest';

import { type Receiver, startReceiver } from '../relay/support.ts';
import { openFeed } from '../support/hl7.ts';
import { freePorts } from '../support/stand-ins.ts';
import { waitFor } from '../support/wait.ts';
import { ADMINISTRATOR, barriers, type Desk, picture } from './desk.ts';
import { looksRight } from './looks.ts';
import { enter, VIEWER } from './people.ts';

export function queues(at: () => Desk): void {
  let store: Receiver;
  let port = 0;
  let directPort = 0;
  let code: 'AA' | 'AR' = 'AR';

  beforeAll(async () => {
    store = await startReceiver((received) => received.answer(code));
    [port = 0, directPort = 0] = await freePorts(2);
  });
  afterAll(async () => {
    await patch({ reports: null, orders: null });
    await store?.close();
  });

  async function patch(services: object): Promise<void> {
    const page = await at().open('');
    const status = await page.evaluate(async (body) => {
      const headers = { 'content-type': 'application/json' };
      return (await fetch('/api/v1/spec', { method: 'PATCH', headers, body })).status;
    }, JSON.stringify({ services }));
    expect(status).toBe(200);
  }

  test('where no service stores its messages, it says what a queue is and how one has it', async () => {
    const page = await at().open('services');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.route('**/api/v1/queues', (route) => route.fulfill({ json: [] }));
    await page.getByRole('link', { name: 'Queues' }).click();
    await page.getByText('No service stores its messages').waitFor();
    await page.getByText('relay: { delivery: stored }').waitFor();
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'queues-empty');
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });

  test('a message that was given up is shown, without what it says, and resent with a reason', async () => {
    await patch({
      reports: {
        preset: 'hl7-mllp',
        listen: `127.0.0.1:${port}`,
        relay: { delivery: 'stored', acknowledge: 'application', attempts: 1 },
        check: { type: 'tcp', interval: '500ms' },
        servers: { store: `127.0.0.1:${store.port}` },
      },
    });
    const feed = await openFeed(port);
    expect(await feed.send('GIVEN-UP-1')).toMatchObject({ code: 'AA' });
    await feed.close();

    const page = await at().open('queues');
    const row = page.getByRole('row', { name: /^reports / });
    await row.getByText('Given up').first().waitFor({ timeout: 20_000 });
    await picture(page, 'queues');
    await row.getByRole('link', { name: 'reports' }).click();
    const message = page
      .getByRole('table', { name: /given up/ })
      .getByRole('row')
      .nth(1);
    expect(await message.innerText()).toMatch(/AR[\s\S]*ADT\^A08/);
    const said = await page.content();
    for (const name of ['GIVEN-UP-1', 'PID|']) expect(said).not.toContain(name);
    await picture(page, 'relay');

    const theirs = await enter(at(), 'queues/reports', VIEWER);
    await theirs.getByRole('table', { name: /given up/ }).waitFor();
    expect(await theirs.getByRole('button', { name: /hold|resend|discard/i }).count()).toBe(0);

    code = 'AA';
    await message.getByRole('button', { name: /^Resend message/ }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByText('end of the queue').waitFor();
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'relay-resend');
    await dialog.getByLabel('Reason').fill('the lab is back');
    await dialog.getByRole('button', { name: 'Resend' }).click();
    await page.getByRole('table', { name: /given up/ }).waitFor({ state: 'detached' });
    await page.getByText('AR 1, AA 1').or(page.getByText('AA 1, AR 1')).waitFor();
    expect(store.ids()).toEqual(['GIVEN-UP-1', 'GIVEN-UP-1']);
    await page.goto(`${at().url}#/audit`);
    const entry = page.getByRole('row').filter({ hasText: '“the lab is back”' });
    expect(await entry.innerText()).toContain(ADMINISTRATOR.name);
  });

  test('a queue is held and released', async () => {
    const page = await at().open('queues/reports');
    await page.getByRole('button', { name: /^Hold/ }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Hold' }).click();
    await page.getByText('held: nothing is sent').waitFor();
    await page.getByRole('button', { name: /^Release/ }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Release' }).click();
    await page.getByText('held: nothing is sent').waitFor({ state: 'detached' });
  });

  test('its messages are one step from the service, and a service that stores nothing is shown beside the queues', async () => {
    await patch({
      orders: {
        preset: 'hl7-mllp',
        listen: `127.0.0.1:${directPort}`,
        relay: 'on',
        check: { type: 'tcp', interval: '500ms' },
        servers: { store: `127.0.0.1:${store.port}` },
      },
    });
    code = 'AA';
    const feed = await openFeed(directPort);
    expect(await feed.send('DIRECT-1')).toMatchObject({ code: 'AA' });
    const page = await at().open('services/reports');
    await page.getByRole('link', { name: /\d waiting/ }).click();
    await page.getByText('acknowledged once it is on disk here').waitFor();
    await page.getByRole('link', { name: 'Queues' }).click();
    const row = page.getByRole('table', { name: /without storing/ }).getByRole('row', { name: /^orders / });
    await waitFor('one sender, one message', async () => /orders\s+1\s+0\s+1\s/.test(await row.innerText()));
    await feed.close();
    await row.getByRole('link', { name: 'orders' }).click();
    await page.getByText('nothing is stored here').waitFor();
  });

  test('a queue that is not served any more says so, and what can be done', async () => {
    const page = await at().open('services');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.route('**/api/v1/queues', async (route) => {
      const answer = await route.fetch();
      const told: unknown = await answer.json();
      // While the relay is told of another change it may not answer; the page asks again.
      if (!Array.isArray(told)) return route.fulfill({ response: answer });
      return route.fulfill({ json: told.map((queue: object) => ({ ...queue, served: false, depth: 3 })) });
    });
    await page.getByRole('link', { name: 'Queues' }).click();
    const row = page.getByRole('row', { name: /^reports/ });
    await row.getByText('Not served any more').waitFor();
    await row.getByText('vagus queue discard reports --all --waiting').waitFor();
    expect(await row.getByRole('link').count()).toBe(0);
    await picture(page, 'queues-left');
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });

  test('of a service whose messages are not relayed it says so', async () => {
    const page = await at().open('queues/adt');
    await page.getByText('its connections go to its servers as they are').waitFor();
  });

  test.each(['queues', 'queues/reports'])('look right: %s', async (path) => {
    const page = await at().open(path);
    await page.getByRole('table').first().waitFor();
    await looksRight(page, path.replace('/', '-'));
  });
}
