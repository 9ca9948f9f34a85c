import { expect, test } from 'vitest';
import type { PlainRules } from '../reference/rules.ts';
import { dnsMessage, dnsQuestion, dnsRecord } from '../support/dns.ts';
import { bytesField, concat } from '../support/frames.ts';
import { hex } from '../support/hex.ts';
import { filterFrames, shippedRules } from '../support/rules-files.ts';
import * as made from './damage.ts';
import {
  CLIENT,
  CLIENT_V6,
  cleaned,
  damaged,
  type Fields,
  frame,
  opt,
  option,
  response,
  VALUE,
  WORD,
  wire,
} from './damage.ts';
import { findingsOf, runAudit } from './run-audit.ts';

const share = shippedRules.find(({ name }) => name === 'rules/share.yml')?.rules as PlainRules;
const withRules = (set: object): PlainRules => ({ version: 1, default: 'keep', rules: [{ set }] }) as PlainRules;
const truncating = withRules({ client_address: 'truncate' });
const hashing = withRules({ client_address: 'crypto-pan', names: 'hash' });
const shortening = withRules({ client_address: 'crypto-pan', names: { labels: 2 } });

/** What a broken filter would write of the last of some frames. */
interface Mutant {
  name: string;
  /** What has to be found; others may be found too. */
  finds: string;
  original: Uint8Array;
  edit?: (fields: Fields, original: Fields) => void;
  /** In place of `edit`, where no decoder would write such a frame. */
  damage?: (filtered: Uint8Array, original: Uint8Array) => Uint8Array;
  rules?: PlainRules;
}

const plainQuery = dnsMessage({ header: { id: 0x7a31, flags: 0x100 }, questions: [dnsQuestion('www.example.com')] });
const query = frame('CQ', CLIENT, { query_message: plainQuery });

/** A response to the client in which `parts` stand: the filter takes them away, and the mutant puts them back. */
function inResponse(
  name: string,
  finds: string,
  parts: Parameters<typeof response>[0],
  { client = CLIENT, left = parts, rules }: { client?: Uint8Array; left?: typeof parts; rules?: PlainRules } = {},
): Mutant {
  const original = frame('CR', client, { response_message: response(parts) });
  const bytes = rules === undefined ? cleaned(left) : response(left);
  const edit = (fields: Fields) => {
    fields.message.response_message = bytes;
  };
  return { name, finds, original, edit, ...(rules && { rules }) };
}

const withOption = (code: number, data: Uint8Array) => ({ additionals: [opt(option(code, data))] });
const answer = (type: number, rdata: Uint8Array, owner = 'www.example.com') => ({
  answers: [dnsRecord(owner, type, rdata)],
});
const reverseQuestion = (address: Uint8Array) => ({ questions: [dnsQuestion(made.reverse(address), 12)] });
const dotted = CLIENT.join('.');
const cookie = concat(VALUE, hex`0100 0000 6a1f 77c2 15e8 d3b4 92a7 c05f`);
const tsig = concat(wire('hmac-sha256'), hex`00006a1f77c2 012c 0010`, VALUE, VALUE, new Uint8Array(6));

const mutants: Mutant[] = [
  inResponse('one EDNS option let through', 'local_option present', withOption(65_321, VALUE)),
  inResponse('the client cookie kept', 'cookie present', withOption(10, VALUE)),
  inResponse('the cookie of the server kept', 'server_cookie present', withOption(10, cookie)),
  inResponse('the MAC address kept', 'device_option present', withOption(65_001, hex`021b 7749 54fd`)),
  inResponse(
    'the text of an extended error kept',
    'error_text present',
    withOption(15, concat(hex`0012`, Buffer.from(WORD))),
  ),
  inResponse('the content of padding kept', 'padding_content present', withOption(12, VALUE)),
  inResponse('the NSID kept', 'nsid present', withOption(3, VALUE)),
  inResponse('the subnet kept under a pseudonym', 'client_subnet same', withOption(8, concat(hex`0001 20 00`, CLIENT))),
  inResponse('the subnet not cut', 'client_subnet present', withOption(8, concat(hex`0001 20 00`, CLIENT)), {
    rules: truncating,
  }),
  inResponse(
    'the subnet of IPv6 kept',
    'client_subnet same',
    withOption(8, concat(hex`0002 38 00`, CLIENT_V6.subarray(0, 7))),
    {
      client: CLIENT_V6,
    },
  ),
  inResponse('the reverse name of IPv4 kept', 'reverse_name same', reverseQuestion(CLIENT)),
  inResponse('the reverse name of IPv6 kept', 'reverse_name same', reverseQuestion(CLIENT_V6), { client: CLIENT_V6 }),
  inResponse('the reverse name in rdata kept', 'reverse_name same', answer(5, wire(made.reverse(CLIENT)))),
  inResponse('an address as text in TXT kept', 'address_in_text present', answer(16, made.text(`you are ${dotted}.`))),
  inResponse(
    'an address of IPv6 as text in TXT kept',
    'address_in_text present',
    answer(16, made.text('you are 2a0e:97c3:51b8:6d24:f19a:7e5:bc4d:8360')),
    {
      client: CLIENT_V6,
    },
  ),
  inResponse('the client written as base64 into TXT', 'record_data client', answer(16, made.text('nothing')), {
    left: answer(16, made.text(`id=${Buffer.from(CLIENT_V6).toString('base64')}`)),
    client: CLIENT_V6,
  }),
  inResponse('the client of IPv4 written as base64 into TXT', 'record_data client', answer(16, made.text('nothing')), {
    left: answer(16, made.text(`id ${Buffer.from(CLIENT).toString('base64').replaceAll('=', '')} ok`)),
  }),
  inResponse(
    'the client written as hexadecimal digits into a name',
    'name client',
    {},
    {
      left: { questions: [dnsQuestion(`${Buffer.from(CLIENT).toString('hex')}.example.com`)] },
    },
  ),
  inResponse('the client in an A record kept', 'client_in_record client', answer(1, CLIENT)),
  inResponse('the client in an AAAA record kept', 'client_in_record client', answer(28, CLIENT_V6), {
    client: CLIENT_V6,
  }),
  inResponse(
    'the client in a hint of HTTPS kept',
    'client_in_hint client',
    answer(65, concat(hex`0001 00 0004 0004`, CLIENT)),
  ),
  inResponse('TSIG kept', 'tsig present', { additionals: [dnsRecord('host.example', 250, tsig, 255)] }),
  inResponse('TKEY kept', 'tkey present', {
    additionals: [dnsRecord('host.example', 249, concat(wire('gss'), VALUE), 255)],
  }),
  inResponse('SIG(0) kept', 'sig0 present', {
    additionals: [dnsRecord('', 24, concat(hex`0000`, new Uint8Array(16), wire('host'), VALUE), 255)],
  }),
  inResponse(
    'a name that should have been hashed kept',
    'name present',
    { questions: [dnsQuestion(`${WORD}.example.com`)] },
    {
      rules: hashing,
    },
  ),
  inResponse(
    'a word of a hidden name kept in another one',
    'name word',
    { questions: [dnsQuestion(`${WORD}.example.com`)] },
    {
      rules: shortening,
      left: { questions: [dnsQuestion(`${WORD}.com`)] },
    },
  ),
  inResponse(
    'a stale pointer that brings the name back',
    'name present',
    {
      questions: [dnsQuestion(`${WORD}.host.example.com`)],
      ...answer(1, hex`c0 00 02 09`, `${WORD}.host.example.com`),
    },
    {
      rules: shortening,
      // The owner points into the rdata of the first record, where the labels of the old question still stand.
      left: {
        questions: [dnsQuestion('example.com')],
        answers: [
          dnsRecord('example.com', 5, wire(`${WORD}.host.example.com`)),
          dnsRecord(hex`c0 34`, 1, hex`c0 00 02 09`),
        ],
      },
    },
  ),
  {
    name: 'octets behind the message kept',
    finds: 'trailing_bytes present',
    original: frame('CR', CLIENT, { response_message: concat(response({}), VALUE) }),
    edit: (fields) => {
      fields.message.response_message = concat(cleaned({}), VALUE);
    },
  },
  {
    name: 'a message that does not parse kept',
    finds: 'malformed_message present',
    original: frame('CR', CLIENT, { response_message: response({}).with(7, 3) }),
    edit: (fields, original) => {
      fields.message.response_message = original.message.response_message as Uint8Array;
    },
  },
  {
    name: 'both messages in a frame, and only one cleaned',
    finds: 'cookie present',
    original: frame('AR', CLIENT, { query_message: plainQuery, response_message: response(withOption(10, VALUE)) }),
    edit: (fields) => {
      fields.message.response_message = cleaned(withOption(10, VALUE));
    },
  },
  {
    name: 'one message type forgotten',
    finds: 'client_address same',
    original: frame('FQ', CLIENT, { query_message: plainQuery }),
    edit: (fields, original) => {
      fields.message.query_address = original.message.query_address as Uint8Array;
    },
  },
  {
    name: 'the client kept as IPv4-mapped',
    finds: 'client_address same',
    original: frame('CQ', CLIENT, { query_message: plainQuery }),
    edit: (fields) => {
      fields.message.query_address = concat(hex`${'00'.repeat(10)} ffff`, CLIENT);
    },
  },
  {
    name: 'the client of IPv6 kept',
    finds: 'client_address same',
    original: frame('CQ', CLIENT_V6, { query_message: plainQuery }),
    edit: (fields) => {
      fields.message.query_address = CLIENT_V6;
    },
  },
  {
    name: 'the client not cut',
    finds: 'client_address present',
    rules: truncating,
    original: query,
    edit: (fields) => {
      fields.message.query_address = CLIENT;
    },
  },
  {
    name: 'the client written into the address of the server',
    finds: 'server_address client',
    original: query,
    edit: (fields) => {
      fields.message.response_address = CLIENT;
    },
  },
  {
    name: 'the second copy of the client kept',
    finds: 'repeated_field present',
    original: query,
    damage: (filtered) => concat(filtered, bytesField(14, bytesField(4, CLIENT))),
  },
  {
    name: 'an unknown field kept',
    finds: 'unknown_field present',
    original: concat(query, bytesField(77, VALUE)),
    damage: (filtered) => concat(filtered, bytesField(77, VALUE)),
  },
  {
    name: 'an unknown field of Message kept',
    finds: 'unknown_field present',
    original: concat(query, bytesField(14, bytesField(77, VALUE))),
    damage: (filtered) => concat(filtered, bytesField(14, bytesField(77, VALUE))),
  },
  {
    name: 'identity kept',
    finds: 'identity present',
    original: query,
    edit: (fields, original) => {
      fields.identity = original.identity as Uint8Array;
    },
  },
  {
    name: 'version kept',
    finds: 'version present',
    original: query,
    edit: (fields, original) => {
      fields.version = original.version as Uint8Array;
    },
  },
  {
    name: 'extra kept',
    finds: 'extra present',
    original: query,
    edit: (fields, original) => {
      fields.extra = original.extra as Uint8Array;
    },
  },
  ...(['value', 'rule'] as const).map(
    (part): Mutant => ({
      name: `policy.${part} kept`,
      finds: `policy_${part} present`,
      original: query,
      edit: (fields, original) => {
        fields.message.policy = { ...fields.message.policy, [part]: original.message.policy?.[part] };
      },
    }),
  ),
  {
    name: 'query_zone with a reverse name kept',
    finds: 'reverse_name same',
    original: damaged(query, query, (fields) => {
      fields.message.query_zone = wire(made.reverse(CLIENT));
    }),
    edit: (fields) => {
      fields.message.query_zone = wire(made.reverse(CLIENT));
    },
  },
  {
    name: 'query_zone kept that should have gone',
    finds: 'query_zone present',
    rules: withRules({ client_address: 'remove', query_zone: 'remove' }),
    original: query,
    edit: (fields) => {
      fields.message.query_zone = wire('example.com');
    },
  },
  ...['query_port', 'query_time_nsec'].map(
    (field): Mutant => ({
      name: `${field} kept`,
      finds: field === 'query_port' ? 'client_port present' : 'exact_time present',
      original: query,
      edit: (fields, original) => {
        fields.message[field] = original.message[field];
      },
    }),
  ),
  {
    name: 'the id of the message kept',
    finds: 'message_id present',
    original: query,
    edit: (fields) => {
      fields.message.query_message = plainQuery;
    },
  },
  {
    name: 'an UPDATE not dropped',
    finds: 'dns_message dropped',
    original: frame('UQ', CLIENT, { query_message: plainQuery }),
    damage: (_filtered, original) => original,
  },
];

/** Before the mutant: the same clients in frames that are filtered as they should be. */
const before = [query, frame('CQ', CLIENT_V6, { query_message: plainQuery }), query];

test.each(mutants)('finds $name', async ({ original, finds, rules = share, edit, damage }) => {
  const originals = [...before, original];
  const filtered = filterFrames(
    originals.map((one) => one.slice()),
    rules,
  );
  const written = filtered.filter((one) => one !== undefined);
  expect(findingsOf(await runAudit(written, originals, rules))).toEqual([]);
  const clean = filtered.at(-1) ?? original;
  const left = damage === undefined ? damaged(clean, original, edit ?? (() => {})) : damage(clean, original);
  const report = await runAudit([...written.slice(0, before.length), left], originals, rules);
  expect(findingsOf(report)).toContain(finds);
  const [kind, reason] = finds.split(' ');
  const finding = report.remains?.findings.find((one) => one.kind === kind && one.reason === reason);
  expect(finding?.first).toEqual([originals.length]);
});

test('tries at least twenty mutants', () => {
  expect(mutants.length).toBeGreaterThanOrEqual(20);
});
