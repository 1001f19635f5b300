import * as fc from 'fast-check';
import type { Command, DimseMessage, Pdu } from '#protocols';

const byte = fc.nat({ max: 255 });
const short = fc.nat({ max: 0xffff });
const contextId = fc.nat({ max: 127 }).map((n) => 2 * n + 1);

const uid = fc.stringMatching(/^[0-9]{1,8}(\.[0-9]{1,10}){0,4}$/);

const aeTitle = fc
  .stringMatching(/^[\x20-\x5b\x5d-\x7e]{1,16}$/)
  .map((text) => text.trim())
  .filter((text) => text !== '');

const user = fc.record({
  maxPduBytes: fc.nat({ max: 0xffff_ffff }),
  implementationClassUid: uid,
  implementationVersionName: fc.option(fc.stringMatching(/^[\x21-\x7e]{1,16}$/), { nil: undefined }),
});

const associate = {
  calledAeTitle: aeTitle,
  callingAeTitle: aeTitle,
  applicationContext: uid,
  user,
};

const bytes = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((data) => Buffer.from(data));

const pdv = fc.record({ contextId: byte, isCommand: fc.boolean(), isLast: fc.boolean(), data: bytes(100) });

export const pdu: fc.Arbitrary<Pdu> = fc.oneof(
  fc.record({
    type: fc.constant('A-ASSOCIATE-RQ' as const),
    ...associate,
    contexts: fc.array(
      fc.record({ id: contextId, abstractSyntax: uid, transferSyntaxes: fc.array(uid, { maxLength: 4 }) }),
      { maxLength: 5 },
    ),
  }),
  fc.record({
    type: fc.constant('A-ASSOCIATE-AC' as const),
    ...associate,
    contexts: fc.array(fc.record({ id: contextId, result: fc.nat({ max: 4 }), transferSyntax: uid }), { maxLength: 5 }),
  }),
  fc.record({ type: fc.constant('A-ASSOCIATE-RJ' as const), result: byte, source: byte, reason: byte }),
  fc.record({ type: fc.constant('P-DATA-TF' as const), values: fc.array(pdv, { minLength: 1, maxLength: 4 }) }),
  fc.record({ type: fc.constantFrom('A-RELEASE-RQ' as const, 'A-RELEASE-RP' as const) }),
  fc.record({ type: fc.constant('A-ABORT' as const), source: byte, reason: byte }),
);

const optionalUid = fc.option(uid, { nil: undefined });

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    type: fc.constantFrom('C-ECHO-RQ' as const, 'C-FIND-RQ' as const, 'C-STORE-RQ' as const),
    messageId: short,
    sopClassUid: uid,
    sopInstanceUid: optionalUid,
  }),
  fc.record({
    type: fc.constantFrom('C-ECHO-RSP' as const, 'C-FIND-RSP' as const, 'C-STORE-RSP' as const),
    messageId: short,
    sopClassUid: optionalUid,
    sopInstanceUid: optionalUid,
    status: short,
  }),
);

export const message: fc.Arbitrary<DimseMessage> = fc.record({
  contextId,
  command,
  dataSet: fc.option(bytes(300), { nil: undefined }),
});
