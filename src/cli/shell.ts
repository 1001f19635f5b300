import { type Command, InvalidArgumentError, Option } from 'commander';

import { parseDuration } from '#lib';

import type { World } from './world.ts';

/** What the groups of commands are built with. */
export type Shell = {
  readonly world: World;
  readonly program: Command;
  /** What the command line ends with, once the promise is settled. */
  readonly ends: (code: number | Promise<number>) => Promise<void>;
};

/** A command with a description and examples, of the program or of a group. */
export function command(parent: Command, name: string, description: string, ...examples: readonly string[]): Command {
  return shown(parent.command(name).description(description), examples);
}

function shown(of: Command, examples: readonly string[]): Command {
  const lines = examples.map((text) => `  ${text}`).join('\n');
  return of.addHelpText('after', `\nExample${examples.length > 1 ? 's' : ''}:\n${lines}`);
}

/** The command `list` of a group: what the group's name alone does. */
export const listed = (group: Command, description: string, ...examples: readonly string[]): Command =>
  shown(group.command('list', { isDefault: true }).description(description), examples);

export const stateOption = (world: World): Option =>
  new Option('--state <dir>', 'the state directory').default(
    world.stateDirectory,
    `${world.stateDirectory}, or $VAGUS_STATE`,
  );

/** Adds what says which controller is meant. */
export const reaching = (world: World, of: Command): Command =>
  of
    .addOption(stateOption(world))
    .option('--url <url>', 'another machine’s controller, with the token in $VAGUS_TOKEN', httpsUrl)
    .option('--ca <file>', 'the CA that its certificate must chain to');

function httpsUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === 'https:' && url.pathname === '/' && url.search === '') return url.origin;
  throw new InvalidArgumentError('Write https://host:port.');
}

/** A duration, as it was written. */
export function duration(text: string): string {
  const known = parseDuration(text);
  if (known !== undefined && known > 0) return text;
  throw new InvalidArgumentError('Write 30s, 5m, 2h or 90d.');
}

/** A whole number from 1 on. */
export function positive(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Write a number.');
}

/** A number above 0. */
export function number(text: string): number {
  if (/^\d{1,9}(\.\d{1,6})?$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('Write a number, such as 1.3.');
}

/** Words with commas between them. */
export const list = (text: string): readonly string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
