import { describe, expect, test } from 'vitest';
import { fixtures } from '../support/captures.ts';
import { filterFrames, hidingRules, shippedRules } from '../support/rules-files.ts';
import { findingsOf, runAudit } from './run-audit.ts';

describe.each(shippedRules)('what $name writes', ({ rules }) => {
  test.each(fixtures)('of $name has nothing that the rules claim to hide', async ({ frames }) => {
    const written = filterFrames(frames, rules).filter((frame) => frame !== undefined);
    const report = await runAudit(written, frames, rules);
    expect(findingsOf(report)).toEqual([]);
    expect(report.remains).toMatchObject({ aligned: written.length, unaligned: 0 });
  });
});

test.each(hidingRules)('what the rules $name write has nothing that they claim to hide', async ({ rules }) => {
  for (const { name, frames } of fixtures) {
    const written = filterFrames(frames, rules).filter((frame) => frame !== undefined);
    expect([name, ...findingsOf(await runAudit(written, frames, rules))]).toEqual([name]);
  }
});
