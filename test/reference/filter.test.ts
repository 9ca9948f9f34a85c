import { describe, expect, test } from 'vitest';
import { hex } from '../support/hex.ts';
import { referenceFilter } from './filter.ts';
import { CLIENT_QUERY, check, KEEP, RESOLVER_QUERY, set } from './worked-cases.ts';

// Worked out by hand from docs/frames.md, by whose sections the blocks are called.

describe('1. reading and the canonical form', () => {
  check([
    {
      name: 'of a field that stands twice the last one counts, and the fields are put in order',
      frame: hex`78 01  0a 01 61  72 02 08 05  0a 01 62`,
      rules: KEEP,
      written: hex`0a 01 62  72 02 08 05  78 01`,
    },
    {
      name: 'messages are merged, and so are the policies in them',
      frame: hex`
        72 09  08 05  7a 05 0a 01 61 18 01    # CLIENT_QUERY, policy: type "a", action 1
        78 01
        72 08  30 35  7a 04 18 03 20 02       # query_port 53, policy: action 3, match 2
      `,
      rules: KEEP,
      written: hex`
        72 0d  08 05  30 35  7a 07 0a 01 61 18 03 20 02
        78 01
      `,
    },
    {
      name: 'over-long tags, lengths and values become short',
      frame: hex`f2 00 89 80 00  88 00 85 00  22 82 00 01 02   78 81 80 80 80 80 80 80 80 80 00`,
      rules: KEEP,
      written: hex`72 06 08 05 22 02 01 02  78 01`,
    },
    {
      name: 'ports and enums take the low 32 bits',
      frame: hex`
        72 13
          08 85 80 80 80 10              # 2^32 + 5
          10 82 80 80 80 80 01           # 2^35 + 2
          38 b5 80 80 80 10              # 2^32 + 53
        78 01
      `,
      rules: KEEP,
      written: hex`72 06  08 05  10 02  38 35  78 01`,
    },
    {
      name: 'unknown fields come last where a frame is rebuilt, in the order in which they stood',
      frame: hex`
        a2 06 01 78                      # 100: "x"
        78 01  78 01
        72 0a  98 01 07  08 05  13 14  98 01 08     # 19: 7, type, group 2, 19: 8
        9a 06 00                         # 99: ""
      `,
      rules: set({ unknown: 'keep' }),
      written: hex`
        72 0a  08 05  98 01 07  13 14  98 01 08
        78 01
        a2 06 01 78
        9a 06 00
      `,
    },
    {
      name: 'a canonical frame keeps its order, unknown fields among the others',
      frame: hex`a2 06 01 78  78 01  72 07  98 01 07  30 35  08 05  0a 01 61`,
      rules: set({ unknown: 'keep' }),
      written: hex`a2 06 01 78  78 01  72 07  98 01 07  30 35  08 05  0a 01 61`,
    },
    {
      name: 'an unknown value of an enum keeps all its bits',
      frame: hex`72 0d  08 05  10 ff ff ff ff ff ff ff ff ff 01  78 01  78 01`,
      rules: set({ unknown: 'keep' }),
      written: hex`72 0d  08 05  10 ff ff ff ff ff ff ff ff ff 01  78 01`,
    },
    {
      name: 'an unknown value of an enum leaves the known one before it in force',
      frame: hex`72 08  10 01 08 05 10 09 30 35  78 01`,
      rules: KEEP,
      written: hex`72 06  10 01 08 05 30 35  78 01`,
    },
    { name: 'a broken varint', frame: hex`78 81`, rules: KEEP, dropped: 'VARINT_INVALID' },
    { name: 'field number 0', frame: hex`78 01 00 01`, rules: KEEP, dropped: 'TAG_INVALID' },
    { name: 'a field that is too long', frame: hex`78 01 0a 02 61`, rules: KEEP, dropped: 'FIELD_TRUNCATED' },
    { name: 'a group that ends as another', frame: hex`78 01 83 06 8c 06`, rules: KEEP, dropped: 'GROUP_INVALID' },
    { name: 'no type, and no message either', frame: hex`0a 01 61`, rules: KEEP, dropped: 'TYPE_NOT_MESSAGE' },
    { name: 'no message', frame: hex`78 01`, rules: KEEP, dropped: 'MESSAGE_MISSING' },
    { name: 'an unknown message type', frame: hex`72 02 08 0f 78 01`, rules: KEEP, dropped: 'MESSAGE_TYPE_UNKNOWN' },
  ]);
});

describe('6. writing', () => {
  check([
    {
      name: 'a frame from which all was removed is dropped',
      frame: RESOLVER_QUERY,
      rules: set({ server_address: 'remove' }),
      dropped: 'NOTHING_LEFT',
    },
    {
      name: 'socket_family is nothing',
      frame: hex`72 06  08 05 10 01 30 35  78 01`,
      rules: set({ query_port: 'remove' }),
      dropped: 'NOTHING_LEFT',
    },
    {
      name: 'so is a frame that had nothing but an unknown field',
      frame: hex`72 02 08 05  78 01  9a 06 00`,
      rules: KEEP,
      dropped: 'NOTHING_LEFT',
    },
    {
      name: 'what was counted is counted, though nothing is left',
      frame: hex`72 04  08 05 22 00  78 01`,
      rules: set({ client_address: 'truncate' }),
      dropped: 'NOTHING_LEFT',
      removals: ['ADDRESS_INVALID'],
    },
    {
      name: 'a frame from which nothing was removed is written, though it has nothing',
      frame: hex`72 04  08 05 10 01  78 01`,
      rules: set({ query_port: 'remove' }),
      written: hex`72 04  08 05 10 01  78 01`,
    },
    {
      name: 'a repeated type that goes is nothing removed',
      frame: hex`72 02 08 05  78 01 78 01`,
      rules: KEEP,
      written: hex`72 02 08 05  78 01`,
    },
    {
      name: 'an empty policy is something left',
      frame: hex`72 06  08 05 30 35 7a 00  78 01`,
      rules: set({ query_port: 'remove' }),
      written: hex`72 04  08 05 7a 00  78 01`,
    },
    {
      name: 'a frame as long as the limit is written',
      frame: CLIENT_QUERY,
      rules: KEEP,
      maxOutputFrameLength: 29,
      written: CLIENT_QUERY,
    },
    {
      name: 'a longer one is dropped',
      frame: CLIENT_QUERY,
      rules: KEEP,
      maxOutputFrameLength: 28,
      dropped: 'OUTPUT_FRAME_TOO_LONG',
    },
  ]);

  test('the limit is 262,140 bytes unless told', () => {
    const frame = (length: number) => {
      const extra = length - 10;
      return hex`
        72 02 08 05  78 01
        1a ${Uint8Array.of((extra & 0x7f) | 0x80, ((extra >> 7) & 0x7f) | 0x80, extra >> 14)} ${'00'.repeat(extra)}
      `;
    };
    expect(referenceFilter(frame(262_140), KEEP)).toHaveProperty('written');
    expect(referenceFilter(frame(262_141), KEEP)).toHaveProperty('dropped', 'OUTPUT_FRAME_TOO_LONG');
  });
});
