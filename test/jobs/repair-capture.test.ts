import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { repairCapture } from '../../src/jobs/repair-capture.ts';
import { decodeCapture, encodeCapture, fixtures } from '../support/captures.ts';
import { missing, missingText, readers } from '../support/peers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const path = join(folder, 'some.dnstap');

const FRAMES = [Uint8Array.of(1, 2, 3), new Uint8Array(300).fill(7), Uint8Array.of(9)];
const WHOLE = encodeCapture(FRAMES);

async function repaired(bytes: Uint8Array): Promise<Awaited<ReturnType<typeof repairCapture>>> {
  writeFileSync(path, bytes);
  return repairCapture(path);
}

/** How many of `FRAMES` end within the first bytes of the capture. */
function framesWithin(length: number): number {
  return FRAMES.filter((_, index) => {
    const upTo = encodeCapture(FRAMES.slice(0, index + 1)).length - encodeCapture([]).length;
    return START_LENGTH + upTo <= length;
  }).length;
}
const START_LENGTH = 42;

test('wherever a capture was cut, whole frames stay, STOP comes, and the next repair finds nothing to do', async () => {
  for (let length = 0; length < WHOLE.length; length++) {
    const frames = framesWithin(length);
    const repair = await repaired(WHOLE.subarray(0, length));
    const whole = encodeCapture(FRAMES.slice(0, frames));
    expect(Buffer.compare(readFileSync(path), whole), `cut at ${length}`).toBe(0);
    const kept = length < START_LENGTH ? 0 : whole.length - 12;
    expect(repair).toEqual({ frames, wasWhole: false, cutLength: length - kept });
    expect(await repairCapture(path)).toEqual({ frames, wasWhole: true, cutLength: 0 });
  }
});

test('a whole capture is not written to', async () => {
  writeFileSync(path, WHOLE);
  const before = statSync(path, { bigint: true });
  expect(await repairCapture(path)).toEqual({ frames: FRAMES.length, wasWhole: true, cutLength: 0 });
  expect(statSync(path, { bigint: true }).mtimeNs).toBe(before.mtimeNs);
});

test('the permissions stay, and so does the file', async () => {
  writeFileSync(path, WHOLE.subarray(0, 60));
  chmodSync(path, 0o640);
  const { ino } = statSync(path);
  await repairCapture(path);
  expect(statSync(path)).toMatchObject({ ino, mode: 0o100640 });
});

test.each([
  ['text', Buffer.from('a file of text that is no capture, and is long enough to tell'), 'is no dnstap capture'],
  ['few bytes of something else', Buffer.from('hi'), 'it is no dnstap capture'],
  ['gzip', gzipSync(WHOLE).subarray(0, 40), 'it is compressed; unpack what there is of it (zcat FILE > NEW)'],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 1, 2, 3]), 'it is compressed; unpack'],
  ['bytes after STOP', Buffer.concat([WHOLE, Uint8Array.of(0, 0, 0, 1, 5)]), 'at byte 370 there are bytes after STOP'],
  [
    'lost framing',
    Buffer.concat([WHOLE.subarray(0, 49), Buffer.from([255, 255, 255, 255, 0])]),
    'and what follows would be lost; what comes before is kept by "head -c 49 FILE > NEW"',
  ],
])('%s is refused, and left as it was', async (_, bytes, message) => {
  writeFileSync(path, bytes);
  await expect(repairCapture(path)).rejects.toThrow(message);
  expect(Buffer.compare(readFileSync(path), bytes)).toBe(0);
});

test('what is no file of its own is refused', async () => {
  const link = join(folder, 'link.dnstap');
  writeFileSync(path, WHOLE.subarray(0, 60));
  symlinkSync(path, link);
  await expect(repairCapture(link)).rejects.toThrow('symbolic link');
  mkdirSync(join(folder, 'directory'));
  await expect(repairCapture(join(folder, 'directory'))).rejects.toThrow('directory');
  await expect(repairCapture(join(folder, 'none'))).rejects.toThrow('no such file');
  expect(readFileSync(path).length).toBe(60);
});

if (missing.length > 0) console.warn(`Left out of test/jobs/repair-capture.test.ts: what needs them; ${missingText}.`);

test.skipIf(missing.length > 0)(
  'programs of others read as much of a repaired capture as of one never cut',
  async () => {
    const bind = fixtures.find(({ name }) => name.includes('bind-recursive'));
    if (bind === undefined) throw new Error('there is no such fixture');
    const uncut = join(folder, 'uncut.dnstap');
    for (const share of [0.1, 0.5, 0.9, 0.999]) {
      const { frames } = await repaired(bind.bytes.subarray(0, Math.floor(bind.bytes.length * share)));
      expect(frames).toBeGreaterThan(20);
      expect(decodeCapture(readFileSync(path)).length).toBe(frames);
      writeFileSync(uncut, encodeCapture(bind.frames.slice(0, frames)));
      for (const reader of [readers.dnstapRead, readers.fstrmDump, readers.dnstapLdnsQuiet, readers.goQuiet]) {
        expect(await reader.read(path), `${reader.name} at ${share}`).toEqual(await reader.read(uncut));
      }
    }
  },
);
