/**
 * docs/frames.md for one frame, slow and obvious: everything is decoded, changed and encoded anew. The fast engine has
 * to write the same bytes. They share no code but the names of the codes.
 */
import type { FrameCode, RemovalCode } from '../../src/errors.ts';
import { parsePrefix } from './addresses.ts';
import { applyMethods } from './methods.ts';
import { decodeLevel, encodeFields, type Field, Malformed, rebuild } from './protobuf.ts';
import { decide, fieldsOf, hidesClients, type PlainRules, varintOf } from './rules.ts';
import { DNSTAP } from './schema.ts';

const MAX_OUTPUT_FRAME_LENGTH = 262_140;

/**
 * The frame to write, or the code or the index of the rule that dropped it. `removals` has an entry for each field (for
 * a time, each pair of fields) that was counted, also where nothing was left in the end; its order means nothing.
 */
export type Outcome =
  | { written: Uint8Array; removals: RemovalCode[] }
  | { dropped: FrameCode | { rule: number }; removals: RemovalCode[] };

/** What the rules file does not say. */
export interface ReferenceOptions {
  maxOutputFrameLength?: number;
  /** The 32 bytes of the key, whatever source the rules name; needed where they have a keyed method. */
  key?: Uint8Array;
}

/** What is to become of the frame under these rules. */
export function referenceFilter(frame: Uint8Array, rules: PlainRules, options: ReferenceOptions = {}): Outcome {
  const { maxOutputFrameLength = MAX_OUTPUT_FRAME_LENGTH, key } = options;
  const read = readFrame(frame);
  if (typeof read === 'string') return { dropped: read, removals: [] };
  const methods = decide(read, rules, key);
  if ('rule' in methods) return { dropped: methods, removals: [] };
  const publicPrefixes = (rules.public?.addresses ?? []).map(parsePrefix);
  const keying = { ...rules.key, key };
  const { fields, removed, removals } = applyMethods(read, methods, publicPrefixes, keying, {
    hides: hidesClients(rules),
    publicNames: rules.public?.names ?? [],
  });
  if (removed && !isAnythingLeft(fields)) return { dropped: 'NOTHING_LEFT', removals };
  const written = encodeFields(fields);
  if (written.length > maxOutputFrameLength) return { dropped: 'OUTPUT_FRAME_TOO_LONG', removals };
  return { written, removals };
}

/** The canonical form of a frame with its unknown fields, or the code by which section 1 of docs/frames.md drops it. */
export function referenceCanonical(frame: Uint8Array): Uint8Array | FrameCode {
  const read = readFrame(frame);
  return typeof read === 'string' ? read : encodeFields(read);
}

function readFrame(frame: Uint8Array): Field[] | FrameCode {
  try {
    const { fields, canonical } = decodeLevel(frame, DNSTAP);
    const read = canonical ? fields : rebuild(fields);
    if (varintOf(read, 'type') === undefined) return 'TYPE_NOT_MESSAGE';
    const message = fieldsOf(read, 'message');
    if (message === undefined) return 'MESSAGE_MISSING';
    return varintOf(message, 'type') === undefined ? 'MESSAGE_TYPE_UNKNOWN' : read;
  } catch (error) {
    if (error instanceof Malformed) return error.code;
    throw error;
  }
}

function isAnythingLeft(frame: readonly Field[]): boolean {
  const rest = frame.filter(({ name }) => name !== 'type' && name !== 'message');
  const messageRest = fieldsOf(frame, 'message')?.filter(({ name }) => name !== 'type' && name !== 'socket_family');
  return rest.length > 0 || (messageRest ?? []).length > 0;
}
