import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HmacSha256 } from '../../src/anonymize/hmac-sha256.ts';

/** RFC 4231, 4.2 to 4.4 and 4.8: key, data, digest. */
const VECTORS = [
  [Buffer.alloc(20, 0x0b), Buffer.from('Hi There'), 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
  [
    Buffer.from('Jefe'),
    Buffer.from('what do ya want for nothing?'),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  [Buffer.alloc(20, 0xaa), Buffer.alloc(50, 0xdd), '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe'],
  [
    Buffer.alloc(131, 0xaa),
    Buffer.from(
      'This is a test using a larger than block-size key and a larger than block-size data. ' +
        'The key needs to be hashed before being used by the HMAC algorithm.',
    ),
    '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
  ],
] as const;

test.each(VECTORS)('the vectors of RFC 4231', (key, data, digest) => {
  expect(Buffer.from(new HmacSha256(key).of(data)).toString('hex')).toBe(digest);
});

test('one message after the other, in one part or two, has the digest that node:crypto gives it', () => {
  const key = Buffer.from('0123456789abcdeffedcba9876543210');
  const hmac = new HmacSha256(key);
  const bytes = fc.uint8Array({ maxLength: 300 });
  fc.assert(
    fc.property(bytes, fc.option(bytes, { nil: undefined }), (message, rest) => {
      const expected = createHmac('sha256', key)
        .update(message)
        .update(rest ?? '');
      expect(Buffer.from(hmac.of(message, rest))).toEqual(expected.digest());
    }),
  );
});
