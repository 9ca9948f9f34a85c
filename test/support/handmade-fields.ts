/** Hand-made frames whose fields are repeated, disordered, unknown, missing, or of the wrong kind. */
import { DNSTAP, type Level, MESSAGE, POLICY } from '../reference/schema.ts';
import {
  bytesField,
  concat,
  dnstapFrame,
  field,
  fieldOfWireType,
  fixed32Field,
  fixed64Field,
  group,
  message,
  policy,
  UNKNOWN_NUMBER,
} from './frames.ts';
import {
  ADDRESSES,
  canonicalFrame,
  droppedFrame,
  FRAME_VALUES,
  frameOf,
  type HandmadeFrame,
  MESSAGE_VALUES,
  POLICY_VALUES,
  QUERY,
  rebuiltFrame,
  without,
} from './handmade-frame.ts';

const FULL_MESSAGE = message(MESSAGE_VALUES);
const FULL_FRAME_VALUES = { ...FRAME_VALUES, message: FULL_MESSAGE };

interface LevelName {
  level: Level;
  prefix: string;
  /** A full frame in which this level lacks one field, and has these bytes at its end. */
  frameWith(missing: string | undefined, rest: Uint8Array): Uint8Array;
}

const LEVELS: LevelName[] = [
  {
    level: DNSTAP,
    prefix: 'Dnstap',
    frameWith: (missing, rest) => {
      const values = missing === undefined ? FULL_FRAME_VALUES : without(FULL_FRAME_VALUES, missing);
      return dnstapFrame(missing === 'type' ? { ...values, type: [] } : values, { rest });
    },
  },
  {
    level: MESSAGE,
    prefix: 'Message',
    frameWith: (missing, rest) => {
      const values = missing === undefined ? MESSAGE_VALUES : without(MESSAGE_VALUES, missing);
      return dnstapFrame({ ...FRAME_VALUES, message: message(values, { rest }) });
    },
  },
  {
    level: POLICY,
    prefix: 'Policy',
    frameWith: (missing, rest) => {
      const values = missing === undefined ? POLICY_VALUES : without(POLICY_VALUES, missing);
      const content = policy(values, { rest });
      return dnstapFrame({ ...FRAME_VALUES, message: message({ ...MESSAGE_VALUES, policy: content }) });
    },
  },
];

/** Another value of the right kind for a known field. */
function secondValue(schema: Level[number], number: number): Uint8Array {
  switch (schema.wire) {
    case 'fixed32':
      return fixed32Field(number, 7);
    case 'bytes':
      return bytesField(number, ADDRESSES.otherIpv4);
    case 'submessage':
      return bytesField(number, number === 14 ? field(1, 6) : field(3, 2));
    default:
      return field(number, 1);
  }
}

const duplicates: HandmadeFrame[] = LEVELS.flatMap(({ level, prefix, frameWith }) =>
  Object.entries(level).map(([number, schema]) =>
    rebuiltFrame(`${prefix}.${schema.name} twice`, frameWith(undefined, secondValue(schema, Number(number)))),
  ),
);

const wrongWireTypes: HandmadeFrame[] = LEVELS.flatMap(({ level, prefix, frameWith }) =>
  Object.entries(level).flatMap(([number, schema]) =>
    ([0, 1, 2, 3, 5] as const)
      .filter((wireType) => wireType !== rightWireType(schema))
      .map((wireType) => {
        const name = `${prefix}.${schema.name} with wire type ${wireType}`;
        const bytes = frameWith(schema.name, fieldOfWireType(Number(number), wireType));
        if (level === DNSTAP && schema.name === 'type') return droppedFrame(name, 'TYPE_NOT_MESSAGE', bytes);
        if (level === DNSTAP && schema.name === 'message') return droppedFrame(name, 'MESSAGE_MISSING', bytes);
        if (level === MESSAGE && schema.name === 'type') return droppedFrame(name, 'MESSAGE_TYPE_UNKNOWN', bytes);
        return canonicalFrame(name, bytes);
      }),
  ),
);

function rightWireType(schema: Level[number]): number {
  if (schema.wire === 'fixed32') return 5;
  return schema.wire === 'bytes' || schema.wire === 'submessage' ? 2 : 0;
}

const unknownEnumValues: HandmadeFrame[] = LEVELS.flatMap(({ level, prefix, frameWith }) =>
  Object.entries(level).flatMap(([number, schema]) => {
    if (schema.wire !== 'enum') return [];
    return [0n, schema.highest + 1n, 0x7fff_ffffn, -1n].map((value) => {
      const name = `${prefix}.${schema.name} of ${value}`;
      const bytes = frameWith(schema.name, field(Number(number), value));
      if (schema.name === 'type') {
        return droppedFrame(name, level === DNSTAP ? 'TYPE_NOT_MESSAGE' : 'MESSAGE_TYPE_UNKNOWN', bytes);
      }
      return canonicalFrame(name, bytes);
    });
  }),
);

const unknownFields: HandmadeFrame[] = LEVELS.flatMap(({ prefix, frameWith }) => [
  canonicalFrame(`${prefix}: an unknown field of every wire type`, frameWith(undefined, everyWireType(UNKNOWN_NUMBER))),
  canonicalFrame(`${prefix}: an unknown field twice`, frameWith(undefined, concat(field(90, 1), field(90, 2)))),
  canonicalFrame(
    `${prefix}: an unknown field that looks like a frame`,
    frameWith(undefined, bytesField(90, frameOf({}))),
  ),
  canonicalFrame(
    `${prefix}: a known number with the wrong wire type beside the right one`,
    frameWith(undefined, fixed64Field(1, 1n)),
  ),
  canonicalFrame(`${prefix}: an unknown empty field`, frameWith(undefined, bytesField(90, ''))),
]);

function everyWireType(number: number): Uint8Array {
  return concat(...([0, 1, 2, 3, 5] as const).map((wireType) => fieldOfWireType(number, wireType)));
}

const HALF_A = message({ type: 5, socket_family: 1, query_address: ADDRESSES.ipv4 });
const HALF_B = message({ query_port: 49_152, query_message: QUERY });

const merged: HandmadeFrame[] = [
  rebuiltFrame(
    'message twice, with one half in each',
    concat(bytesField(14, HALF_A), field(15, 1), bytesField(14, HALF_B)),
  ),
  rebuiltFrame(
    'message twice, the type in the second',
    concat(bytesField(14, HALF_B), field(15, 1), bytesField(14, HALF_A)),
  ),
  rebuiltFrame('message twice, the second empty', concat(bytesField(14, HALF_A), bytesField(14, ''), field(15, 1))),
  rebuiltFrame('message twice, the first empty', concat(bytesField(14, ''), bytesField(14, HALF_A), field(15, 1))),
  rebuiltFrame(
    'message three times, another client in each',
    dnstapFrame({
      message: [HALF_A, message({ query_address: ADDRESSES.otherIpv4 }), message({ query_address: ADDRESSES.ipv6 })],
    }),
  ),
  rebuiltFrame(
    'message twice, unknown fields in both',
    dnstapFrame({ message: [concat(HALF_A, field(90, 1)), concat(field(91, 2), HALF_B)] }),
  ),
  rebuiltFrame(
    'message twice, half of a policy in each',
    dnstapFrame({
      message: [
        concat(HALF_A, bytesField(15, policy({ type: 'RPZ', action: 1 }))),
        message({ policy: policy({ action: 3, value: 'x' }) }),
      ],
    }),
  ),
  rebuiltFrame(
    'policy twice, with one half in each',
    frameOf({ policy: [policy({ type: 'RPZ', rule: 'r' }), policy({ action: 1, match: 2 })] }),
  ),
  rebuiltFrame(
    'policy twice, the second replacing the first',
    frameOf({ policy: [policy({ rule: 'one', value: 'a' }), policy({ rule: 'two', value: 'b' })] }),
  ),
  rebuiltFrame('policy twice, both empty', frameOf({ policy: ['', ''] })),
  rebuiltFrame(
    'query_address three times, the last one empty',
    frameOf({ query_address: [ADDRESSES.ipv4, ADDRESSES.ipv6, ''] }),
  ),
  rebuiltFrame(
    'Message.type twice, the last a resolver query',
    dnstapFrame({ message: message({ type: [5, 3], query_address: ADDRESSES.ipv4 }) }),
  ),
  canonicalFrame('Message.type known, then unknown', dnstapFrame({ message: message({ type: [5, 99] }) })),
  canonicalFrame('Message.type unknown, then known', dnstapFrame({ message: message({ type: [99, 5] }) })),
  canonicalFrame('Dnstap.type MESSAGE, then unknown', dnstapFrame({ message: HALF_A, type: [1, 2] })),
  canonicalFrame('socket_family INET, then unknown', frameOf({ socket_family: [1, 9], query_address: ADDRESSES.ipv4 })),
  canonicalFrame(
    'socket_family unknown, with an address of each length',
    frameOf({ socket_family: 9, query_address: ADDRESSES.ipv4, response_address: ADDRESSES.ipv6 }),
  ),
];

const orders: HandmadeFrame[] = [
  canonicalFrame("dnsdist's order: 1, 2, 15, 14, 3", dnstapFrame(FULL_FRAME_VALUES, { order: [1, 2, 15, 14, 3] })),
  canonicalFrame(
    "the recursor's order: Message 1, 3, 2, 4, 6, 5, 7",
    dnstapFrame(
      { ...FRAME_VALUES, message: message(MESSAGE_VALUES, { order: [1, 3, 2, 4, 6, 5, 7] }) },
      { order: [1, 15, 14] },
    ),
  ),
  canonicalFrame(
    'every field of Message from the last to the first',
    dnstapFrame(
      {
        ...FRAME_VALUES,
        message: message(MESSAGE_VALUES, { order: [16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1] }),
      },
      { order: [15, 14, 3, 2, 1] },
    ),
  ),
  canonicalFrame(
    'every field of Policy from the last to the first',
    frameOf({ policy: policy(POLICY_VALUES, { order: [5, 4, 3, 2, 1] }) }),
  ),
  canonicalFrame(
    'unknown fields before the known ones',
    concat(everyWireType(90), dnstapFrame({ message: concat(everyWireType(90), HALF_A) })),
  ),
  canonicalFrame(
    'unknown fields between the known ones',
    concat(field(15, 1), group(90), bytesField(14, concat(field(1, 5), field(90, 1), field(2, 1))), field(91, 1)),
  ),
  rebuiltFrame(
    "dnsdist's order with identity twice",
    dnstapFrame({ ...FULL_FRAME_VALUES, identity: ['a', 'b'] }, { order: [1, 2, 15, 14, 3] }),
  ),
  rebuiltFrame(
    'a descending Message in a frame where only identity stands twice',
    dnstapFrame({ identity: ['a', 'b'], message: message(MESSAGE_VALUES, { order: [16, 15, 14, 10, 5, 4, 3] }) }),
  ),
  rebuiltFrame(
    'unknown fields before the known ones, where version stands twice',
    concat(field(90, 1), dnstapFrame({ version: ['a', 'b'], message: concat(field(90, 1), HALF_A) }), field(15, 1)),
  ),
];

const missing: HandmadeFrame[] = [
  droppedFrame('no message', 'MESSAGE_MISSING', dnstapFrame(FRAME_VALUES)),
  droppedFrame('nothing but the type MESSAGE', 'MESSAGE_MISSING', field(15, 1)),
  droppedFrame('an empty message', 'MESSAGE_TYPE_UNKNOWN', dnstapFrame({ message: '' })),
  droppedFrame('two empty messages', 'MESSAGE_TYPE_UNKNOWN', dnstapFrame({ message: ['', ''] })),
  droppedFrame('no Dnstap.type', 'TYPE_NOT_MESSAGE', dnstapFrame({ message: HALF_A, type: [] })),
  droppedFrame('no Dnstap.type and no message', 'TYPE_NOT_MESSAGE', dnstapFrame({ identity: 'x', type: [] })),
  droppedFrame('Dnstap.type 2 and no Message.type', 'TYPE_NOT_MESSAGE', dnstapFrame({ message: HALF_B, type: 2 })),
  droppedFrame('no Message.type', 'MESSAGE_TYPE_UNKNOWN', dnstapFrame({ message: HALF_B })),
  droppedFrame(
    'no Message.type in either of two messages',
    'MESSAGE_TYPE_UNKNOWN',
    dnstapFrame({ message: [HALF_B, HALF_B] }),
  ),
  canonicalFrame('nothing but the two types', dnstapFrame({ message: field(1, 5) })),
  canonicalFrame(
    'nothing but the two types and socket_family',
    dnstapFrame({ message: message({ type: 3, socket_family: 2 }) }),
  ),
  rebuiltFrame(
    'nothing but the two types, twice each',
    dnstapFrame({ message: message({ type: [5, 6] }), type: [1, 1] }),
  ),
];

/** Frames whose fields are repeated, disordered, unknown, missing, or of the wrong kind. */
export const fieldFrames: HandmadeFrame[] = [
  ...duplicates,
  ...wrongWireTypes,
  ...unknownEnumValues,
  ...unknownFields,
  ...merged,
  ...orders,
  ...missing,
];
