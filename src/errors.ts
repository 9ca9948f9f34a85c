/**
 * What can go wrong, by how far it reaches: one frame (a code, never thrown), one stream, one input or output, the rules.
 * A message holds codes, counts, offsets and lengths, and never a byte of a capture.
 */

/** Why a frame was not written although no rule dropped it. The order is that of the counters. */
export const FRAME_CODES = [
  /** A varint runs past its message, or has more bits than it may. */
  'VARINT_INVALID',
  /** A tag with field number 0, or with wire type 6 or 7. */
  'TAG_INVALID',
  /** A field that is longer than the message it stands in. */
  'FIELD_TRUNCATED',
  /** A group without its end, an end without its group, or groups nested too deep. */
  'GROUP_INVALID',
  /** Dnstap.type is missing or not MESSAGE. */
  'TYPE_NOT_MESSAGE',
  /** There is no Dnstap.message. */
  'MESSAGE_MISSING',
  /** Message.type is missing or not in the schema: nobody can say who the client is. */
  'MESSAGE_TYPE_UNKNOWN',
  /** The data frame is longer than the limit for input. */
  'FRAME_TOO_LONG',
  /** The frame that would be written is longer than the limit for output. */
  'OUTPUT_FRAME_TOO_LONG',
  /** The rules left nothing but the types. */
  'NOTHING_LEFT',
  /** A defect of this program; the frame is not written. */
  'INTERNAL',
] as const;
export type FrameCode = (typeof FRAME_CODES)[number];

/** The frame codes as the numbers that the codecs return (0 means that nothing is wrong). */
export const frameErrors: Readonly<Record<FrameCode, number>> = numbered(FRAME_CODES);

/** Why a field was removed although its method was another. The order is that of the counters. */
export const REMOVAL_CODES = [
  /** An address whose length is neither 4 nor 16, or disagrees with socket_family. */
  'ADDRESS_INVALID',
  /** A DNS message that does not parse as far as the method needs. */
  'DNS_MALFORMED',
  /** A DNS message without a question, where the question was to be kept. */
  'DNS_NO_QUESTION',
  /** A DNS message of another opcode than QUERY, in a file that hides clients. */
  'DNS_OPCODE',
  /** A DNS message that would be longer than 65,535 octets. */
  'DNS_TOO_LONG',
  /** A client subnet that is none, or one of several. */
  'SUBNET_INVALID',
  /** A query_zone that is not one name. */
  'ZONE_INVALID',
  /** Seconds since 1970 beyond 2^53 - 1. */
  'TIME_INVALID',
  /** Something whose pseudonym depends on the period, in a frame without a usable time. */
  'PERIOD_UNKNOWN',
] as const;
export type RemovalCode = (typeof REMOVAL_CODES)[number];

/** The removal codes as numbers. */
export const removalErrors: Readonly<Record<RemovalCode, number>> = numbered(REMOVAL_CODES);

function numbered<Code extends string>(codes: readonly Code[]): Record<Code, number> {
  return Object.fromEntries(codes.map((code, index) => [code, index + 1])) as Record<Code, number>;
}

/** What ends the reading of a stream. */
export type StreamCode =
  /** The first bytes are not a Frame Streams control frame. */
  | 'NOT_FRAME_STREAMS'
  /** The stream says that it holds something else than protobuf:dnstap.Dnstap. */
  | 'CONTENT_TYPE_MISMATCH'
  /** A control frame that is no control frame: its length or its fields. */
  | 'CONTROL_FRAME_INVALID'
  /** A length that no frame has: framing is lost. */
  | 'FRAMING_LOST'
  /** The stream ends in the middle of a frame. */
  | 'FRAME_TRUNCATED'
  /** The stream ends without STOP. */
  | 'STOP_MISSING'
  /** There are bytes after STOP. */
  | 'TRAILING_BYTES'
  /** The compression around the stream is damaged. */
  | 'COMPRESSION_INVALID';

/** What makes an input or an output unusable. */
export type EndpointCode =
  /** A thread that filters has ended before its time. */
  | 'THREAD_LOST'
  | 'INPUT_UNREADABLE'
  | 'INPUT_FOREIGN'
  | 'OUTPUT_EXISTS'
  | 'OUTPUT_IS_INPUT'
  | 'OUTPUT_NOT_REGULAR'
  | 'OUTPUT_UNWRITABLE'
  | 'OUTPUT_GONE'
  /** A socket that cannot be listened on, or whose certificates cannot be used. */
  | 'SOCKET_UNUSABLE'
  /** A unix socket that another process listens on. */
  | 'SOCKET_IN_USE'
  /** A capture that cannot be repaired where it lies. */
  | 'REPAIR_REFUSED'
  | 'INTERRUPTED';

/** The base of every error that this package throws on purpose. */
export class TapfilterError<Code extends string = string> extends Error {
  override name = 'TapfilterError';
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A stream cannot be read any further; `offset` is the absolute position in bytes of what is wrong. */
export class StreamError extends TapfilterError<StreamCode> {
  override name = 'StreamError';
  readonly offset: number;

  constructor(code: StreamCode, offset: number, message: string) {
    super(code, message);
    this.offset = offset;
  }
}

/** An input or an output cannot be opened, read, written or finished. */
export class EndpointError extends TapfilterError<EndpointCode> {
  override name = 'EndpointError';
}

/** A key that cannot be read or must not be used. The message tells nothing of its bytes. */
export class KeyError extends TapfilterError<'KEY_INVALID'> {
  override name = 'KeyError';

  constructor(message: string, options?: ErrorOptions) {
    super('KEY_INVALID', message, options);
  }
}

/** One thing that is wrong in a rules file; line and column count from 1. */
export interface RulesIssue {
  message: string;
  line: number;
  column: number;
  /** How many columns the caret underlines. */
  length: number;
  /** Set where a key may stand in the line, or the text may be no rules at all: the line is then shown to nobody. */
  hidesLine?: true;
}

/** A rules file that must not be used: everything that is wrong in it, at once. */
export class RulesError extends TapfilterError<'RULES_INVALID'> {
  override name = 'RulesError';
  readonly issues: readonly RulesIssue[];

  constructor(issues: readonly RulesIssue[], message: string) {
    super('RULES_INVALID', message);
    this.issues = issues;
  }
}
