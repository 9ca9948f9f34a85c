/**
 * The readers that others wrote, from Debian's packages: libfstrm's fstrm_dump, BIND's dnstap-read, dnstap-ldns and the
 * Go tool. How they tell what they could not read differs from one to the other, so each has its own way of counting.
 */
import { writeFile } from 'node:fs/promises';
import { encodeCapture } from './captures.ts';
import { describeMissing, missingPrograms } from './installed.ts';
import { type ProgramResult, runProgram } from './run-program.ts';

/** What a reader made of a file: how many frames it told of, and whatever it said besides ('' where it is content). */
export interface Reading {
  frames: number;
  complaints: string;
}

/** One way of reading a file with one program. */
export interface Reader {
  name: string;
  read(path: string): Promise<Reading>;
}

/** The programs, and the packages of Debian that have them. */
const PACKAGES: Readonly<Record<string, string>> = {
  'dnstap-read': 'bind9-dnsutils',
  'dnstap-ldns': 'dnstap-ldns',
  dnstap: 'golang-github-dnstap-golang-dnstap-cli',
  fstrm_dump: 'fstrm-bin',
};

/** The readers that are not on this machine. */
export const missing: readonly string[] = missingPrograms(PACKAGES);

/** Which readers are missing, and where they are to be had; '' where none is. */
export const missingText: string = describeMissing(PACKAGES);

/** The Go tool gives up at a frame that it does not accept, and then, where many frames follow, waits for ever. */
const GO = { chatter: /^dnstap: opened input file .*\n/gm, endWhen: /, returning$/m };

/** The readers. */
export const readers = {
  dnstapRead: reader('dnstap-read', (path) => [path], {
    frames: ({ stdout }) => count(stdout, /\n/g),
  }),
  dnstapLdnsQuiet: reader('dnstap-ldns -q', (path) => ['-q', '-r', path], {
    frames: ({ stdout }) => count(stdout, /\n/g),
  }),
  dnstapLdnsYaml: reader('dnstap-ldns -y', (path) => ['-y', '-r', path], {
    frames: ({ stdout }) => count(stdout, /^---$/gm),
  }),
  goQuiet: reader('dnstap -q', (path) => ['-q', '-r', path], {
    frames: ({ stdout }) => count(stdout, /\n/g),
    ...GO,
  }),
  goYaml: reader('dnstap -y', (path) => ['-y', '-r', path], {
    frames: ({ stdout }) => count(stdout, /^---$/gm),
    ...GO,
  }),
  fstrmDump: reader('fstrm_dump', (path) => [path], {
    frames: ({ stderr }) => count(stderr, /^Data frame \(\d+\) bytes\.$/gm),
    chatter:
      /^(FSTRM_CONTROL_(START|STOP)\.|FSTRM_CONTROL_FIELD_CONTENT_TYPE \(22 bytes\)\.| "protobuf:dnstap\.Dnstap"|Data frame \(\d+\) bytes\.)\n/gm,
  }),
} as const satisfies Record<string, Reader>;

interface Telling {
  frames(result: ProgramResult): number;
  /** What it says on standard error where all is well. */
  chatter?: RegExp;
  /** What it says where it reads no further and may not end. */
  endWhen?: RegExp;
}

/** dnstap-read exits with 0 whatever happens, the Go tool when a frame ends it; so what they say counts too. */
function reader(name: string, argumentsFor: (path: string) => string[], { frames, chatter, endWhen }: Telling): Reader {
  const program = name.split(' ')[0] as string;
  return {
    name,
    async read(path) {
      const result = await runProgram(program, argumentsFor(path), endWhen);
      const said = chatter === undefined ? result.stderr : result.stderr.replaceAll(chatter, '');
      return { frames: frames(result), complaints: result.status === 0 ? said : `exit ${result.status}: ${said}` };
    },
  };
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

/**
 * The places of the frames that the reader does not accept, found by halves, since most readers end at the first one.
 * Writes to `path`.
 */
export async function refusedFrames(one: Reader, frames: readonly Uint8Array[], path: string): Promise<Set<number>> {
  const refused = new Set<number>();
  const search = async (start: number, end: number): Promise<void> => {
    if (start === end) return;
    await writeFile(path, encodeCapture(frames.slice(start, end)));
    const reading = await one.read(path);
    if (reading.frames === end - start && reading.complaints === '') return;
    if (end - start === 1) {
      refused.add(start);
      return;
    }
    const middle = Math.floor((start + end) / 2);
    await search(start, middle);
    await search(middle, end);
  };
  await search(0, frames.length);
  return refused;
}
