import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { RulesError } from '../../src/errors.ts';
import { parseRules } from '../../src/rules/parse.ts';
import { renderRulesError } from '../../src/rules/render-error.ts';
import { wrongFiles } from './wrong-files.ts';

function errorOf(text: string): RulesError {
  try {
    parseRules(text);
  } catch (error) {
    if (error instanceof RulesError) return error;
    throw error;
  }
  throw new Error('the file was taken for right');
}

describe('a wrong file is refused with everything that is wrong in it, in these words:', () => {
  test.each(wrongFiles)('$title', async ({ name, text, golden }) => {
    await expect(`${renderRulesError(errorOf(text), name, text)}\n`).toMatchFileSnapshot(golden);
  });

  test('each file has its words, and none is left of a file that is gone', () => {
    const texts = readdirSync(new URL('wrong/', import.meta.url)).filter((name) => name.endsWith('.txt'));
    expect(texts).toEqual(wrongFiles.map(({ golden }) => golden.replace('./wrong/', '')));
    expect(wrongFiles.length).toBeGreaterThanOrEqual(50);
  });
});

test('an error says its code, and its first place', () => {
  const error = errorOf('version: 2\ndefault: Keep\n');
  expect(error.code).toBe('RULES_INVALID');
  expect(error.message).toBe('line 1, column 10: this version of tapfilter knows "version: 1" only (and 1 more)');
});

describe('a right file comes out as it was written', () => {
  test('the shortest one', () => {
    expect(parseRules('{ version: 1, default: remove }')).toEqual({ version: 1, default: 'remove' });
  });

  test('values and maps alone become lists of one', () => {
    const text = `version: 1
default: keep
rules:
  - match: { type: CQ, client_address: 10.0.0.1, server_address: "::", socket_family: INET, socket_protocol: DOQ, identity: a }
    unless:
      - { type: [client, AUTH_QUERY] }
      - { identity: ["", ns1] }
    action: drop
`;
    expect(parseRules(text).rules).toEqual([
      {
        match: [
          {
            type: ['CQ'],
            client_address: ['10.0.0.1'],
            server_address: ['::'],
            socket_family: ['INET'],
            socket_protocol: ['DOQ'],
            identity: ['a'],
          },
        ],
        unless: [{ type: ['client', 'AUTH_QUERY'] }, { identity: ['', 'ns1'] }],
        action: 'drop',
      },
    ]);
  });

  test('every field with every method', () => {
    const set = {
      client_address: ['keep', 'remove', 'truncate', { truncate: { ipv4: 0 } }, { truncate: { ipv4: 32, ipv6: 128 } }],
      server_address: ['keep', 'remove', 'truncate', { truncate: { ipv6: 0 } }],
      query_port: ['keep', 'remove'],
      response_port: ['keep', 'remove'],
      query_time: ['keep', 'remove', { truncate: '1s' }, { truncate: '1m' }, { truncate: '1h' }, { truncate: '1d' }],
      response_time: ['keep', 'remove', { truncate: '1s' }],
      query_message: ['keep', 'remove', 'question'],
      response_message: ['keep', 'remove', 'question'],
      query_zone: ['keep', 'remove'],
      policy: ['keep', 'remove', 'anonymous'],
      identity: ['keep', 'remove', { replace: 'site a' }],
      version: ['keep', 'remove', { replace: 'ä'.repeat(512) }],
      extra: ['keep', 'remove', { replace: '*&!%' }],
      socket_protocol: ['keep', 'remove'],
      http_protocol: ['keep', 'remove'],
      unknown: ['keep', 'remove'],
    };
    const rules = Object.entries(set).flatMap(([field, methods]) =>
      methods.map((method) => ({ set: { [field]: method } })),
    );
    // JSON is YAML.
    expect(parseRules(JSON.stringify({ version: 1, default: 'keep', rules })).rules).toEqual(rules);
  });

  test('every source of a key, with everything that goes with one', () => {
    const sections = [
      { file: '../keys/share.key' },
      { file: '/etc/tapfilter/a key', maps: 'one', rotate: 'day' },
      { env: '_SHARE_KEY_2' },
      { credential: 'tapfilter.share-key', rotate: 'week' },
      { ephemeral: true },
    ];
    for (const key of sections)
      expect(parseRules(JSON.stringify({ version: 1, default: 'keep', key })).key).toEqual(key);
  });

  test.each(['crypto-pan', 'ipcrypt-pfx', 'hmac'])('%s for clients and servers, with a key', (method) => {
    const rules = [{ set: { client_address: method } }, { set: { client_address: 'remove', server_address: method } }];
    const file = { version: 1, default: 'keep', rules };
    expect(parseRules(JSON.stringify({ ...file, key: { ephemeral: true } })).rules).toEqual(rules);
    expect(parseRules(JSON.stringify(file), { keyIsGiven: true }).rules).toEqual(rules);
    const rotating = JSON.stringify({ ...file, key: { rotate: 'day' } });
    expect(parseRules(rotating, { keyIsGiven: true }).key).toEqual({ rotate: 'day' });
    expect(() => parseRules(rotating)).toThrow(RulesError);
  });

  test('prefixes of every length and form', () => {
    const addresses = [
      '0.0.0.0/0',
      '10.0.0.0/8',
      '255.255.255.255',
      '::/0',
      '2001:DB8::/32',
      '::1',
      '::ffff:10.0.0.0/104',
      '::ffff:0:0/96',
      '1:2:3:4:5:6:7:8/128',
    ];
    expect(parseRules(JSON.stringify({ version: 1, default: 'keep', public: { addresses } })).public).toEqual({
      addresses,
    });
  });

  test('an unquoted text may hold what YAML would take for something else at its beginning', () => {
    const text = 'version: 1\ndefault: keep\nrules:\n  - name: a *b &c !d %e :f\n    action: drop\n';
    expect(parseRules(text).rules?.[0]?.name).toBe('a *b &c !d %e :f');
  });

  test('an unconditional drop may be the last rule', () => {
    const text = 'version: 1\ndefault: keep\nrules:\n  - match: { type: CQ }\n    action: drop\n  - action: drop\n';
    expect(parseRules(text).rules).toHaveLength(2);
  });

  test('a byte order mark, CR LF and the marks around a document change nothing', () => {
    const file = { version: 1, default: 'keep' };
    expect(parseRules('\ufeffversion: 1\r\ndefault: keep\r\n')).toEqual(file);
    expect(parseRules('---\nversion: 1\ndefault: keep\n...\n')).toEqual(file);
  });
});

describe('the files that come with the package', () => {
  const folder = new URL('../../rules/', import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith('.yml'));

  test('are these', () => {
    expect(names.toSorted()).toEqual(['incident.yml', 'minimal.yml', 'passive-dns.yml', 'share.yml']);
  });

  test.each(names)('%s is right, and begins with for whom it is and what it reveals', (name) => {
    const text = readFileSync(new URL(name, folder), 'utf8');
    parseRules(text);
    expect(text).toMatch(/^# For /);
    expect(text.slice(0, text.indexOf('version: 1'))).toContain('hat it still reveals');
  });
});
