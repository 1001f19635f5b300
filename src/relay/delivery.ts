import type { Answer } from './answer.ts';
import type { Message } from './message.ts';

/** How a message fared with the servers of a destination. */
export type Outcome =
  /** A server acknowledged it, whatever the code. */
  | { readonly kind: 'answered'; readonly server: string; readonly answer: Answer }
  /** It was sent, and its sender had asked for no answer to what goes well. */
  | { readonly kind: 'silent'; readonly server: string }
  /** A byte of it or more was sent, and no acknowledgement came. */
  | { readonly kind: 'unknown'; readonly server: string; readonly why: string }
  /** Not a byte of it was sent. */
  | { readonly kind: 'unsent'; readonly why: string }
  /** Nobody waits for it any more, and not a byte of it was sent. */
  | { readonly kind: 'unwanted' };

/** A message on its way to one of a destination's servers. */
export type Delivery = {
  readonly message: Message;
  /** When it came, in ms of `performance.now()`. */
  readonly since: number;
  /** The servers that it does not go to any more. */
  readonly tried: Set<string>;
  /** The only one it may go to; undefined: any. */
  readonly only?: string | undefined;
  /** False where it must not be sent any more, should it not have been. */
  readonly isWanted: () => boolean;
  /** Called once. */
  readonly settle: (outcome: Outcome) => void;
};
