export { routes } from './table.ts';
export type { RouteName } from './table.ts';
export type { Answer, Asked, Method, Permission, Question, Reach, Route } from './route.ts';
export { Problem } from './common.ts';
export { Grant, Role } from './access.ts';
