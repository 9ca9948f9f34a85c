import { describe, expect, test } from 'vitest';
import { Key } from '../../src/anonymize/key.ts';
import { type Cell, effectsOf, type Outcome } from '../../src/check/effects.ts';
import { compileRules } from '../../src/rules/compile.ts';
import { rulesFileSchema } from '../../src/rules/schema.ts';
import { parseMessage, wireOf } from '../reference/dns-message.ts';
import { applyMethods } from '../reference/methods.ts';
import { decodeLevel } from '../reference/protobuf.ts';
import {
  bytesOf,
  decide,
  fieldsOf,
  hidesClients,
  type Method,
  type Methods,
  type PlainRules,
} from '../reference/rules.ts';
import { DNSTAP } from '../reference/schema.ts';
import { dnsMessage, dnsQuestion, dnsRecord } from '../support/dns.ts';
import { concat, dnstapFrame, MESSAGE_TYPES, message } from '../support/frames.ts';
import { hex, renderHex } from '../support/hex.ts';
import { decodeWithProtobufjs } from '../support/oracle.ts';
import { filterFrames } from '../support/rules-files.ts';
import { someKey } from '../support/some-rules.ts';
import { ruleApplies } from './rule-applies.ts';

/** Rules that between them have every outcome that a row inside of messages may have. */
const RULES: Record<string, PlainRules> = {
  'nothing hidden': { version: 1, default: 'keep' },
  'clients hidden': {
    version: 1,
    default: 'keep',
    key: { ephemeral: true },
    rules: [{ set: { client_address: 'crypto-pan' } }],
  },
  'removed by default': {
    version: 1,
    default: 'remove',
    rules: [{ set: { response_message: 'keep', socket_protocol: 'keep' } }],
  },
  'entries named': {
    version: 1,
    default: 'keep',
    key: { ephemeral: true, rotate: 'day' },
    rules: [
      { set: { client_address: 'truncate', edns: { cookie: 'keep', nsid: 'remove', client_subnet: 'crypto-pan' } } },
      { set: { records: { TXT: 'remove', TYPE10: 'keep' }, message_id: 'zero', reverse_names: 'hmac' } },
    ],
  },
  'names hidden for some': {
    version: 1,
    default: 'keep',
    key: { ephemeral: true },
    rules: [
      { match: { socket_protocol: 'TCP' }, set: { names: 'hash', edns: { other: 'remove' } } },
      {
        match: { client_address: '192.0.2.0/24' },
        set: { records: { other: 'keep', MX: 'remove' }, message_id: 'zero' },
      },
    ],
  },
  'names hidden for all': {
    version: 1,
    default: 'keep',
    rules: [{ set: { names: { labels: 1 }, reverse_names: { truncate: { ipv4: 8 } } } }],
  },
  'registrable, and clients hidden for some': {
    version: 1,
    default: 'keep',
    rules: [
      { match: { socket_protocol: 'UDP' }, set: { names: 'registrable', edns: { client_subnet: 'keep' } } },
      { match: { type: 'client', socket_protocol: 'TCP' }, set: { client_address: 'remove', reverse_names: 'keep' } },
    ],
  },
};

const OPTIONS = {
  client_subnet: hex`0008 0007 0001 18 00 c6 33 64`,
  cookie: hex`000a 0008 0102030405060708`,
  nsid: hex`0003 0002 6e31`,
  other: hex`fde9 0002 7878`,
};
const RECORDS = [
  dnsRecord('www.example.com', 15, concat(hex`000a`, wireOf(['mx', 'example', 'com']))),
  dnsRecord('www.example.com', 16, hex`03 616263`),
  dnsRecord('www.example.com', 10, hex`0102`),
  dnsRecord('', 250, concat(hex`00`, new Uint8Array(16)), 255),
];

const RESPONSE = dnsMessage({
  header: { id: 0x1234, flags: 0x8180 },
  questions: [dnsQuestion('www.example.com'), dnsQuestion('7.2.0.192.in-addr.arpa', 12)],
  answers: RECORDS,
  additionals: [dnsRecord('', 41, concat(...Object.values(OPTIONS)))],
});

/** What the message of a frame shows of a row; undefined where nothing. */
function contentOf(response: Uint8Array, row: string): string | undefined {
  const items = parseMessage(response)?.items ?? [];
  const [kind, word] = row.split(' ');
  const opt = items.find(({ section, type }) => section === 3 && type === 41);
  switch (kind) {
    case 'edns': {
      const code = Buffer.from(OPTIONS[word as keyof typeof OPTIONS] ?? []).readUInt16BE(0);
      const option = opt?.rdata.find((piece) => piece.kind === 'pair' && piece.number === code);
      return option?.kind === 'pair' ? renderHex(option.data) : undefined;
    }
    case 'records': {
      const named = { TXT: 16, NULL: 10, MX: 15 }[word];
      const types = items.filter(
        ({ section, type }) => section > 0 && type !== 41 && (named === undefined || type === named),
      );
      return types.length === 0 ? undefined : types.map(({ type }) => type).join();
    }
    case 'names':
      return items[0]?.name?.labels.join('.');
    case 'reverse_names':
      return items[1]?.name?.labels.join('.');
    default:
      return String(response[0] * 256 + response[1]);
  }
}

const ROWS: Record<string, keyof Methods> = {
  'edns client_subnet': 'edns:8',
  'edns cookie': 'edns:10',
  'edns nsid': 'edns:3',
  'edns other': 'edns:other',
  'records TXT': 'records:16',
  'records NULL': 'records:10',
  'records MX': 'records:15',
  'records other': 'records:other',
  names: 'names',
  reverse_names: 'reverse_names',
  message_id: 'message_id',
};

interface Probe {
  frame: Uint8Array;
  after: Uint8Array | undefined;
  applying: readonly (boolean | undefined)[];
}

function probes(type: keyof typeof MESSAGE_TYPES, rules: PlainRules): Probe[] {
  const frames = [hex`c0 00 02 4d`, hex`cb 00 71 05`].flatMap((client) =>
    [1, 2].map((protocol) => {
      const values = {
        type: MESSAGE_TYPES[type],
        socket_protocol: protocol,
        query_address: client,
        query_time_sec: 1,
        response_message: RESPONSE,
      };
      return dnstapFrame({ type: 1, message: message(values) });
    }),
  );
  const written = filterFrames(
    frames.map((frame) => frame.slice()),
    rules,
  );
  return frames.map((frame, index) => {
    const { fields } = decodeLevel(frame, DNSTAP);
    const decoded = decodeWithProtobufjs(frame);
    const output = written[index];
    return {
      frame,
      after: output && decodeWithProtobufjs(output).message?.response_message,
      applying: (rules.rules ?? []).map((rule) => ruleApplies({ fields, decoded }, rule)),
    };
  });
}

/** Whether what came out is what the cell says; records of which no type is named count as one. */
function isRight(cell: Cell, row: string, { frame, after, applying }: Probe, rules: PlainRules): boolean {
  if (cell.effect === 'dropped' || cell.effect === 'absent') return after === undefined;
  let outcome: Outcome = cell.effect === 'depends' ? cell.otherwise : cell;
  if (cell.effect === 'depends') {
    for (const exception of cell.exceptions) if (applying[exception.rule] === true) outcome = exception.outcome;
  }
  return (after && contentOf(after, row)) === expectedContent(outcome, row, frame, rules);
}

function expectedContent(outcome: Outcome, row: string, frame: Uint8Array, rules: PlainRules): string | undefined {
  const { fields } = decodeLevel(frame, DNSTAP);
  const methods = { ...(decide(fields, rules, someKey) as Methods) };
  const isClosed = hidesClients(rules) || methods.names !== 'keep';
  const key = ROWS[row];
  const named = methodOf(outcome, methods);
  if (outcome.effect === 'in clear' && row.endsWith('other') && isClosed) return 'everything';
  if (outcome.effect === 'closed' && !isClosed) return 'what is closed';
  if (named === undefined) delete methods[key];
  else methods[key] = named;
  const { rotate: _, ...rest } = rules.key ?? {};
  const rotates = outcome.effect === 'as client' ? (rules.key ?? {}) : rest;
  const keying = {
    ...rotates,
    key: someKey,
    ...('rotate' in outcome && outcome.rotate ? { rotate: outcome.rotate } : {}),
  };
  const after = applyMethods(fields, methods, [], keying, { hides: hidesClients(rules) }).fields;
  const response = bytesOf(fieldsOf(after, 'message') ?? [], 'response_message');
  return response && contentOf(response, row);
}

function methodOf(outcome: Outcome, methods: Methods): Method | undefined {
  switch (outcome.effect) {
    case 'in clear':
    case 'closed':
      return 'keep';
    case 'with names':
      return methods.names === 'keep' ? 'keep' : undefined;
    case 'removed':
      return 'remove';
    case 'as client':
    case 'as other':
    case 'as names':
      return undefined;
    case 'labels':
      return { labels: outcome.labels };
    case 'truncate':
      return 'unit' in outcome ? 'keep' : { truncate: { ipv4: outcome.ipv4, ipv6: outcome.ipv6 } };
    case 'replaced':
    case 'cleaned':
      return 'keep';
    default:
      return outcome.effect;
  }
}

const tables = Object.entries(RULES).map(([name, rules]) => ({
  name,
  rules,
  table: effectsOf(compileRules(rulesFileSchema.parse(rules), Key.parse(someKey))),
}));

describe('what the table says of what stands inside of messages is what is done to it:', () => {
  test.each(tables)('$name', ({ rules, table }) => {
    let cells = 0;
    for (const { mnemonic, cells: row } of table) {
      for (const probe of probes(mnemonic, rules)) {
        for (const [name, cell] of Object.entries(row)) {
          if (!(name in ROWS)) continue;
          cells++;
          expect(isRight(cell, name, probe, rules), `${mnemonic} ${name} ${JSON.stringify(cell)}`).toBe(true);
        }
      }
    }
    expect(cells).toBeGreaterThan(14 * 4 * 5);
  });
});

/** What a row could say besides; some of it comes to the same in some frames, and not in all. */
const OTHERS: Record<string, Outcome[]> = {
  edns: [{ effect: 'removed' }, { effect: 'in clear' }],
  records: [{ effect: 'removed' }, { effect: 'in clear' }],
  names: [{ effect: 'in clear' }, { effect: 'hash' }, { effect: 'registrable' }, { effect: 'labels', labels: 2 }],
  reverse_names: [
    { effect: 'removed' },
    { effect: 'in clear' },
    { effect: 'truncate', ipv4: 24, ipv6: 48 },
    { effect: 'hmac' },
  ],
  message_id: [{ effect: 'in clear' }, { effect: 'zero' }],
};

/** What comes out in a frame under an outcome, so that two that are told apart by nothing are not asked for. */
test('a cell inside of messages that says anything else is noticed', () => {
  const unnoticed: string[] = [];
  for (const { name, rules, table } of tables) {
    for (const { mnemonic, cells } of table) {
      const frames = probes(mnemonic, rules);
      for (const [row, cell] of Object.entries(cells)) {
        if (!(row in ROWS) || cell.effect === 'removed') continue;
        for (const other of OTHERS[row.split(' ')[0]] ?? []) {
          const isSame = frames.every(
            ({ frame, after }) => expectedContent(other, row, frame, rules) === (after && contentOf(after, row)),
          );
          if (isSame && JSON.stringify(other) !== JSON.stringify(cell))
            unnoticed.push(`${name}: ${mnemonic} ${row} ${JSON.stringify([cell, other])}`);
        }
      }
    }
  }
  // What stands in clear since nobody hides it may as well be named.
  expect(unnoticed.filter((line) => !/"(as client|with names|closed)"/.test(line))).toEqual([]);
});
