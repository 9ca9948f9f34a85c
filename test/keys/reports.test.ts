import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findRuns } from '../leaks/search.ts';
import { makeRelayPlaces } from '../support/relay-places.ts';
import { until } from '../support/running-program.ts';
import { RunningRelay } from '../support/running-relay.ts';

const HEX = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

test('no diagnostic report of Node holds a key that came from the environment', async () => {
  const { folder, input, output, rules } = makeRelayPlaces();
  writeFileSync(
    rules,
    'version: 1\ndefault: keep\nkey: { env: SHARE_KEY }\nrules: [{ set: { client_address: hmac } }]\n',
  );
  const relay = new RunningRelay([`unix:${input}`, `unix:${output}`, '--rules', rules], {
    SHARE_KEY: HEX,
    NODE_OPTIONS: `--report-on-signal --report-signal=SIGUSR2 --report-directory=${folder}`,
  });
  await relay.said(/"event":"listening"/);
  relay.signal('SIGUSR2');
  await relay.said(/Node\.js report completed/);
  const names = () => readdirSync(folder).filter((name) => name.startsWith('report.'));
  await until(() => names().length === 1);
  const report = readFileSync(join(folder, names()[0] as string), 'utf8');
  // It does show the environment.
  expect(report).toContain('"NODE_OPTIONS"');
  expect(report).not.toContain('SHARE_KEY');
  expect(findRuns(HEX, Buffer.from(report), 16)).toEqual([]);
  expect(await relay.end()).toBe(0);
  expect(findRuns(HEX, Buffer.from(relay.output), 8)).toEqual([]);
});
