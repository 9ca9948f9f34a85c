/** Hand-made frames that are odd or broken as protobuf: varints, tags, lengths, groups, cut-off ends. */
import {
  bytesField,
  concat,
  dnstapFrame,
  field,
  fixed32Field,
  fixed64Field,
  group,
  message,
  policy,
  tag,
  UNKNOWN_NUMBER,
  varint,
} from './frames.ts';
import {
  canonicalFrame,
  droppedFrame,
  FRAME_VALUES,
  frameOf,
  type HandmadeFrame,
  MESSAGE_VALUES,
  rebuiltFrame,
} from './handmade-frame.ts';
import { hex } from './hex.ts';

const MESSAGE = message({ type: 5, socket_family: 1, query_address: hex`c0 00 02 4d`, query_port: 53 });
const FRAME = dnstapFrame({ message: MESSAGE });
const FULL = dnstapFrame({ ...FRAME_VALUES, message: message(MESSAGE_VALUES) });

/** A frame that ends with these bytes, on the level named. */
function endingWith(level: 'frame' | 'message' | 'policy', rest: Uint8Array): Uint8Array {
  if (level === 'frame') return concat(FRAME, rest);
  const inner = level === 'policy' ? bytesField(15, policy({ type: 'RPZ' }, { rest })) : rest;
  return dnstapFrame({ message: concat(MESSAGE, inner) });
}

const LEVELS = ['frame', 'message', 'policy'] as const;

function nestedGroups(depth: number): Uint8Array {
  return depth === 0 ? new Uint8Array() : group(UNKNOWN_NUMBER, nestedGroups(depth - 1));
}

const overLong: HandmadeFrame[] = [
  ...[2, 3, 4, 5].flatMap((length) => [
    rebuiltFrame(
      `tag of Dnstap.type in ${length} bytes`,
      concat(bytesField(14, MESSAGE), field(15, 1, { tagLength: length })),
    ),
    rebuiltFrame(
      `length of message in ${length} bytes`,
      concat(bytesField(14, MESSAGE, { valueLength: length }), field(15, 1)),
    ),
  ]),
  ...[3, 4, 5].map((length) =>
    rebuiltFrame(
      `tag of an unknown field in ${length} bytes`,
      endingWith('message', field(20, 7, { tagLength: length })),
    ),
  ),
  ...[2, 5, 9, 10].flatMap((length) => [
    rebuiltFrame(
      `value of Message.type in ${length} bytes`,
      dnstapFrame({ message: field(1, 5, { valueLength: length }) }),
    ),
    rebuiltFrame(`query_time_sec in ${length} bytes`, frameOf({}, field(8, 7, { valueLength: length }))),
    rebuiltFrame(
      `value of an unknown field in ${length} bytes`,
      endingWith('frame', field(UNKNOWN_NUMBER, 7, { valueLength: length })),
    ),
  ]),
  rebuiltFrame('length of query_address in 3 bytes', frameOf({}, bytesField(4, hex`c0 00 02 4d`, { valueLength: 3 }))),
  rebuiltFrame('tag of query_time_nsec in 2 bytes', frameOf({}, fixed32Field(9, 7, { tagLength: 2 }))),
  rebuiltFrame('tag of policy.action in 2 bytes', frameOf({ policy: field(3, 1, { tagLength: 2 }) })),
  rebuiltFrame('length of policy.rule in 5 bytes', frameOf({ policy: bytesField(2, 'x', { valueLength: 5 }) })),
  rebuiltFrame('length of an unknown field in 2 bytes', endingWith('message', bytesField(20, 'x', { valueLength: 2 }))),
  rebuiltFrame(
    'tag of an unknown fixed64 field in 3 bytes',
    endingWith('frame', fixed64Field(20, 1n, { tagLength: 3 })),
  ),
  canonicalFrame('an unknown field that holds over-long varints', endingWith('message', bytesField(20, hex`08 80 00`))),
  rebuiltFrame('query_port with a bit beyond 32', frameOf({ query_port: 0x1_0000_0035n })),
  rebuiltFrame('response_port with all of 64 bits', frameOf({ response_port: 0xffff_ffff_ffff_ffffn })),
  rebuiltFrame('socket_family whose low 32 bits are INET', frameOf({ socket_family: 0x1_0000_0001n })),
  rebuiltFrame(
    'Message.type whose low 32 bits are CLIENT_QUERY',
    dnstapFrame({ message: field(1, 0x8000_0000_0000_0005n) }),
  ),
  rebuiltFrame('Dnstap.type whose low 32 bits are MESSAGE', dnstapFrame({ message: MESSAGE, type: 0xff_0000_0001n })),
  canonicalFrame('query_port with all of 32 bits', frameOf({ query_port: 0xffff_ffff })),
  canonicalFrame('an unknown field with all of 64 bits', endingWith('message', field(20, -1))),
  canonicalFrame('the largest field number', endingWith('frame', field(0x1fff_ffff, 1))),
];

const brokenVarints: HandmadeFrame[] = LEVELS.flatMap((level) => [
  droppedFrame(`${level}: a tag of 6 bytes`, 'VARINT_INVALID', endingWith(level, field(20, 1, { tagLength: 6 }))),
  droppedFrame(`${level}: a tag of 33 bits`, 'VARINT_INVALID', endingWith(level, hex`a0 81 80 80 10 01`)),
  droppedFrame(
    `${level}: a length of 6 bytes`,
    'VARINT_INVALID',
    endingWith(level, bytesField(20, 'x', { valueLength: 6 })),
  ),
  droppedFrame(`${level}: a length of 33 bits`, 'VARINT_INVALID', endingWith(level, hex`a2 01 81 80 80 80 10 78`)),
  droppedFrame(`${level}: a value of 11 bytes`, 'VARINT_INVALID', endingWith(level, field(20, 1, { valueLength: 11 }))),
  droppedFrame(
    `${level}: a value of 65 bits`,
    'VARINT_INVALID',
    endingWith(level, hex`a0 01 ff ff ff ff ff ff ff ff ff 02`),
  ),
  droppedFrame(`${level}: a tag cut off`, 'VARINT_INVALID', endingWith(level, hex`a0`)),
  droppedFrame(`${level}: a tag without its value`, 'VARINT_INVALID', endingWith(level, hex`a0 01`)),
  droppedFrame(`${level}: a value cut off`, 'VARINT_INVALID', endingWith(level, hex`a0 01 ff ff`)),
  droppedFrame(`${level}: a length cut off`, 'VARINT_INVALID', endingWith(level, hex`a2 01 80`)),
  droppedFrame(
    `${level}: the value of a known number with 65 bits`,
    'VARINT_INVALID',
    endingWith(level, hex`18 ff ff ff ff ff ff ff ff ff 02`),
  ),
]);

const brokenTags: HandmadeFrame[] = [
  ...LEVELS.flatMap((level) => [
    droppedFrame(`${level}: field number 0`, 'TAG_INVALID', endingWith(level, hex`00 00`)),
    droppedFrame(`${level}: field number 0, over-long`, 'TAG_INVALID', endingWith(level, hex`82 80 00 00`)),
    droppedFrame(`${level}: wire type 6`, 'TAG_INVALID', endingWith(level, tag(20, 6))),
    droppedFrame(`${level}: wire type 7`, 'TAG_INVALID', endingWith(level, tag(3, 7))),
  ]),
  droppedFrame('field number 0 as the end of a group', 'TAG_INVALID', endingWith('frame', hex`04`)),
  droppedFrame('field number 0 in a group', 'TAG_INVALID', endingWith('message', group(20, hex`00 00`))),
  droppedFrame('wire type 7 in a group', 'TAG_INVALID', endingWith('message', group(20, tag(1, 7)))),
];

const lyingLengths: HandmadeFrame[] = [
  ...LEVELS.flatMap((level) => [
    droppedFrame(
      `${level}: an unknown field one byte too long`,
      'FIELD_TRUNCATED',
      endingWith(level, hex`a2 01 03 78 78`),
    ),
    droppedFrame(`${level}: a length of 4 GiB`, 'FIELD_TRUNCATED', endingWith(level, hex`a2 01 ff ff ff ff 0f 78`)),
    droppedFrame(`${level}: a length of 2 GiB`, 'FIELD_TRUNCATED', endingWith(level, hex`a2 01 80 80 80 80 08 78`)),
    droppedFrame(
      `${level}: a fixed32 of 3 bytes`,
      'FIELD_TRUNCATED',
      endingWith(level, concat(tag(20, 5), hex`01 02 03`)),
    ),
    droppedFrame(
      `${level}: a fixed64 of 7 bytes`,
      'FIELD_TRUNCATED',
      endingWith(level, concat(tag(20, 1), hex`01 02 03 04 05 06 07`)),
    ),
  ]),
  droppedFrame(
    'message longer than the frame',
    'FIELD_TRUNCATED',
    concat(field(15, 1), tag(14, 2), varint(MESSAGE.length + 1), MESSAGE),
  ),
  droppedFrame(
    'message shorter than its fields',
    'FIELD_TRUNCATED',
    concat(field(15, 1), tag(14, 2), varint(6), MESSAGE),
  ),
  droppedFrame(
    'policy longer than the message, not than the frame',
    'FIELD_TRUNCATED',
    concat(bytesField(14, hex`08 05 7a 03`), field(15, 1), hex`78 01`),
  ),
  droppedFrame(
    'query_address longer than the message, not than the frame',
    'FIELD_TRUNCATED',
    concat(bytesField(14, hex`08 05 22 04`), field(15, 1), hex`78 01`),
  ),
  droppedFrame(
    'query_time_nsec longer than the message, not than the frame',
    'FIELD_TRUNCATED',
    concat(bytesField(14, hex`08 05 4d`), field(15, 1), field(15, 1)),
  ),
  droppedFrame(
    'bytes in a group longer than the message',
    'FIELD_TRUNCATED',
    endingWith('message', hex`a3 01 0a 7f a4 01`),
  ),
];

const groups: HandmadeFrame[] = [
  ...LEVELS.flatMap((level) => [
    canonicalFrame(`${level}: an empty group`, endingWith(level, group(20))),
    canonicalFrame(
      `${level}: a group that holds every wire type`,
      endingWith(
        level,
        group(20, concat(field(1, 1), fixed64Field(2, 1n), bytesField(3, 'x'), group(4), fixed32Field(5, 1))),
      ),
    ),
    canonicalFrame(`${level}: groups 32 deep`, endingWith(level, nestedGroups(32))),
    droppedFrame(`${level}: groups 33 deep`, 'GROUP_INVALID', endingWith(level, nestedGroups(33))),
    droppedFrame(`${level}: a group without end`, 'GROUP_INVALID', endingWith(level, concat(tag(20, 3), field(1, 1)))),
    droppedFrame(`${level}: an end without a group`, 'GROUP_INVALID', endingWith(level, tag(20, 4))),
    droppedFrame(
      `${level}: a group that ends with another number`,
      'GROUP_INVALID',
      endingWith(level, group(20, field(1, 1), 21)),
    ),
    droppedFrame(
      `${level}: groups that overlap`,
      'GROUP_INVALID',
      endingWith(level, concat(tag(20, 3), tag(21, 3), tag(20, 4), tag(21, 4))),
    ),
  ]),
  canonicalFrame('a group twice', endingWith('frame', concat(group(20, field(1, 1)), group(20, field(1, 2))))),
  canonicalFrame('over-long varints inside a group', endingWith('message', group(20, hex`88 00 81 00`))),
  rebuiltFrame(
    'a group whose start tag is over-long',
    endingWith('message', concat(tag(20, 3, 3), field(1, 1), tag(20, 4))),
  ),
  canonicalFrame(
    'a group whose end tag is over-long',
    endingWith('message', concat(tag(20, 3), field(1, 1), tag(20, 4, 3))),
  ),
  droppedFrame(
    'a group that ends where its message ends',
    'GROUP_INVALID',
    concat(bytesField(14, hex`08 05 a3 01`), tag(20, 4), field(15, 1)),
  ),
  droppedFrame(
    'a value of 11 bytes in a group',
    'VARINT_INVALID',
    endingWith('message', group(20, field(1, 1, { valueLength: 11 }))),
  ),
  droppedFrame(
    'a length of 6 bytes in a group',
    'VARINT_INVALID',
    endingWith('message', group(20, bytesField(1, 'x', { valueLength: 6 }))),
  ),
  droppedFrame(
    'a tag of 6 bytes in a group',
    'VARINT_INVALID',
    endingWith('message', group(20, field(1, 1, { tagLength: 6 }))),
  ),
];

const firstThingWrong: HandmadeFrame[] = [
  droppedFrame('wire type 7 before a lying length', 'TAG_INVALID', concat(FRAME, tag(20, 7), hex`a2 01 7f`)),
  droppedFrame(
    'a lying length in message before wire type 7',
    'FIELD_TRUNCATED',
    concat(bytesField(14, hex`08 05 22 7f`), tag(20, 7)),
  ),
  droppedFrame(
    'wire type 7 before a message with a lying length',
    'TAG_INVALID',
    concat(tag(20, 7), bytesField(14, hex`08 05 22 7f`)),
  ),
  droppedFrame(
    'a first message that is broken before a second that is whole',
    'GROUP_INVALID',
    concat(bytesField(14, hex`a4 01`), FRAME),
  ),
  droppedFrame('a broken frame that has no type either', 'VARINT_INVALID', concat(bytesField(14, MESSAGE), hex`80`)),
];

const cutOff: HandmadeFrame[] = [
  droppedFrame('no byte at all', 'TYPE_NOT_MESSAGE', new Uint8Array()),
  droppedFrame('one zero byte', 'TAG_INVALID', hex`00`),
  droppedFrame('a full frame without its last byte', 'VARINT_INVALID', FULL.slice(0, -1)),
  droppedFrame('a full frame without its last field', 'TYPE_NOT_MESSAGE', FULL.slice(0, -2)),
  droppedFrame('a full frame cut in the last field of message', 'FIELD_TRUNCATED', FULL.slice(0, -3)),
  droppedFrame('a full frame cut in half', 'FIELD_TRUNCATED', FULL.slice(0, FULL.length / 2)),
  droppedFrame('a full frame cut in identity', 'FIELD_TRUNCATED', FULL.slice(0, 9)),
  droppedFrame('a full frame cut after identity', 'TYPE_NOT_MESSAGE', FULL.slice(0, 17)),
];

/** Frames that are odd or broken as protobuf. */
export const wireFrames: HandmadeFrame[] = [
  ...overLong,
  ...brokenVarints,
  ...brokenTags,
  ...lyingLengths,
  ...groups,
  ...firstThingWrong,
  ...cutOff,
];
