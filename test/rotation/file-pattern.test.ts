import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { FilePattern } from '../../src/rotation/file-pattern.ts';
import { runProgram } from '../support/run-program.ts';

const TIMES = [0, 951_827_696, 1_709_164_800, 1_795_498_345, 4_102_444_799].map((seconds) => new Date(seconds * 1000));

test('fields are what date(1) writes for them', async () => {
  const format = '%Y %y %m %d %j %H %M %S %s %F %T %%';
  for (const time of TIMES) {
    const { stdout } = await runProgram('date', ['-u', '-d', `@${time.getTime() / 1000}`, `+${format}`]);
    expect(`${basename(new FilePattern(`/x/${format}`, false).place(time).path(1))}\n`).toBe(stdout);
    const local = await runProgram('date', ['-d', `@${time.getTime() / 1000}`, `+${format}`]);
    expect(`${basename(new FilePattern(`/x/${format}`, true).place(time).path(1))}\n`).toBe(local.stdout);
  }
});

test.each([
  ['/a/%F.dnstap', '/a/2026-11-24_002.dnstap', '/a/%F.dnstap.part'],
  ['%F.dnstap.gz', '2026-11-24_002.dnstap', '%F.dnstap.gz.part'],
  ['a.b.%F', 'a.b.2026-11-24_002', 'a.b.%F.part'],
  ['100%%', '100%_002', '100%%.part'],
])('%s has numbers before its ending, and a part beside it', (pattern, second, part) => {
  const files = new FilePattern(pattern, false);
  expect(files.place(new Date('2026-11-24T05:00:00Z')).path(2)).toBe(second);
  expect(files.partPath).toBe(part);
});

test('a file is known by its name, and no other one is', () => {
  const files = new FilePattern('/x/q(%Y)%m.dnstap.gz', false);
  for (const time of TIMES) {
    for (const number of [1, 2, 1000]) {
      expect(files.matches(basename(files.place(time).path(number)))).toBe(true);
      expect(files.matches(`${basename(files.place(time).path(number))}.gz`)).toBe(true);
    }
  }
  const others = [
    'q(2026)11.dnstap.gz.part',
    'q(2026)1.dnstap',
    'q202611.dnstap',
    'xq(2026)11.dnstap',
    'q(2026)11_2.dnstap',
    'q(2026)11xdnstap',
  ];
  for (const name of others) expect(files.matches(name), name).toBe(false);
});
