import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openInput } from '../../src/endpoints/input.ts';
import { READ_LENGTH } from '../../src/endpoints/source.ts';
import { readCaptureFrames } from '../../src/jobs/capture-frames.ts';
import { encodeCapture } from '../support/captures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('frames stay valid, however much is read after them', async () => {
  const frames = Array.from({ length: 500 }, (_, index) => new Uint8Array(10_000).fill(index));
  const path = join(temporaryFolder(), 'long.dnstap');
  writeFileSync(path, encodeCapture(frames));
  expect(500 * 10_000).toBeGreaterThan(4 * READ_LENGTH);
  const kept: Uint8Array[] = [];
  for await (const some of readCaptureFrames(() => openInput({ kind: 'file', path }))) kept.push(...some);
  expect(kept).toEqual(frames);
});
