import { z } from 'zod';

import { Count, Moment, Reason } from './common.ts';
import { route } from './route.ts';

/** What waits for a destination of a service that stores its messages. */
export const Queue = z
  .object({
    service: z.string(),
    destination: z.string(),
    label: z.string().describe('`adt`, or `adt/lab` where the service has several'),
    depth: z.int().describe('messages that wait or are under way'),
    oldest: Moment.optional().describe('when the one came that waits longest'),
    dead: z.int().describe('messages that were given up, and are kept until somebody resends or discards them'),
    served: z
      .boolean()
      .describe(
        'false: the spec has no such destination any more; what is in it is kept until it has, or it is discarded',
      ),
    held: z.boolean().describe('nothing is sent until somebody releases it'),
    hold: z
      .object({ by: z.string(), why: z.string().optional(), since: Moment })
      .optional()
      .describe('who holds it, as the audit has it'),
    inPerSecond: z.number().optional().describe('messages stored in a second, over the last minute'),
    outPerSecond: z.number().optional().describe('messages delivered in a second, over the last minute'),
  })
  .meta({ id: 'Queue' });

/** A stored message that was given up, and nothing of what it says. */
export const DeadMessage = z
  .object({
    id: z.int(),
    reason: z.string().describe('why it was given up: the code of the last acknowledgement, or what happened instead'),
    attempts: z.int(),
    at: Moment.describe('when it came, milliseconds since 1970'),
    deadAt: Moment.describe('when it was given up, milliseconds since 1970'),
    bytes: z.int(),
    messageType: z.string().describe('MSH-9.1'),
    triggerEvent: z.string().describe('MSH-9.2'),
    message: z.string().describe('its control id as events name it: a keyed hash, unless the spec shows control ids'),
  })
  .meta({ id: 'DeadMessage' });

const Codes = z
  .object({ AA: z.int(), AE: z.int(), AR: z.int(), CA: z.int(), CE: z.int(), CR: z.int() })
  .describe('acknowledgements by MSA-1, since the relay started');

const RelayServer = z.object({
  name: z.string(),
  state: z.enum(['up', 'down', 'drain', 'maint']),
  outstanding: z.int().describe('messages sent and not acknowledged yet'),
  connections: z.int(),
  sent: z.int(),
  answered: Codes,
  unknown: z.int().describe('messages of which it is not known what became of them'),
  unreachable: z.int().describe('connections that could not be made'),
  latencyP50: z.number().optional().describe('milliseconds to the acknowledgement, over the last minute'),
  latencyP99: z.number().optional().describe('the same; none where nothing was acknowledged'),
});

export const Relay = z
  .object({
    service: z.string(),
    delivery: z.enum(['direct', 'stored']),
    since: Moment.describe('when the relay started: all is counted from then on'),
    underWay: z.int().describe('messages that are under way, or wait for those before them'),
    counters: z.object({
      senders: z.int().describe('connections of senders now'),
      received: z.int(),
      answered: Codes,
      stored: z.int(),
      repeated: z.int().describe('messages that came again, and were acknowledged and not stored twice'),
      dead: z.int().describe('messages that were given up'),
      refused: z.int().describe('messages that were refused because of what they are'),
      unserved: z.int().describe('messages that were refused for want of a server, or of room on the disk'),
      unknown: z.int().describe('messages of which it is not known what became of them'),
      sentAgain: z.int().describe('messages that may have been handled twice'),
    }),
    destinations: z.array(
      z.object({
        name: z.string(),
        waiting: z.int().describe('messages that wait for a server to be free'),
        queue: Queue.optional().describe('where its messages are stored'),
        servers: z.array(RelayServer),
      }),
    ),
  })
  .meta({ id: 'Relay' });

const ServiceParams = z.object({ service: z.string() });
const QueueParams = ServiceParams.extend({ destination: z.string() });
const MessageParams = QueueParams.extend({ message: z.coerce.number().int().min(1) });

/** How many messages it was done to. */
const Done = z.object({ messages: z.int() });

export const relayRoutes = {
  queues: route({
    method: 'GET',
    path: '/api/v1/queues',
    summary: 'What is stored and not delivered yet, by service and destination',
    permission: 'read',
    reach: 'listed',
    response: z.array(Queue),
  }),
  relay: route({
    method: 'GET',
    path: '/api/v1/services/:service/relay',
    summary: 'How the messages of a service are passed on: its destinations, their queues and servers',
    permission: 'read',
    reach: 'service',
    params: ServiceParams,
    response: Relay,
  }),
  holdQueue: route({
    method: 'POST',
    path: '/api/v1/services/:service/queues/:destination/hold',
    summary: 'Stops sending from a queue. Messages are still taken and stored; what is under way ends',
    permission: 'operate',
    reach: 'service',
    params: QueueParams,
    query: Reason,
    response: Queue,
  }),
  releaseQueue: route({
    method: 'POST',
    path: '/api/v1/services/:service/queues/:destination/release',
    summary: 'Sends again from a queue that was held',
    permission: 'operate',
    reach: 'service',
    params: QueueParams,
    query: Reason,
    response: Queue,
  }),
  deadMessages: route({
    method: 'GET',
    path: '/api/v1/services/:service/queues/:destination/messages',
    summary: 'Messages that were given up, the newest first, without what they say',
    permission: 'read',
    reach: 'service',
    params: QueueParams,
    query: z.object({
      before: z.coerce.number().int().min(1).optional().describe('those before the one with this id'),
      limit: Count,
    }),
    response: z.array(DeadMessage),
  }),
  deadMessage: route({
    method: 'GET',
    path: '/api/v1/services/:service/queues/:destination/messages/:message',
    summary: 'One message that was given up, without what it says',
    permission: 'read',
    reach: 'service',
    params: MessageParams,
    response: DeadMessage,
  }),
  resendMessage: route({
    method: 'POST',
    path: '/api/v1/services/:service/queues/:destination/messages/:message/resend',
    summary: 'Puts a message that was given up back, at the end of its queue',
    permission: 'operate',
    reach: 'service',
    params: MessageParams,
    query: Reason,
    response: Done,
  }),
  resendMessages: route({
    method: 'POST',
    path: '/api/v1/services/:service/queues/:destination/messages/resend',
    summary: 'Puts all messages that were given up back, in the order in which they came',
    permission: 'operate',
    reach: 'service',
    params: QueueParams,
    query: Reason,
    response: Done,
  }),
  discardMessage: route({
    method: 'DELETE',
    path: '/api/v1/services/:service/queues/:destination/messages/:message',
    summary: 'Forgets a message that was given up. It cannot be had back',
    permission: 'operate',
    reach: 'service',
    params: MessageParams,
    query: Reason,
    response: Done,
  }),
  discardMessages: route({
    method: 'DELETE',
    path: '/api/v1/services/:service/queues/:destination/messages',
    summary: 'Forgets all messages that were given up. They cannot be had back',
    permission: 'operate',
    reach: 'service',
    params: QueueParams,
    query: Reason.extend({
      waiting: z
        .enum(['true', 'false'])
        .optional()
        .describe('`true`: those that wait as well; only while the queue is held, or not served any more'),
    }),
    response: Done,
  }),
} as const;
