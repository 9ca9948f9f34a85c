import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Capture, encodeCapture, fixtures, handmadeCapture } from '../support/captures.ts';
import { type Run, run } from '../support/command.ts';
import { concat } from '../support/frames.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { findRuns, findSecrets, renderSecrets } from './search.ts';
import { secretsOf } from './secrets.ts';

const folder = temporaryFolder();

/** Longer runs of a frame than this are not in a message by chance. */
const RUN_LENGTH = 8;

/** The bytes with one of them changed, in every tenth frame another one. */
function damaged(frames: readonly Uint8Array[]): Uint8Array[] {
  return frames.map((frame, index) => {
    if (index % 10 !== 0) return frame;
    const place = index % frame.length;
    return frame.with(place, frame[place] ^ 0xff);
  });
}

interface Variant {
  bytes: Uint8Array;
  /** The status with which the command ends. */
  status: number;
}

/** Captures as they are met with. */
function usualVariants({ bytes, frames }: Capture): Record<string, Variant> {
  return {
    whole: { bytes, status: 0 },
    'with malformed frames': { bytes: encodeCapture(damaged(frames)), status: 3 },
    'cut in a frame': { bytes: bytes.slice(0, START_LENGTH + 4 + frames[0].length + 4 + 40), status: 3 },
    'without STOP': { bytes: bytes.slice(0, -STOP_LENGTH), status: 3 },
  };
}

const STOP_LENGTH = 12;
const START_LENGTH = encodeCapture([]).length - STOP_LENGTH;

/** Bytes of frames where a reader looks for something else, of which it may tell. */
function rareVariants({ bytes, frames }: Capture): Record<string, Variant> {
  const [first, second] = frames;
  const start = bytes.slice(0, START_LENGTH);
  const rest = bytes.slice(START_LENGTH);
  const text = Buffer.from(secretsOf(frames).find(({ kind }) => kind === 'address as text')?.bytes ?? '');
  const address = secretsOf(frames).find(({ kind }) => kind === 'IPv4 address')?.bytes ?? Buffer.of();
  const controlEscape = Uint8Array.of(0, 0, 0, 0);
  return {
    'with frames after STOP': { bytes: concat(bytes, second), status: 3 },
    'where a frame has no length': { bytes: concat(start, first, second), status: 3 },
    'where a frame is a control frame': {
      bytes: concat(start, controlEscape, Uint8Array.of(0, 0, 0, 60), first.slice(0, 60), rest),
      status: 3,
    },
    'where an address is the length of a frame': { bytes: concat(start, address, rest), status: 3 },
    'where an address is the length of a control frame': {
      bytes: concat(start, controlEscape, address, rest),
      status: 3,
    },
    'where a frame is the content type': { bytes: concat(start.slice(0, -22), first.slice(0, 22), rest), status: 1 },
    'without START': { bytes: rest, status: 1 },
    'as its frames alone': { bytes: concat(...frames), status: 1 },
    'as a log': { bytes: concat(text, Buffer.from(' asked for '), text, Buffer.from('\n')), status: 1 },
  };
}

const RULES = `
version: 1
default: keep
rules:
  - match: { type: [RQ, RR] }
    action: drop
  - set: { client_address: truncate, query_time: { truncate: 1s } }
`;

let runs = 0;

async function filter(bytes: Uint8Array, options: readonly string[]): Promise<Run> {
  const place = join(folder, `${runs++}`);
  await writeFile(`${place}.in`, bytes);
  await writeFile(`${place}.yml`, RULES);
  return run([`${place}.in`, `${place}.out`, '--rules', `${place}.yml`, ...options]);
}

/** What of a capture's frames is told in a text: addresses and names in any form, and runs of bytes. */
function told(text: string, { frames }: Capture): string[] {
  const secrets = findSecrets(Buffer.from(text, 'latin1'), secretsOf(frames));
  return [...renderSecrets(secrets), ...findRuns(text, concat(...frames), RUN_LENGTH)];
}

const FORMATS = ['text', 'json'] as const;

async function expectSilence(capture: Capture, { bytes, status }: Variant): Promise<void> {
  for (const result of await Promise.all(FORMATS.map((format) => filter(bytes, ['--summary', format])))) {
    expect(result.stderr.length).toBeGreaterThan(30);
    expect(told(result.stderr, capture)).toEqual([]);
    expect(result.status, result.stderr).toBe(status);
    expect(result.stdout).toHaveLength(0);
  }
}

describe.each(fixtures)('nothing is told of $name', (capture) => {
  test.each(Object.entries(usualVariants(capture)))('%s', async (_name, variant) => {
    await expectSilence(capture, variant);
  });

  test.each(['--max-frame', '--max-output-frame'])('with frames that are longer than %s', async (limit) => {
    const { status, stderr } = await filter(capture.bytes, [limit, '60']);
    expect(stderr).toContain('FRAME_TOO_LONG');
    expect(told(stderr, capture)).toEqual([]);
    expect(status).toBe(3);
  });
});

describe('nothing is told of a capture', () => {
  const capture = fixtures.find(({ name }) => name === 'unbound.dnstap') as Capture;

  test.each(Object.entries(rareVariants(capture)))('%s', async (_name, variant) => {
    await expectSilence(capture, variant);
  });
});

test.each(FORMATS)('nothing is told of the hand-made frames, in %s', async (format) => {
  const { status, stderr } = await filter(handmadeCapture.bytes, ['--summary', format]);
  for (const code of ['VARINT_INVALID', 'TAG_INVALID', 'FIELD_TRUNCATED', 'GROUP_INVALID', 'ADDRESS_INVALID']) {
    expect(stderr).toContain(code);
  }
  expect(findRuns(stderr, concat(...handmadeCapture.frames), RUN_LENGTH)).toEqual([]);
  for (const address of ['192.0.2.77', '198.51.100.7', '2001:db8:1:2:3:4:5:6', 'c000024d', 'example']) {
    expect(stderr).not.toContain(address);
  }
  expect(status).toBe(3);
});

describe('the search finds what is told', () => {
  test.each(fixtures)('of $name', (capture) => {
    const [client, run] = [
      secretsOf(capture.frames)
        .find(({ kind }) => kind === 'address as text')
        ?.bytes.toString('latin1'),
      Buffer.from(capture.frames[3].slice(20, 20 + RUN_LENGTH)).toString('latin1'),
    ];
    expect(told(`at byte 17 a frame of ${client} ends`, capture)).not.toEqual([]);
    expect(told(`at byte 17 a frame that has "${run}" ends`, capture)).toContain(run);
  });
});
