import { createHash, randomBytes } from 'node:crypto';
import { Secret } from '#lib';

/** 256 random bits in base64url, after a prefix that tells people and scanners what it is. */
export const newSecret = (prefix = ''): Secret => new Secret(prefix + randomBytes(32).toString('base64url'));

/** What is kept of a secret. It has 256 random bits, so a plain hash cannot be turned back, and looking it up by hash tells nothing by its timing. */
export const hashOf = (secret: Secret): string => createHash('sha256').update(secret.reveal()).digest('hex');
