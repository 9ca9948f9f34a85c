/** What is counted where fields are removed: each once, a time with both of its halves once, unknown fields each. */
import { expect, test } from 'vitest';
import { MESSAGE_TYPES, RESOLVER_QUERY, RESOLVER_RESPONSE } from '../../src/dnstap/schema.ts';
import { ByteBuffer } from '../../src/wire/byte-buffer.ts';
import type { PlainRules } from '../reference/rules.ts';
import { bytesField, concat, field, fixed32Field, UNKNOWN_NUMBER } from '../support/frames.ts';
import { filterFor, filterFrame } from '../support/run-filter.ts';

const CLIENT = [192, 0, 2, 77];
const SERVER = [198, 51, 100, 1];
const HEADER = new Uint8Array(12);

function frameOf(type: number): Uint8Array {
  const message = concat(
    ...[field(1, type), field(2, 1), field(3, 1), bytesField(4, Uint8Array.from(CLIENT))],
    ...[
      bytesField(5, Uint8Array.from(SERVER)),
      field(6, 53),
      field(7, 53),
      field(8, 1_700_000_000),
      fixed32Field(9, 5),
    ],
    ...[bytesField(10, HEADER), bytesField(11, Uint8Array.of(0)), field(12, 1_700_000_000), fixed32Field(13, 5)],
    ...[bytesField(14, HEADER), bytesField(15, bytesField(2, 'r')), field(16, 1), field(UNKNOWN_NUMBER, 1)],
  );
  return concat(bytesField(1, 'i'), bytesField(2, 'v'), bytesField(3, 'x'), bytesField(14, message), field(15, 1));
}

const FIELDS = [
  ...['server_address', 'query_port', 'response_port', 'query_time', 'response_time', 'query_message'],
  ...['response_message', 'query_zone', 'policy', 'identity', 'version', 'extra', 'socket_protocol', 'http_protocol'],
  'unknown',
];

function changesUnder(rules: PlainRules, frame: Uint8Array): unknown {
  const filter = filterFor(rules);
  filterFrame(filter, frame, new ByteBuffer(16));
  return filter.counters.changes();
}

test.each(MESSAGE_TYPES)('every field that goes from $name is counted once', ({ number }) => {
  // In these two, both addresses are those of servers.
  const servers = number === RESOLVER_QUERY || number === RESOLVER_RESPONSE ? 2 : 1;
  for (const name of FIELDS) {
    const count = name === 'server_address' ? servers : 1;
    const set = { unknown: 'keep', [name]: 'remove' };
    // Known from the start, and by the frame.
    for (const rule of [{ set }, { match: { identity: 'i' }, set }]) {
      const rules = { version: 1, default: 'keep', rules: [rule] } as PlainRules;
      expect(changesUnder(rules, frameOf(number))).toEqual({ [name]: { remove: count } });
    }
  }
});

test('a public address is neither removed nor counted', () => {
  const rules = {
    version: 1,
    default: 'keep',
    public: { addresses: ['198.51.100.0/24'] },
    rules: [{ set: { unknown: 'keep', server_address: 'remove' } }],
  } as PlainRules;
  expect(changesUnder(rules, frameOf(5))).toEqual({});
});
