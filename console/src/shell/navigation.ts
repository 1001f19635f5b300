import type { Permission } from '../api/session.ts';

/** What the navigation shows, in its order; an entry with a permission only to those who have it for the whole site. */
export const navigation = [
  { to: '/', title: 'Overview' },
  { to: '/services', title: 'Services' },
  { to: '/changes', title: 'Changes' },
  { to: '/maintenance', title: 'Maintenance' },
  { to: '/certificates', title: 'Certificates' },
  { to: '/queues', title: 'Queues' },
  { to: '/steering', title: 'Steering' },
  { to: '/events', title: 'Events' },
  { to: '/audit', title: 'Audit', permission: 'audit' },
  { to: '/access', title: 'Access' },
] as const satisfies readonly { readonly to: string; readonly title: string; readonly permission?: Permission }[];
