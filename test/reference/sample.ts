/** The condition `sample`, for the reference (docs/frames.md, section 3). */

import { concat } from '../support/frames.ts';
import { seenAs, toBytes, toNumber } from './addresses.ts';
import { askedIn, type Truth } from './dns-conditions.ts';
import { wireOf } from './dns-message.ts';
import { hmacSha256, subkey } from './keys.ts';
import { encodeFields, type Field } from './protobuf.ts';
import { bytesOf, fieldsOf, varintOf } from './rules.ts';

/** Whether a frame is in the sample `1/N`. */
export function isInSample(frame: Field[], text: string, key: Uint8Array | undefined): Truth {
  if (key === undefined) throw new Error('these rules need a key');
  const oneOf = BigInt(text.replace('1/', ''));
  const isIn = (kind: number, octets: Uint8Array): boolean => {
    const hash = hmacSha256(subkey(key, 'sample'), concat(Uint8Array.of(kind), octets));
    return toNumber(hash.slice(0, 4)) * oneOf < 2n ** 32n;
  };
  const message = fieldsOf(frame, 'message') ?? [];
  const type = varintOf(message, 'type');
  if (type !== 3n && type !== 4n) {
    const address = bytesOf(message, 'query_address');
    const client = address && seenAs(address);
    return client === undefined
      ? isIn(1, encodeFields(frame))
      : isIn(client.family, toBytes(client.value, client.family === 4 ? 4 : 16));
  }
  const messages = ['query_message', 'response_message'].flatMap((name) => bytesOf(message, name) ?? []);
  const truths = messages.flatMap((octets): Truth[] => {
    return askedIn(octets)?.map(({ labels }) => isIn(0, wireOf(labels))) ?? [undefined];
  });
  if (truths.length === 0) return isIn(1, encodeFields(frame));
  if (truths.every((truth) => truth === true)) return true;
  return truths.every((truth) => truth === false) ? false : undefined;
}
