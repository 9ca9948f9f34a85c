import { describe, expect, test } from 'vitest';
import { fixtures } from '../support/captures.ts';
import { filterByCommand } from '../support/filter-by-command.ts';
import { allRules } from '../support/rules-files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();

test('there is a capture of every server', () => {
  expect(fixtures.length).toBeGreaterThanOrEqual(6);
});

const keepingRules = allRules.filter(({ name }) => name === 'keep all' || name === 'keep what is known');

describe.each(keepingRules)('the rules $name', (rules) => {
  // Real servers write canonical frames, and no unknown fields.
  test.each(fixtures)('pass $name bit by bit', async (capture) => {
    const { status, bytes, stderr } = await filterByCommand(capture, rules, folder);
    expect(Buffer.compare(bytes, capture.bytes)).toBe(0);
    expect(status, stderr).toBe(0);
  });
});
