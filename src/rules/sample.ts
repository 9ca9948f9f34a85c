/** The condition `sample`: one of N, by a keyed hash, so that nobody can choose to be in it (docs/frames.md, 3). */
import { AddressKind, addressKind } from '../anonymize/address.ts';
import { HmacSha256 } from '../anonymize/hmac-sha256.ts';
import { foldName, MAX_NAME_LENGTH } from '../dns/name.ts';
import type { FrameScan } from '../dnstap/scan.ts';
import { MessageField, RESOLVER_QUERY, RESOLVER_RESPONSE } from '../dnstap/schema.ts';
import { read16 } from '../wire/uint16.ts';
import { QUESTION_MESSAGES, questionsTest, seenIn } from './dns-conditions.ts';
import type { Condition } from './plan.ts';
import { truthOf } from './truth.ts';

/** What is hashed before an address is its version; these two stand before a name and before a frame. */
const NAME = Uint8Array.of(0);
const FRAME = Uint8Array.of(1);
const IPV4 = Uint8Array.of(4);
const IPV6 = Uint8Array.of(6);

/** The condition for frames of a message type; `key` has 32 bytes. */
export function inSample(key: Uint8Array, oneOf: number, type: number): Condition {
  const hmac = new HmacSha256(key);
  const isIn = (kind: Uint8Array, bytes: Uint8Array): boolean => {
    const digest = hmac.of(kind, bytes);
    return (read16(digest, 0) * 2 ** 16 + read16(digest, 2)) * oneOf < 2 ** 32;
  };
  const ofFrame = ({ bytes, start, end }: FrameScan) => truthOf(isIn(FRAME, bytes.subarray(start, end)));
  if (type === RESOLVER_QUERY || type === RESOLVER_RESPONSE) {
    const folded = new Uint8Array(MAX_NAME_LENGTH);
    // A resolution is wholly in the sample or out of it.
    const test = questionsTest((bytes, message, start) => {
      return isIn(NAME, folded.subarray(0, foldName(bytes, message, start, folded)));
    });
    return (frame) => seenIn(frame, QUESTION_MESSAGES, test) ?? ofFrame(frame);
  }
  return (frame) => {
    const { bytes, message } = frame;
    if (!message.has(MessageField.queryAddress)) return ofFrame(frame);
    const start = message.value(MessageField.queryAddress);
    const end = message.end(MessageField.queryAddress);
    const kind = addressKind(bytes, start, end);
    if (kind === AddressKind.none) return ofFrame(frame);
    if (kind === AddressKind.ipv6) return truthOf(isIn(IPV6, bytes.subarray(start, end)));
    return truthOf(isIn(IPV4, bytes.subarray(end - 4, end)));
  };
}

/** `1/10` as 10; undefined where the text is no sample. */
export function parseSample(text: string): number | undefined {
  const number = /^1\/([1-9]\d{0,6})$/.exec(text)?.[1];
  return number !== undefined && Number(number) >= 2 && Number(number) <= MAX_SAMPLE ? Number(number) : undefined;
}

const MAX_SAMPLE = 1_000_000;
