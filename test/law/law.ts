import { dirname, join } from 'node:path';
import type { Room } from './architecture.ts';
import type { Import } from './modules.ts';

/** Builtins that only compute, and of those that also do more, what only computes. */
const HARMLESS: Readonly<Record<string, readonly string[] | 'all'>> = {
  'node:buffer': 'all',
  'node:path': 'all',
  'node:util': 'all',
  'node:crypto': [
    'createHash',
    'createPrivateKey',
    'createPublicKey',
    'KeyObject',
    'timingSafeEqual',
    'X509Certificate',
  ],
  'node:net': ['BlockList', 'isIP', 'isIPv4', 'isIPv6', 'SocketAddress'],
};

/** The room a file lies in; undefined for a file of none. */
export const roomOf = (file: string, rooms: readonly Room[]): Room | undefined =>
  rooms.find((room) => file.startsWith(`${room.folder}/`));

/** Why this import is against the table in ARCHITECTURE.md: which rule it breaks and what the rule is for. Undefined where it is not. */
export function violation(imported: Import, rooms: readonly Room[]): string | undefined {
  const { file, line, specifier } = imported;
  const room = roomOf(file, rooms);
  const reason = room
    ? reasonAgainst(imported, room, rooms)
    : 'the file lies in no room of ARCHITECTURE.md, so nothing says what it may import';
  return (
    reason && `${file}:${line}: imports ${specifier === undefined ? 'a computed name' : `'${specifier}'`}: ${reason}`
  );
}

function reasonAgainst({ file, specifier, names }: Import, room: Room, rooms: readonly Room[]): string | undefined {
  if (specifier === undefined) return 'a name that is computed cannot be checked; write it out';
  if (specifier.startsWith('.')) return againstPath(join(dirname(file), specifier), room);
  if (specifier.startsWith('#')) return againstRoom(specifier.slice(1), room, rooms);
  if (specifier.startsWith('node:')) return againstBuiltin(specifier, names, room);
  return againstPackage(specifier, room);
}

function againstPath(target: string, room: Room): string | undefined {
  if (!target.startsWith(`${room.folder}/`)) {
    return `a relative path stays inside its room (${room.name}); another room is entered by its door (#room)`;
  }
  return /\.(tsx?|css|json)$/.test(target) ? undefined : 'a relative path names the file, with .ts';
}

function againstRoom(name: string, room: Room, rooms: readonly Room[]): string | undefined {
  if (!rooms.some((other) => other.name === name)) return `there is no room ${name} in ARCHITECTURE.md`;
  if (name === room.name)
    return 'inside a room files are named by relative path, so that its door shows only what leaves it';
  return room.mayImport.includes(name) || room.mayImport.includes('every room') ? undefined : notInTable(room);
}

function againstBuiltin(specifier: string, names: readonly string[], room: Room): string | undefined {
  const harmless = HARMLESS[specifier];
  if (harmless === 'all' || (harmless && names.every((name) => harmless.includes(name)))) return undefined;
  if (room.mayImport.includes(specifier) || room.mayImport.includes('node:*')) return undefined;
  const touching = room.pure ? `${room.name} is pure` : 'the room "system" is the one that touches the machine';
  return `${touching}: ${harmless ? `of ${specifier} only ${harmless.join(', ')} is free to all` : notInTable(room)}`;
}

function againstPackage(specifier: string, room: Room): string | undefined {
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  return room.mayImport.includes(name) ? undefined : `a package enters by one room; ${notInTable(room)}`;
}

const notInTable = (room: Room): string =>
  `the table in ARCHITECTURE.md lets ${room.name} import ${room.mayImport.join(', ') || 'nothing'}`;
