import dnsPacket from 'dns-packet';
import { expect, test } from 'vitest';
import { fixtures } from '../support/captures.ts';
import { decodeWithProtobufjs } from '../support/oracle.ts';
import { filterFrames, shippedRules } from '../support/rules-files.ts';

/** How many records but OPT the responses of frames have, as far as dns-packet reads them. */
function countRecords(frames: readonly Uint8Array[]): number {
  const counts = frames.map((frame) => {
    const { response_message: response } = decodeWithProtobufjs(frame).message ?? {};
    try {
      const { answers = [], authorities = [], additionals = [] } = dnsPacket.decode(Buffer.from(response ?? []));
      return [...answers, ...authorities, ...additionals].filter(({ type }) => type !== 'OPT').length;
    } catch {
      return 0;
    }
  });
  return counts.reduce((sum, count) => sum + count, 0);
}

test('share.yml keeps nine of ten records of the responses in all fixtures', () => {
  const share = shippedRules.find(({ name }) => name === 'rules/share.yml');
  const counts = fixtures.map(({ name, frames }) => {
    const written = filterFrames(frames, share?.rules ?? { version: 1, default: 'remove' });
    return { name, all: countRecords(frames), kept: countRecords(written.filter((frame) => frame !== undefined)) };
  });
  const sum = (key: 'all' | 'kept') => counts.reduce((total, count) => total + count[key], 0);
  expect(sum('all')).toBeGreaterThan(2000);
  expect(sum('kept') / sum('all')).toBeGreaterThan(0.9);
});
