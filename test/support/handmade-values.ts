/** Hand-made frames that are good protobuf, with values that no server sends; and plain frames of each message type. */
import { dnsHeader, dnsMessage, dnsName, dnsPointer, dnsQuestion, dnsRecord } from './dns.ts';
import { concat, dnstapFrame, field, MESSAGE_TYPES, message, policy } from './frames.ts';
import {
  ADDRESSES,
  canonicalFrame,
  FRAME_VALUES,
  frameOf,
  type HandmadeFrame,
  MESSAGE_VALUES,
  QUERY,
  RESPONSE,
} from './handmade-frame.ts';
import { hex } from './hex.ts';

const types: HandmadeFrame[] = Object.entries(MESSAGE_TYPES).flatMap(([mnemonic, type]) => [
  canonicalFrame(
    `${mnemonic} with every field`,
    dnstapFrame({ ...FRAME_VALUES, message: message({ ...MESSAGE_VALUES, type }) }),
  ),
  canonicalFrame(
    `${mnemonic} over IPv6`,
    dnstapFrame({
      identity: 'ns1.example.com',
      message: message({
        type,
        socket_family: 2,
        socket_protocol: 1,
        query_address: ADDRESSES.ipv6,
        response_address: ADDRESSES.otherIpv6,
        ...(type % 2 === 1 ? { query_message: QUERY } : { response_message: RESPONSE }),
      }),
    }),
  ),
]);

const FAMILIES = [
  { family: undefined, name: 'no family' },
  { family: 1, name: 'INET' },
  { family: 2, name: 'INET6' },
] as const;

const SHAPES: readonly (readonly [name: string, address: Uint8Array])[] = [
  ['of no bytes', new Uint8Array()],
  ['of 5 bytes', new Uint8Array(5).fill(0xc0)],
  ['of 15 bytes', ADDRESSES.ipv6.slice(0, 15)],
  ['of 17 bytes', concat(ADDRESSES.ipv6, hex`01`)],
  ['of 4 bytes', ADDRESSES.ipv4],
  ['of 16 bytes', ADDRESSES.ipv6],
  ['that is IPv4-mapped', ADDRESSES.mapped],
  ['that is IPv4-compatible', hex`00 00 00 00 00 00 00 00 00 00 00 00 c0 00 02 4d`],
  ['that is nearly IPv4-mapped', hex`00 00 00 00 00 00 00 00 00 01 ff ff c0 00 02 4d`],
  ['that is 6to4', ADDRESSES.sixToFour],
  ['that is :: and nothing more', new Uint8Array(16)],
];

const addresses: HandmadeFrame[] = FAMILIES.flatMap(({ family, name }) =>
  SHAPES.flatMap(([shape, address]) =>
    (['query_address', 'response_address'] as const).map((field) =>
      canonicalFrame(
        `${field} ${shape} with ${name}`,
        frameOf({ ...(family === undefined ? {} : { socket_family: family }), [field]: address, query_port: 53 }),
      ),
    ),
  ),
);

const mixedAddresses: HandmadeFrame[] = [
  canonicalFrame(
    'an IPv4 client and an IPv6 server',
    frameOf({ socket_family: 1, query_address: ADDRESSES.ipv4, response_address: ADDRESSES.ipv6 }),
  ),
  canonicalFrame(
    'a resolver query to an IPv4-mapped server',
    frameOf({ type: 3, socket_family: 2, query_address: ADDRESSES.ipv4, response_address: ADDRESSES.mapped }),
  ),
];

const policies: HandmadeFrame[] = [
  ...[1, 2, 3, 4, 5, 6].map((action) =>
    canonicalFrame(`policy with action ${action} alone`, frameOf({ policy: policy({ action }) })),
  ),
  ...[1, 2, 3, 4, 5].map((match) =>
    canonicalFrame(
      `policy with match ${match}, rule and value`,
      frameOf({ policy: policy({ type: 'RPZ', rule: dnsName('x.rpz.example'), match, value: ADDRESSES.ipv4 }) }),
    ),
  ),
  canonicalFrame('an empty policy', frameOf({ policy: '' })),
  canonicalFrame('an empty policy and nothing else', dnstapFrame({ message: message({ type: 5, policy: '' }) })),
  canonicalFrame(
    'a policy of rule and value and nothing else',
    dnstapFrame({ message: message({ type: 5, policy: policy({ rule: 'r', value: 'v' }) }) }),
  ),
  canonicalFrame('a policy of unknown fields', frameOf({ policy: concat(field(90, 1), field(91, 2)) })),
  canonicalFrame(
    'a policy of rule and an unknown field',
    frameOf({ policy: policy({ rule: 'r' }, { rest: field(90, 1) }) }),
  ),
  canonicalFrame('a policy whose fields are empty', frameOf({ policy: policy({ type: '', rule: '', value: '' }) })),
  canonicalFrame('a policy whose type is no UTF-8', frameOf({ policy: policy({ type: hex`ff fe` }) })),
];

const numbers: HandmadeFrame[] = [
  canonicalFrame('a port of 65536', frameOf({ query_port: 65_536, response_port: 0 })),
  canonicalFrame('nanoseconds of a whole second', frameOf({ query_time_sec: 5, query_time_nsec: 1_000_000_000 })),
  canonicalFrame('nanoseconds of 2^32 - 1', frameOf({ response_time_sec: 5, response_time_nsec: 0xffff_ffff })),
  canonicalFrame('seconds of 0', frameOf({ query_time_sec: 0, query_time_nsec: 0, response_time_sec: 0 })),
  canonicalFrame('seconds of 59, 60 and 61', frameOf({ query_time_sec: 59, response_time_sec: 61 })),
  canonicalFrame('seconds of 2^32', frameOf({ query_time_sec: 2n ** 32n, query_time_nsec: 1 })),
  canonicalFrame('seconds of 2^53 - 1', frameOf({ query_time_sec: 2n ** 53n - 1n, query_time_nsec: 1 })),
  canonicalFrame('seconds of 2^53', frameOf({ query_time_sec: 2n ** 53n, query_time_nsec: 1, query_port: 53 })),
  canonicalFrame('seconds of 2^64 - 1', frameOf({ query_time_sec: 2n ** 64n - 1n, response_time_sec: 2n ** 64n - 1n })),
  canonicalFrame(
    'seconds of 2^64 - 1 and nothing else',
    dnstapFrame({ message: message({ type: 5, response_time_sec: 2n ** 64n - 1n, response_time_nsec: 9 }) }),
  ),
  canonicalFrame('query seconds alone', frameOf({ query_time_sec: 1_763_880_123 })),
  canonicalFrame('query nanoseconds alone', frameOf({ query_time_nsec: 123 })),
  canonicalFrame('response seconds alone', frameOf({ response_time_sec: 1_763_880_123 })),
  canonicalFrame('response nanoseconds alone', frameOf({ response_time_nsec: 123 })),
  canonicalFrame(
    'nanoseconds, then seconds',
    dnstapFrame({ message: message({ type: 5, query_time_sec: 3723, query_time_nsec: 9 }, { order: [1, 9, 8] }) }),
  ),
  canonicalFrame(
    'texts that are empty',
    dnstapFrame({ identity: '', version: '', extra: '', message: message({ type: 5, query_zone: '' }) }),
  ),
  canonicalFrame(
    'an identity that is no UTF-8',
    dnstapFrame({ identity: hex`ff fe 00`, message: message({ type: 5 }) }),
  ),
  canonicalFrame('http_protocol without DNS over HTTPS', frameOf({ socket_protocol: 1, http_protocol: 3 })),
];

const QUESTION = dnsQuestion('www.example.com');
const LABEL_63 = 'a'.repeat(63);

const DNS_MESSAGES: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ...Array.from({ length: 12 }, (_, length) => [`of ${length} bytes`, QUERY.slice(0, length)] as const),
  ['that is a header alone', dnsHeader({ id: 7 })],
  ['without question, with an OPT record', dnsMessage({ additionals: [dnsRecord('', 41, new Uint8Array())] })],
  ['whose question is missing', dnsHeader({ questionCount: 1 })],
  ['with a question and nothing else', dnsMessage({ questions: [QUESTION] })],
  ['with a question and rubbish behind it', concat(dnsMessage({ questions: [QUESTION] }), hex`ff ff ff`)],
  ['whose counts say more than there is', dnsMessage({ header: { answerCount: 9 }, questions: [QUESTION] })],
  ['with two questions', dnsMessage({ questions: [QUESTION, dnsQuestion('example.net', 28)] })],
  ['with two questions counted and one there', dnsMessage({ header: { questionCount: 2 }, questions: [QUESTION] })],
  [
    'with one question counted and two there',
    dnsMessage({ header: { questionCount: 1 }, questions: [QUESTION, QUESTION] }),
  ],
  ['with 65535 questions counted', dnsMessage({ header: { questionCount: 0xffff }, questions: [QUESTION] })],
  ['that asks for the root', dnsMessage({ questions: [dnsQuestion('', 2)] })],
  ['whose second question points to the first', dnsMessage({ questions: [QUESTION, dnsQuestion(dnsPointer(12))] })],
  [
    'whose second question points into the first',
    dnsMessage({ questions: [QUESTION, dnsQuestion(concat(hex`02 6e 73`, dnsPointer(16)))] }),
  ],
  [
    'whose third question points to a pointer',
    dnsMessage({ questions: [QUESTION, dnsQuestion(dnsPointer(12)), dnsQuestion(dnsPointer(33))] }),
  ],
  ['whose name points to itself', dnsMessage({ questions: [dnsQuestion(dnsPointer(12))] })],
  [
    'whose name points to its own beginning',
    dnsMessage({ questions: [dnsQuestion(concat(hex`01 61`, dnsPointer(12)))] }),
  ],
  ['whose name points forward', dnsMessage({ questions: [dnsQuestion(dnsPointer(18)), QUESTION] })],
  [
    'whose names point to each other',
    dnsMessage({ questions: [dnsQuestion(dnsPointer(18)), dnsQuestion(dnsPointer(12))] }),
  ],
  [
    'whose second name points back into a name that leads to it',
    dnsMessage({ questions: [dnsQuestion('', 0x0461, 0x6262), dnsQuestion(dnsPointer(14))] }),
  ],
  [
    'whose name points into the header',
    dnsMessage({ header: { id: 0x0161 }, questions: [dnsQuestion(dnsPointer(0))] }),
  ],
  ['whose name points beyond the end', dnsMessage({ questions: [dnsQuestion(hex`ff ff`)] })],
  ['that ends in the middle of a pointer', concat(dnsHeader({ questionCount: 1 }), hex`01 61 c0`)],
  ['that ends in the middle of a label', dnsMessage({ questions: [QUESTION] }).slice(0, 15)],
  ['that ends before the type', dnsMessage({ questions: [QUESTION] }).slice(0, -4)],
  ['that ends in the middle of the class', dnsMessage({ questions: [QUESTION] }).slice(0, -1)],
  [
    'whose label has 64 octets',
    dnsMessage({ questions: [dnsQuestion(concat(hex`40`, new Uint8Array(64).fill(97), hex`00`))] }),
  ],
  ['whose label begins with the bits 10', dnsMessage({ questions: [dnsQuestion(hex`81 61 00`)] })],
  [
    'whose name has 255 octets',
    dnsMessage({ questions: [dnsQuestion(`${LABEL_63}.${LABEL_63}.${LABEL_63}.${'a'.repeat(61)}`)] }),
  ],
  [
    'whose name has 256 octets',
    dnsMessage({ questions: [dnsQuestion(`${LABEL_63}.${LABEL_63}.${LABEL_63}.${'a'.repeat(62)}`)] }),
  ],
  [
    'whose second name has 256 octets by a pointer',
    dnsMessage({
      questions: [
        dnsQuestion(`${LABEL_63}.${LABEL_63}.${LABEL_63}`),
        dnsQuestion(concat(hex`3e`, new Uint8Array(62).fill(97), dnsPointer(12))),
      ],
    }),
  ],
  [
    'that is an UPDATE',
    dnsMessage({ header: { flags: 0x2800, authorityCount: 1 }, questions: [dnsQuestion('example.com', 6)] }),
  ],
];

const dnsMessages: HandmadeFrame[] = [
  ...DNS_MESSAGES.flatMap(([name, bytes]) => [
    canonicalFrame(`query_message ${name}`, frameOf({ query_message: bytes, query_port: 53 })),
    canonicalFrame(`response_message ${name}`, frameOf({ type: 6, response_message: bytes, query_port: 53 })),
  ]),
  canonicalFrame(
    'both messages in one response, as Knot writes it',
    frameOf({ type: 2, query_message: QUERY, response_message: RESPONSE }),
  ),
  canonicalFrame(
    'both messages, the query broken',
    frameOf({ type: 2, query_message: QUERY.slice(0, 5), response_message: RESPONSE }),
  ),
  canonicalFrame(
    'a broken message and nothing else',
    dnstapFrame({ message: message({ type: 5, query_message: hex`00` }) }),
  ),
];

/** Frames that are good protobuf, with odd values or none. */
export const valueFrames: HandmadeFrame[] = [
  ...types,
  ...addresses,
  ...mixedAddresses,
  ...policies,
  ...numbers,
  ...dnsMessages,
];
