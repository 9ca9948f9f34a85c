import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createPseudonyms } from '../../src/anonymize/pseudonyms.ts';
import { Remains } from '../../src/audit/remains.ts';
import { UnchangedAddresses } from '../../src/audit/unchanged.ts';

/** The report on so many clients of four octets, of which some stay as they are. */
function reportOn(clients: number, unchanged: readonly number[]) {
  const addresses = new UnchangedAddresses();
  const remains = new Remains();
  for (let client = 0; client < clients; client++) {
    addresses.add('client_address', 0, String(client), 32, unchanged.includes(client), client + 1);
  }
  addresses.report(remains);
  return remains.report();
}

test('takes a few unchanged clients among many for what the method does', () => {
  expect(reportOn(30_000, [7, 8])).toMatchObject({ findings: [], counts: { fixed_point: 2 } });
});

test('takes one unchanged client among few for a finding', () => {
  expect(reportOn(5, [3]).findings).toEqual([{ kind: 'client_address', reason: 'same', frames: 1, first: [4] }]);
});

test('takes an address that is changed in one frame and unchanged in another for a finding, but not in another period', () => {
  for (const [period, found] of [
    [1, 1],
    [2, 0],
  ] as const) {
    const addresses = new UnchangedAddresses();
    const remains = new Remains();
    for (let client = 0; client < 30_000; client++) addresses.add('client_address', 1, String(client), 32, false, 1);
    addresses.add('client_address', period, '7', 32, true, 2);
    addresses.report(remains);
    expect(remains.report().findings).toHaveLength(found);
  }
});

test('knows how often Crypto-PAn leaves the first bits of an address as they are', () => {
  const KEYS = 300;
  const ADDRESSES = 200;
  let unchanged = 0;
  for (let number = 0; number < KEYS; number++) {
    const random = createHash('shake256', { outputLength: 32 + 4 * ADDRESSES })
      .update(String(number))
      .digest();
    const method = createPseudonyms('crypto-pan', random.subarray(0, 32));
    for (let at = 32; at < random.length; at += 4) {
      const before = random.readUInt16BE(at) >> 4;
      method.ipv4(random, at);
      if (random.readUInt16BE(at) >> 4 === before) unchanged++;
    }
  }
  // Of 12 bits: (3/4)^11 / 2 = 0.0211, where independent bits would give 0.0002.
  expect(unchanged / (KEYS * ADDRESSES)).toBeGreaterThan(0.012);
  expect(unchanged / (KEYS * ADDRESSES)).toBeLessThan(0.035);
});
