/** The notation of files as inputs and outputs: `path`, `-` and `file:path`. Sockets have theirs in socket-end.ts. */
import { TapfilterError } from '../errors.ts';

/** Where bytes come from or go to. */
export type End = { readonly kind: 'file'; readonly path: string } | { readonly kind: 'stdio' };

/** An input or output on the command line that cannot be one: wrong usage, whatever the files are. */
export class EndNotationError extends TapfilterError<'END_INVALID'> {
  override name = 'EndNotationError';

  constructor(message: string) {
    super('END_INVALID', message);
  }
}

/** Parses a file as the command line has it; throws EndNotationError. */
export function parseEnd(text: string): End {
  if (text === '-') return { kind: 'stdio' };
  const path = text.startsWith('file:') ? text.slice('file:'.length) : text;
  if (path === '')
    throw new EndNotationError('an input or output has an empty name: give a path, or - for standard input or output.');
  if (path.includes('\0')) throw new EndNotationError('a path has a zero byte in it, which no file has.');
  return { kind: 'file', path };
}

/** A path as texts for people show it: without anything that could steer a terminal. */
export function renderPath(path: string): string {
  return path.replace(/\p{Cc}/gu, '?');
}
