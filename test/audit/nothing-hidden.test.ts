import { expect, test } from 'vitest';
import { KIND_NAMES, KINDS, type KindName } from '../../src/audit/kinds.ts';
import type { PlainRules } from '../reference/rules.ts';
import { fixtures } from '../support/captures.ts';
import { dnsMessage, dnsQuestion, dnsRecord } from '../support/dns.ts';
import { bytesField, concat } from '../support/frames.ts';
import { hex } from '../support/hex.ts';
import { CLIENT, CLIENT_V6, frame, opt, option, response, reverse, text, VALUE, wire } from './damage.ts';
import { findingsOf, runAudit } from './run-audit.ts';

const opcode = (number: number) =>
  dnsMessage({ header: { id: 7, flags: number << 11 }, questions: [dnsQuestion('example.com', 6)] });
const hardware = hex`2001 0db8 0001 0002 021b 77ff fe4f b1df`;
const messages = [
  response({
    additionals: [opt(option(8, concat(hex`0001 20 00`, CLIENT)), option(10, concat(VALUE, VALUE)), option(3, VALUE))],
  }),
  response({ additionals: [opt(option(65_001, VALUE), option(65_321, VALUE), option(5, VALUE), option(12, VALUE))] }),
  response({ additionals: [opt(option(15, concat(hex`0012`, Buffer.from('a text'))), hex`00 05 00`)] }),
  response({ questions: [dnsQuestion(reverse(CLIENT), 12), dnsQuestion('host-61-172-203-89.example.com')] }),
  response({ additionals: [dnsRecord('key', 250, concat(wire('hmac-sha256'), VALUE, VALUE), 255)] }),
  response({ additionals: [dnsRecord('key', 249, concat(wire('gss'), VALUE), 255)] }),
  response({ additionals: [dnsRecord('', 24, concat(hex`0000`, new Uint8Array(16), wire('host'), VALUE), 255)] }),
  response({ answers: [dnsRecord('www.example.com', 1, CLIENT), dnsRecord('www.example.com', 65_280, VALUE)] }),
  response({ answers: [dnsRecord('www.example.com', 65, concat(hex`0001 00 0004 0004`, CLIENT))] }),
  response({ answers: [dnsRecord('www.example.com', 16, text('from 61.172.203.89'))] }),
  response({ questions: [dnsQuestion('example.com', 252)] }),
  ...[5, 4, 2].map(opcode),
  response({}).with(7, 3),
  concat(response({}), VALUE),
];
const query = frame('CQ', CLIENT, { query_message: messages[0] as Uint8Array });

/** A capture in which every kind of identifier stands somewhere. */
const everything = [
  ...messages.map((response_message) => frame('CR', CLIENT, { response_message })),
  frame('CQ', hardware, { query_message: messages[3] as Uint8Array }),
  frame('CQ', CLIENT_V6, {}),
  concat(query, bytesField(77, VALUE)),
  concat(query, bytesField(3, 'another')),
  query.slice(0, -5),
];

const strictest: PlainRules = {
  version: 1,
  default: 'remove',
  rules: [{ match: { qtype: 'AXFR' }, action: 'drop' }, { set: { records: { other: 'remove' }, names: 'hash' } }],
} as PlainRules;

const kindsOf = (findings: readonly string[]) => new Set(findings.map((finding) => finding.split(' ')[0] as KindName));
const inOrder = (kinds: ReadonlySet<KindName>) => KIND_NAMES.filter((kind) => kinds.has(kind));

test('counts every kind in a capture that has all of them', async () => {
  const { census } = await runAudit(everything);
  expect(census.kinds.map(({ kind }) => kind)).toEqual(KIND_NAMES);
});

test('finds every kind in a capture that was anonymized by nothing, under rules that hide all', async () => {
  const found = findingsOf(await runAudit(everything, everything, strictest));
  // What no field of the language can hide is dropped with its frame.
  expect(inOrder(kindsOf(found))).toEqual(KIND_NAMES.filter((kind) => kind !== 'zone_transfer'));
  expect(found).toContain('dns_message dropped');
});

test('finds every personal kind in a capture that was anonymized by nothing, without rules', async () => {
  const found = kindsOf(findingsOf(await runAudit(everything, everything)));
  expect(inOrder(found)).toEqual(KIND_NAMES.filter((kind) => KINDS[kind].isPersonal));
});

test.each(fixtures)('finds in $name what nobody has hidden', async ({ frames }) => {
  const { census } = await runAudit(frames);
  const there = census.kinds.map(({ kind }) => kind).filter((kind) => KINDS[kind].isPersonal);
  const found = kindsOf(findingsOf(await runAudit(frames, frames)));
  // Few clients stand in a record of their own, and the short ones among the prefixes are no verdict.
  expect(there.filter((kind) => !found.has(kind))).toEqual([]);
});
