/** The inputs and the output that the command line names. */
import { fileExists } from '../endpoints/descriptor.ts';
import { type End, parseEnd, renderPath } from '../endpoints/end.ts';
import { isSocketNotation, parseSocketEnd, type SocketEnd } from '../endpoints/socket-end.ts';
import { suggest } from '../rules/suggest.ts';
import { UsageError } from './usage-error.ts';

/** An input or output of any kind. */
export type AnyEnd = End | SocketEnd;

/** Whether an end is a socket. */
export function isSocket(end: AnyEnd): end is SocketEnd {
  return end.kind !== 'file' && end.kind !== 'stdio';
}

/** Whether an end is no socket. */
export function isCapture(end: AnyEnd): end is End {
  return !isSocket(end);
}

/** What a first word may be that is no input. */
const COMMANDS = ['check', 'read', 'audit', 'rules', 'map', 'keygen', 'repair'];

/** Parses the ends; `output` is that of -o. Throws UsageError and EndNotationError. */
export async function parseEnds(
  ends: readonly string[],
  output: string | undefined,
): Promise<{ inputs: AnyEnd[]; output: AnyEnd }> {
  await refuseMisspeltCommand(ends);
  const parsed = await splitEnds(ends, output);
  if (parsed.inputs.filter(({ kind }) => kind === 'stdio').length > 1) {
    throw new UsageError('standard input can be only one of the inputs.');
  }
  return parsed;
}

/** `tapfilter chekc share.yml` is no capture to filter. */
async function refuseMisspeltCommand([first]: readonly string[]): Promise<void> {
  const meant = first && suggest(first, COMMANDS);
  if (meant && !(await fileExists(first))) {
    throw new UsageError(`there is no command and no file ${renderPath(first)}; did you mean "tapfilter ${meant}"?`);
  }
}

async function splitEnds(
  ends: readonly string[],
  output: string | undefined,
): Promise<{ inputs: AnyEnd[]; output: AnyEnd }> {
  if (ends.length === 0) throw new UsageError('an input is needed: the name of a capture, or - for standard input.');
  if (output !== undefined) return { inputs: ends.map(parseInput), output: parseOutput(output) };
  const last = ends.at(-1) ?? '';
  if (ends.length === 1) {
    throw new UsageError(
      `an input and an output are needed, and there is only ${renderPath(last)}: name the file to write, or - for standard output.`,
    );
  }
  const end = parseOutput(last);
  if (ends.length > 2 && end.kind === 'file' && (await fileExists(end.path))) {
    throw new UsageError(
      `the last of ${ends.length} ends, ${renderPath(last)}, exists: name the output with -o, so that it is no input by mistake.`,
    );
  }
  return { inputs: ends.slice(0, -1).map(parseInput), output: end };
}

function parseInput(text: string): AnyEnd {
  return isSocketNotation(text) ? parseSocketEnd(text, 'input') : parseEnd(text);
}

function parseOutput(text: string): AnyEnd {
  return isSocketNotation(text) ? parseSocketEnd(text, 'output') : parseEnd(text);
}
