import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';

import { access } from './access.ts';
import { acting } from './acting.ts';
import { audit } from './audit.ts';
import { changes } from './changes.ts';
import { type Desk, openDesk } from './desk.ts';
import { events } from './events.ts';
import { login } from './login.ts';
import { overview } from './overview.ts';
import { queues } from './queues.ts';
import { service } from './service.ts';
import { services } from './services.ts';
import { steering } from './steering.ts';

// One hospital and one browser for all pages: each part opens windows of its own, and leaves the hospital as it found it.

let desk: Desk;
const at = (): Desk => desk;

beforeAll(async () => {
  desk = await openDesk();
});
afterEach(async () => {
  await desk.closePages();
  expect(desk.complaints()).toEqual([]);
});
afterAll(() => desk?.close());

// The first: it makes the administrator as whom the others look.
describe('login', () => login(at));
describe('overview', () => overview(at));
describe('services', () => services(at));
describe('service', () => service(at));
describe('steering', () => steering(at));
describe('acting', () => acting(at));
describe('changes', () => changes(at));
describe('access', () => access(at));
describe('queues', () => queues(at));
describe('audit', () => audit(at));
describe('events', () => events(at));
