import { describe, expect, test } from 'vitest';
import type { PlainRules } from '../reference/rules.ts';
import { fixtures } from '../support/captures.ts';
import { filterFrames } from '../support/rules-files.ts';
import { findingsOf, runAudit } from './run-audit.ts';

const set = (methods: object, more: object = {}) =>
  ({ version: 1, default: 'keep', rules: [{ set: methods }], ...more }) as PlainRules;
const dropping = (unless: object) =>
  ({
    version: 1,
    default: 'keep',
    rules: [{ unless, action: 'drop' }, { set: { client_address: 'crypto-pan', reverse_names: 'remove' } }],
  }) as PlainRules;

const rulesByName: Record<string, PlainRules> = {
  'names hashed': set({ client_address: 'hmac', names: 'hash' }),
  'names shortened': set({ client_address: 'ipcrypt-pfx', names: { labels: 2 } }),
  'registrable names': set({ client_address: 'remove', names: 'registrable' }),
  'names hashed, and clients not hidden': set({ names: 'hash' }),
  'one record type opened': set({
    client_address: 'truncate',
    records: { TXT: 'keep', A: 'keep' },
    edns: { cookie: 'keep' },
  }),
  'records and options removed': set({ records: { other: 'remove', A: 'keep' }, edns: { other: 'remove' } }),
  'reverse names truncated': set({ client_address: 'crypto-pan', reverse_names: { truncate: { ipv4: 16, ipv6: 32 } } }),
  'something public': set(
    { client_address: 'crypto-pan', names: { labels: 1 } },
    {
      public: {
        addresses: ['198.51.100.0/24', '2001:db8::/32'],
        names: ['*.example', 'in-addr.arpa', '*.in-addr.arpa'],
      },
    },
  ),
  'one client in three': dropping({ sample: '1/3' }),
  'queries of one name': dropping({ qname: ['*.wild.example', 'www.example'] }),
  'types that a rule keeps under a condition': {
    version: 1,
    default: 'keep',
    rules: [
      { set: { client_address: 'truncate', query_time: { truncate: '1m' } } },
      { match: [{ type: 'CR' }], set: { client_address: 'keep', query_time: 'remove' } },
    ],
  } as PlainRules,
};

describe.each(Object.entries(rulesByName))('what rules with %s write', (_name, rules) => {
  test.each(fixtures)('of $name has nothing that they claim to hide', async ({ frames }) => {
    const written = filterFrames(
      frames.map((frame) => frame.slice()),
      rules,
    ).filter((frame) => frame !== undefined);
    expect(findingsOf(await runAudit(written, frames, rules))).toEqual([]);
  });

  test('is found where it was not applied', async () => {
    const found = await Promise.all(
      fixtures.map(async ({ frames }) => findingsOf(await runAudit(frames, frames, rules))),
    );
    expect(found.flat()).not.toEqual([]);
  });
});
