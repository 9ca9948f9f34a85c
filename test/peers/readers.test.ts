import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Capture, captures, encodeCapture, fixtures, handmadeCapture } from '../support/captures.ts';
import { filterByCommand } from '../support/filter-by-command.ts';
import { hex } from '../support/hex.ts';
import { decodeWithProtobufjs } from '../support/oracle.ts';
import { missing, missingText, type Reader, readers, refusedFrames } from '../support/peers.ts';
import { allRules, filterFrames } from '../support/rules-files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const everyReader: readonly Reader[] = Object.values(readers);

if (missing.length > 0) console.warn(`Left out of test/peers/readers.test.ts: all of it; ${missingText}.`);

test.runIf(process.env.CI)('every reader is installed', () => {
  expect(missingText).toBe('');
});

/** Judging a capture takes a reader up to ten seconds. */
const JUDGING_TIMEOUT_MS = 120_000;

interface Judgement {
  /** The places of the frames that some rules let through. */
  candidates: number[];
  /** Of these, what each reader refuses. */
  refused: Map<Reader, Set<number>>;
}

async function judge(capture: Capture): Promise<Judgement> {
  const outputs = allRules.map(({ rules }) => filterFrames(capture.frames, rules));
  const places = capture.frames.map((_, place) => place);
  const candidates = places.filter((place) => outputs.some((frames) => frames[place] !== undefined));
  const frames = candidates.map((place) => capture.frames[place]);
  const judged = everyReader.map(async (reader, index) => {
    const refused = await refusedFrames(reader, frames, join(folder, `${capture.name}-${index}.dnstap`));
    return [reader, new Set([...refused].map((index) => candidates[index]))] as const;
  });
  return { candidates, refused: new Map(await Promise.all(judged)) };
}

const opcodeOf = (message: Uint8Array) => (message[2] >> 3) & 15;
const questionCountOf = (message: Uint8Array) => message[4] * 256 + message[5];

/** What a reader is known to leave out or to end at, of what real servers write. */
const KNOWN_REFUSALS: ReadonlyMap<Reader, (message: Uint8Array) => boolean> = new Map([
  [readers.dnstapRead, (message) => questionCountOf(message) === 0],
  [readers.dnstapLdnsYaml, (message) => opcodeOf(message) === 5],
]);

describe.skipIf(missing.length > 0)('other readers', () => {
  describe.each(captures)('of what is made of $name', (capture) => {
    let judgement: Judgement;

    beforeAll(async () => {
      judgement = await judge(capture);
    }, JUDGING_TIMEOUT_MS);

    test('are known to read most of the capture itself', () => {
      for (const [reader, places] of judgement.refused) {
        expect(places.size, reader.name).toBeLessThan(judgement.candidates.length / 2);
        if (capture === handmadeCapture) continue;
        const isKnown = KNOWN_REFUSALS.get(reader) ?? (() => false);
        for (const place of places) {
          const { message } = decodeWithProtobufjs(capture.frames[place]);
          const dnsMessage = message?.query_message ?? message?.response_message ?? new Uint8Array();
          expect(isKnown(dnsMessage), `${reader.name}, frame ${place}`).toBe(true);
        }
      }
    });

    test.each(allRules)('read every frame whose input frame they read, by $name', async (rules) => {
      const filtered = await filterByCommand(capture, rules, folder);
      const outputs = filterFrames(capture.frames, rules.rules);
      const written = outputs.filter((frame) => frame !== undefined);
      expect(filtered.summary.frames).toMatchObject({ read: capture.frames.length, written: written.length });
      expect(Buffer.compare(filtered.bytes, encodeCapture(written)), 'the built command against src/').toBe(0);

      const readings = everyReader.map(async (reader, index) => {
        const accepted = outputs.filter(
          (frame, place) => frame !== undefined && !judgement.refused.get(reader)?.has(place),
        );
        const path = accepted.length === written.length ? filtered.path : `${filtered.path}-${index}`;
        if (path !== filtered.path) await writeFile(path, encodeCapture(accepted as Uint8Array[]));
        const expected = { name: reader.name, frames: accepted.length, complaints: '' };
        expect({ name: reader.name, ...(await reader.read(path)) }).toEqual(expected);
      });
      await Promise.all(readings);
      const { frames } = await readers.fstrmDump.read(filtered.path);
      expect(frames, 'frames in the file as it was written').toBe(filtered.summary.frames.written);
    });
  });

  test.each(everyReader)('are heard when they refuse a frame: $name', async (reader) => {
    const [good] = fixtures.flatMap((capture) => capture.frames);
    const frames = new Array<Uint8Array>(100).fill(good).with(41, hex`ff ff ff`);
    const refused = await refusedFrames(reader, frames, join(folder, `${reader.name}-hearing.dnstap`));
    expect([...refused]).toEqual(reader === readers.fstrmDump ? [] : [41]);
  });
});
