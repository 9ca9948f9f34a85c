import { describe, expect, test } from 'vitest';
import { wireOf } from '../reference/dns-message.ts';
import { dnsMessage, dnsQuestion, dnsRecord } from '../support/dns.ts';
import { bytesField, concat, dnstapFrame, MESSAGE_TYPES, message, policy } from '../support/frames.ts';
import { hex } from '../support/hex.ts';
import { filterFrames, hidingRules, type RulesText, shippedRules } from '../support/rules-files.ts';
import { reverseNamesOf, textsOf } from './secrets.ts';

/** Values that stand nowhere else: an address of each family, a subnet of each, and what stands for every other secret. */
const CLIENT = hex`3d ac cb 59`;
const CLIENT_V6 = hex`2a0e 97c3 51b8 6d24 f19a 07e5 bc4d 8360`;
const SUBNET = hex`6d c9 5e`;
const SUBNET_V6 = hex`2c0f 5d93 a7e1`;
const VALUE = hex`9d41 f7a2 c8b6 530e`;
const WORD = 'kx7qzw3vn9';

type Type = keyof typeof MESSAGE_TYPES;

/** A place in which a person can be identified: a frame with a canary there. */
interface Place {
  name: string;
  canary: Uint8Array | string;
  frame: Uint8Array;
  /** The shipped files that do not claim to hide it. */
  shownBy?: readonly string[];
}

function frameOf(
  values: Parameters<typeof message>[0],
  outer: Parameters<typeof dnstapFrame>[0] = {},
  type: Type = 'RR',
): Uint8Array {
  const time = { query_time_sec: 1_763_800_000, response_time_sec: 1_763_800_000 };
  return dnstapFrame({
    type: 1,
    ...outer,
    message: message({ type: MESSAGE_TYPES[type], socket_protocol: 1, ...time, ...values }),
  });
}

const QUESTION = dnsQuestion('www.example.com');
const response = (parts: Parameters<typeof dnsMessage>[0]) =>
  dnsMessage({ header: { flags: 0x8180 }, questions: [QUESTION], ...parts });
const opt = (...options: Uint8Array[]) => dnsRecord('', 41, concat(...options));
const option = (code: number, data: Uint8Array) =>
  concat(hex`${code.toString(16).padStart(4, '0')} ${data.length.toString(16).padStart(4, '0')}`, data);
const text = (words: string) => concat(Uint8Array.of(words.length), Buffer.from(words));
const wire = (name: string) => wireOf(name.split('.'));
const dotted = (address: Uint8Array) => address.join('.');
const reverse = (address: Uint8Array) => {
  const v4 = `${[...address].reverse().join('.')}.in-addr.arpa`;
  return address.length <= 4 ? v4 : `${[...Buffer.from(address).toString('hex')].reverse().join('.')}.ip6.arpa`;
};

/** The same message as the answer to a client (in both fields), and in RQ and RR. */
function inMessages(name: string, canary: Place['canary'], dns: Uint8Array, shownBy: readonly string[] = []): Place[] {
  const client = canary === CLIENT || canary === CLIENT_V6 ? canary : hex`0a 00 00 07`;
  return [
    {
      name: `${name}, in query_message`,
      canary,
      shownBy,
      frame: frameOf({ query_address: client, query_message: dns }, {}, 'CQ'),
    },
    {
      name: `${name}, in response_message`,
      canary,
      shownBy,
      frame: frameOf({ query_address: client, response_message: dns }, {}, 'CR'),
    },
    {
      name: `${name}, in the query beside a response`,
      canary,
      shownBy,
      frame: frameOf({ query_address: client, query_message: dns, response_message: response({}) }, {}, 'AR'),
    },
    ...(canary === CLIENT || canary === CLIENT_V6
      ? []
      : [
          { name: `${name}, in RQ`, canary, shownBy, frame: frameOf({ query_message: dns }, {}, 'RQ') },
          { name: `${name}, in RR`, canary, shownBy, frame: frameOf({ response_message: dns }, {}, 'RR') },
        ]),
  ];
}

const signed = concat(hex`0001 08 02 0000012c 6a000000 69000000 1234`, wire('example.com'), VALUE);

const PLACES: Place[] = [
  { name: 'query_address', canary: CLIENT, frame: frameOf({ query_address: CLIENT, query_port: 53 }, {}, 'CQ') },
  {
    name: 'query_address, IPv6',
    canary: CLIENT_V6,
    frame: frameOf({ query_address: CLIENT_V6, query_port: 53 }, {}, 'CR'),
  },
  {
    name: 'query_address, IPv4-mapped',
    canary: CLIENT,
    frame: frameOf({ query_address: concat(hex`${'00'.repeat(10)} ffff`, CLIENT) }, {}, 'CQ'),
  },
  {
    name: 'query_address that stands twice',
    canary: CLIENT,
    frame: dnstapFrame({
      type: 1,
      message: concat(message({ type: 5, query_address: CLIENT }), bytesField(4, hex`0a000001`)),
    }),
  },
  { name: 'extra', canary: WORD, frame: frameOf({ query_port: 53 }, { extra: `client ${WORD}` }) },
  {
    name: 'identity',
    canary: WORD,
    frame: frameOf({ query_port: 53 }, { identity: WORD }),
    shownBy: ['rules/incident.yml'],
  },
  { name: 'version', canary: WORD, frame: frameOf({ query_port: 53 }, { version: WORD }) },
  {
    name: 'policy.value',
    canary: CLIENT,
    frame: frameOf({ policy: policy({ type: 'RPZ', match: 2, value: CLIENT }) }, {}, 'CR'),
  },
  {
    name: 'policy.rule',
    canary: CLIENT,
    frame: frameOf(
      { policy: policy({ rule: wire(`32.${[...CLIENT].reverse().join('.')}.rpz-client-ip`), match: 1 }) },
      {},
      'CR',
    ),
  },
  {
    name: 'an unknown field of Dnstap',
    canary: VALUE,
    frame: concat(frameOf({ query_port: 53 }), bytesField(77, VALUE)),
  },
  {
    name: 'an unknown field of Message',
    canary: VALUE,
    frame: dnstapFrame({ type: 1, message: concat(message({ type: 4, query_port: 53 }), bytesField(77, VALUE)) }),
  },
  {
    name: 'an unknown field of Policy',
    canary: VALUE,
    frame: frameOf({ policy: concat(policy({ match: 1 }), bytesField(77, VALUE)) }),
  },
  { name: 'query_zone with a reverse name', canary: CLIENT, frame: frameOf({ query_zone: wire(reverse(CLIENT)) }) },
  ...inMessages('message id', hex`d7c3`, dnsMessage({ header: { id: 0xd7c3 }, questions: [QUESTION] }), [
    'rules/incident.yml',
  ]),
  ...[
    1, 2, 3, 4, 5, 6, 7, 10, 13, 14, 16, 17, 18, 19, 20, 21, 20_292, 26_946, 65_001, 65_073, 65_074, 65_500, 65_535,
  ].flatMap((code) => inMessages(`EDNS option ${code}`, VALUE, response({ additionals: [opt(option(code, VALUE))] }))),
  ...inMessages('EXPIRE of another length', VALUE, response({ additionals: [opt(option(9, VALUE))] })),
  ...inMessages('TCP-KEEPALIVE of another length', VALUE, response({ additionals: [opt(option(11, VALUE))] })),
  ...inMessages('padding that is no zeros', VALUE, response({ additionals: [opt(option(12, VALUE))] })),
  ...inMessages(
    'the text of an extended error',
    WORD,
    response({ additionals: [opt(option(15, concat(hex`0012`, Buffer.from(WORD))))] }),
  ),
  ...inMessages('client subnet', SUBNET, response({ additionals: [opt(option(8, concat(hex`0001 18 00`, SUBNET)))] })),
  ...inMessages(
    'client subnet, IPv6',
    SUBNET_V6,
    response({ additionals: [opt(option(8, concat(hex`0002 30 00`, SUBNET_V6)))] }),
  ),
  ...inMessages(
    'client subnet of its own client',
    CLIENT,
    response({ additionals: [opt(option(8, concat(hex`0001 20 00`, CLIENT)))] }),
  ),
  ...inMessages(
    'client subnet with bits behind it',
    SUBNET,
    response({ additionals: [opt(option(8, concat(hex`0001 10 00`, SUBNET)))] }),
  ),
  ...inMessages(
    'client subnet of an unknown family',
    VALUE,
    response({ additionals: [opt(option(8, concat(hex`0003 40 00`, VALUE)))] }),
  ),
  ...inMessages(
    'one of two client subnets',
    SUBNET,
    response({ additionals: [opt(option(8, concat(hex`0001 18 00`, SUBNET)), option(8, hex`0001 00 00`))] }),
  ),
  ...inMessages('reverse name that is asked', CLIENT, dnsMessage({ questions: [dnsQuestion(reverse(CLIENT), 12)] })),
  ...inMessages(
    'reverse name that is asked, IPv6',
    CLIENT_V6,
    dnsMessage({ questions: [dnsQuestion(reverse(CLIENT_V6), 12)] }),
  ),
  ...inMessages(
    'reverse name of somebody else',
    SUBNET,
    dnsMessage({ questions: [dnsQuestion(reverse(concat(SUBNET, hex`07`)), 12)] }),
  ),
  ...inMessages('partial reverse name', SUBNET, dnsMessage({ questions: [dnsQuestion(reverse(SUBNET), 6)] })),
  ...inMessages(
    'reverse name behind which a suffix stands',
    CLIENT,
    dnsMessage({ questions: [dnsQuestion(`${reverse(CLIENT)}.corp.example`)] }),
  ),
  ...inMessages(
    'reverse name in capitals',
    CLIENT,
    dnsMessage({ questions: [dnsQuestion(reverse(CLIENT).toUpperCase(), 12)] }),
  ),
  ...inMessages(
    'reverse name whose last label is two pointers away',
    CLIENT,
    concat(
      hex`0000 8180 0001 0002 0000 0000   04 61727061 00 000c 0001`,
      hex`c00c 000c 0001 0000003c 0001 00`,
      wire(reverse(CLIENT)).subarray(0, -6),
      hex`c016 000c 0001 0000003c 0001 00`,
    ),
  ),
  ...inMessages(
    'PTR that a reverse name owns',
    WORD,
    response({ answers: [dnsRecord(reverse(CLIENT), 12, wire(`${WORD}.example.com`))] }),
  ),
  ...inMessages(
    'reverse name as target of CNAME',
    CLIENT,
    response({ answers: [dnsRecord('www.example.com', 5, wire(reverse(CLIENT)))] }),
  ),
  ...inMessages(
    'reverse name as MNAME of SOA',
    CLIENT,
    response({ answers: [dnsRecord('example.com', 6, concat(wire(reverse(CLIENT)), wire('a'), new Uint8Array(20)))] }),
  ),
  ...inMessages('A with the client', CLIENT, response({ answers: [dnsRecord('www.example.com', 1, CLIENT)] })),
  ...inMessages(
    'AAAA with the client',
    CLIENT_V6,
    response({ answers: [dnsRecord('www.example.com', 28, CLIENT_V6)] }),
  ),
  ...inMessages(
    'AAAA with the client, IPv4-mapped',
    CLIENT,
    response({ answers: [dnsRecord('www.example.com', 28, concat(hex`${'00'.repeat(10)} ffff`, CLIENT))] }),
  ),
  ...inMessages(
    'ipv4hint of HTTPS',
    CLIENT,
    response({ answers: [dnsRecord('www.example.com', 65, concat(hex`0001 00 0004 0008 c0000201`, CLIENT))] }),
  ),
  ...inMessages(
    'ipv6hint of SVCB',
    CLIENT_V6,
    response({ answers: [dnsRecord('www.example.com', 64, concat(hex`0001 00 0006 0010`, CLIENT_V6))] }),
  ),
  ...inMessages(
    'address in the text of TXT',
    CLIENT,
    response({ answers: [dnsRecord('www.example.com', 16, text(`your address is ${dotted(CLIENT)}.`))] }),
  ),
  ...inMessages(
    'address in the text of TXT, IPv6',
    CLIENT_V6,
    response({ answers: [dnsRecord('www.example.com', 16, text(`[${textsOf(CLIENT_V6)[0]}]`))] }),
  ),
  ...inMessages(
    'key name of TSIG',
    WORD,
    response({ additionals: [dnsRecord(WORD, 250, concat(wire('hmac-sha256'), new Uint8Array(16)), 255)] }),
  ),
  ...inMessages(
    'MAC of TSIG',
    VALUE,
    response({
      additionals: [
        dnsRecord('key', 250, concat(wire('hmac-sha256'), hex`000000000000 012c 0008`, VALUE, new Uint8Array(6)), 255),
      ],
    }),
  ),
  ...inMessages(
    'key of TKEY',
    VALUE,
    response({ additionals: [dnsRecord('key', 249, concat(wire('gss'), VALUE), 255)] }),
  ),
  ...inMessages(
    'signature of SIG(0)',
    VALUE,
    response({ additionals: [dnsRecord('', 24, concat(hex`0000`, new Uint8Array(16), wire('host'), VALUE), 255)] }),
  ),
  ...inMessages(
    'signature over what was removed',
    VALUE,
    response({
      answers: [dnsRecord('www.example.com', 1, hex`0a 00 00 07`), dnsRecord('www.example.com', 46, signed)],
    }),
  ).filter(({ name }) => !/R[QR]$/.test(name)),
  ...inMessages(
    'UPDATE',
    WORD,
    dnsMessage({
      header: { flags: 0x2800 },
      questions: [dnsQuestion('example.com', 6)],
      answers: [dnsRecord(`${WORD}.example.com`, 1, hex`c0000201`)],
    }),
  ),
  ...inMessages(
    'NOTIFY',
    WORD,
    dnsMessage({ header: { flags: 0x2000 }, questions: [dnsQuestion(`${WORD}.example.com`, 6)] }),
  ),
  ...inMessages('octets behind the message', VALUE, concat(response({}), VALUE)),
  ...inMessages('a message that does not parse', VALUE, concat(response({}).with(5, 2), VALUE)),
  ...inMessages(
    'labels between names that nothing points to',
    WORD,
    concat(response({}).with(7, 1), hex`c0 1d 0001 0001 00000000 0004 c0000201`, Buffer.from(WORD)),
  ),
];

/** A canary in every form that is looked for. */
function formsOf(canary: Uint8Array | string): Buffer[] {
  const bytes = Buffer.from(canary as string, 'latin1');
  const digits = bytes.toString('hex');
  const isAddress = canary === CLIENT || canary === CLIENT_V6;
  const texts = [
    digits,
    bytes.toString('base64').replace(/=+$/, ''),
    ...(isAddress ? textsOf(canary as Uint8Array) : []),
  ];
  const reversed = [Buffer.from(bytes).reverse(), Buffer.from([...digits].reverse().join(''))];
  const labels = isAddress ? reverseNamesOf(canary as Uint8Array) : canary === SUBNET ? [labelsOf(SUBNET)] : [];
  return [bytes, ...reversed, ...[...texts, ...labels].map((form) => Buffer.from(form, 'latin1'))].filter(
    ({ length }) => length > 2,
  );
}

/** The octets of a prefix as the labels of a reverse name. */
function labelsOf(prefix: Uint8Array): string {
  const labels = [...prefix].reverse().map(String);
  return labels.map((label) => String.fromCharCode(label.length) + label).join('');
}

function formsIn(frame: Uint8Array, canary: Uint8Array | string): string[] {
  const haystack = Buffer.from(frame);
  const lower = Buffer.from(haystack.toString('latin1').toLowerCase(), 'latin1');
  const short = typeof canary !== 'string' && canary.length === 2 ? [Buffer.from(canary)] : [];
  return [...formsOf(canary), ...short]
    .filter(
      (form) => haystack.includes(form) || lower.includes(Buffer.from(form.toString('latin1').toLowerCase(), 'latin1')),
    )
    .map((form) => form.toString('latin1'));
}

describe.each(shippedRules.filter((file) => hidingRules.includes(file)))(
  'what $name claims to hide is not in what it writes:',
  (file: RulesText) => {
    test.each(PLACES.filter(({ shownBy }) => !shownBy?.includes(file.name)))('$name', ({ frame, canary }) => {
      const [written] = filterFrames([frame.slice()], file.rules);
      expect(written === undefined ? [] : formsIn(written, canary)).toEqual([]);
    });
  },
);

describe('each canary is found where it stands, and where nobody hides it:', () => {
  test.each(PLACES)('$name', ({ frame, canary }) => {
    const [written] = filterFrames([frame.slice()], {
      version: 1,
      default: 'keep',
      rules: [{ set: { unknown: 'keep' } }],
    });
    expect(formsIn(frame, canary)).not.toEqual([]);
    // The second copy of a field counts, and not the first.
    if (frame.length === written?.length) expect(formsIn(written, canary)).not.toEqual([]);
  });

  test('in the files that say that they show it', () => {
    for (const { name, frame, canary, shownBy = [] } of PLACES) {
      for (const shown of shownBy) {
        const file = shippedRules.find((one) => one.name === shown);
        const [written] = filterFrames([frame.slice()], file?.rules ?? { version: 1, default: 'remove' });
        expect(formsIn(written ?? hex``, canary), name).not.toEqual([]);
      }
    }
  });
});

test('most frames with canaries are written by share.yml, so that something is searched', () => {
  const share = shippedRules.find(({ name }) => name === 'rules/share.yml');
  const written = PLACES.filter(
    ({ frame }) => filterFrames([frame.slice()], share?.rules ?? { version: 1, default: 'remove' })[0] !== undefined,
  );
  expect(written.length / PLACES.length).toBeGreaterThan(0.9);
});
