import { isDeepStrictEqual } from 'node:util';
import dnsPacket from 'dns-packet';
import protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import type { PlainRules } from '../reference/rules.ts';
import { fixtures } from '../support/captures.ts';
import { handmadeFrames } from '../support/handmade.ts';
import { renderHex } from '../support/hex.ts';
import { type DecodedFrame, decodeWithProtobufjs, dnstapSchema } from '../support/oracle.ts';
import { allRules, filterFrames } from '../support/rules-files.ts';
import { expectedFrame, saysNothing, withoutEmptyPolicy } from './expected-frame.ts';
import { type FrameMethods, hidesClients, methodsOfFrame } from './methods-of-frame.ts';

interface Specimen {
  name: string;
  bytes: Uint8Array;
}

// dns-packet follows a pointer into the header.
const UNLIKE_DNS_PACKET = 'whose name points into the header';

const handmade = handmadeFrames.filter(({ name, drop }) => drop === undefined && !name.includes(UNLIKE_DNS_PACKET));
const groups: { name: string; frames: Specimen[] }[] = [
  ...fixtures.map(({ name, frames }) => ({
    name,
    frames: frames.map((bytes, index) => ({ name: `frame ${index}`, bytes })),
  })),
  { name: 'hand-made frames', frames: handmade },
];

/** Frames as they were and as they were written, and what the rules named for each. */
function* filtered(frames: Specimen[], { rules }: (typeof allRules)[number]) {
  const outputs = filterFrames(
    frames.map(({ bytes }) => bytes),
    rules,
  );
  for (const [index, { name, bytes }] of frames.entries()) {
    const before = decodeWithProtobufjs(bytes);
    yield { name, bytes, before, methods: methodsOfFrame(before, rules), written: outputs[index] };
  }
}

/** What protobufjs finds in the frame that was written, and what it should find; equal where all is well. */
function opinions(before: DecodedFrame, methods: FrameMethods, rules: PlainRules, written: Uint8Array | undefined) {
  if (methods === 'drop') return { found: written, expected: undefined };
  // What becomes of messages that are looked into is for messages.test.ts.
  const without = hidesClients(rules) ? withoutMessages : (frame: DecodedFrame) => frame;
  const expected = without(expectedFrame(before, methods, rules));
  if (written === undefined) return { found: 'nothing', expected: saysNothing(expected) ? 'nothing' : expected };
  return { found: without(withoutEmptyPolicy(decodeWithProtobufjs(written))), expected };
}

function withoutMessages({ message, ...rest }: DecodedFrame): DecodedFrame {
  if (message === undefined) return rest;
  const { query_message: _query, response_message: _response, query_zone: _zone, ...others } = message;
  return { ...rest, message: others };
}

describe.each(groups)('protobufjs and dns-packet find in $name', ({ frames }) => {
  test.each(allRules)('that each field is what the rules $name say, and the others as they were', (file) => {
    for (const { name, before, methods, written } of filtered(frames, file)) {
      const { found, expected } = opinions(before, methods, file.rules, written);
      expect(found, name).toEqual(expected);
    }
  });
});

describe('by the rules "questions only"', () => {
  const file = allRules.find(({ name }) => name === 'questions only') as (typeof allRules)[number];

  test.each(groups)('DNS messages of $name ask the same, and hold nothing else', ({ frames }) => {
    let messages = 0;
    for (const { name, before, written } of filtered(frames, file)) {
      if (written === undefined) continue;
      const { message } = decodeWithProtobufjs(written);
      for (const field of ['query_message', 'response_message'] as const) {
        const bytes = message?.[field];
        if (bytes === undefined) continue;
        const original = Buffer.from(before.message?.[field] as Uint8Array);
        const { id, questions, answers, authorities, additionals } = dnsPacket.decode(Buffer.from(bytes));
        expect(dnsPacket.decode.bytes, name).toBe(bytes.length);
        expect({ answers, authorities, additionals }, name).toEqual({ answers: [], authorities: [], additionals: [] });
        expect(id, name).toBe(original.readUInt16BE(0));
        expect(questions, name).toEqual(dnsPacket.decode(Buffer.from(original).fill(0, 6, 12)).questions);
        messages++;
      }
    }
    expect(messages).toBeGreaterThan(30);
  });
});

const Dnstap = dnstapSchema.lookupType('dnstap.Dnstap');

/** The unknown fields as they stand, on the frame's own level, in its message and in that's policy. */
function unknownFields(frame: Uint8Array): string[] {
  const reader = protobuf.Reader.create(frame);
  reader.discardUnknown = false;
  const decoded = Dnstap.decode(reader) as protobuf.Message & { message?: protobuf.Message };
  const message = decoded.message as (protobuf.Message & { policy?: protobuf.Message }) | undefined;
  const levels = { frame: decoded, message, policy: message?.policy };
  return Object.entries(levels).flatMap(([level, part]) =>
    (part?.$unknowns ?? []).map((bytes) => `${level}: ${renderHex(bytes)}`),
  );
}

test('unknown fields stay as they are where the rules keep them, and only there', () => {
  const kept = new Set<string>();
  for (const file of allRules) {
    for (const { name, bytes, methods, written } of filtered(handmade, file)) {
      if (written === undefined || methods === 'drop') continue;
      const isCanonical = handmade.find((frame) => frame.name === name)?.canonical;
      if (methods.unknown === 'remove') expect(unknownFields(written), name).toEqual([]);
      else if (isCanonical) {
        expect(unknownFields(written), name).toEqual(unknownFields(bytes));
        if (unknownFields(bytes).length > 0) kept.add(name);
      }
    }
  }
  expect(kept.size).toBeGreaterThan(50);
});

describe('the opinion is one', () => {
  test.each(allRules)('the rules $name are told from all others', (file) => {
    const written = [...filtered(handmade, file)].map((frame) => frame.written);
    const mistakable = allRules.filter((other) =>
      [...filtered(handmade, other)].every(({ before, methods }, index) => {
        const { found, expected } = opinions(before, methods, other.rules, written[index]);
        return isDeepStrictEqual(found, expected);
      }),
    );
    // Unknown fields, in which the first two of the test's rules differ, are for another test.
    const alike = ['keep all', 'keep what is known'];
    expect(mistakable.map(({ name }) => name)).toEqual(alike.includes(file.name) ? alike : [file.name]);
  });

  test('every method of the language is put to it', () => {
    const methods = allRules.flatMap(({ rules }) => rules.rules?.flatMap(({ set }) => Object.entries(set ?? {})) ?? []);
    const words = methods.flatMap(([field, method]) => {
      if (typeof method === 'string') return method;
      return field === 'edns' || field === 'records' ? Object.values(method) : Object.keys(method)[0];
    });
    expect([...new Set(words)].sort()).toEqual([
      'anonymous',
      'crypto-pan',
      'hmac',
      'ipcrypt-pfx',
      'keep',
      'question',
      'remove',
      'replace',
      'truncate',
      'zero',
    ]);
  });
});
