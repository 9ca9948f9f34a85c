/**
 * Control frames of Frame Streams.
 *
 * A stream is a sequence of frames, all numbers 32 bits and big-endian. A data frame is its length (not 0) and as many bytes. A
 * length of 0 is the escape before a control frame:
 *
 *     data frame      length, payload
 *     control frame   0, length (4 to 512), payload
 *     payload         type: ACCEPT 1, START 2, STOP 3, READY 4, FINISH 5; then fields
 *     field           CONTENT_TYPE 1, length (up to 256), bytes
 *
 * A file, and a unidirectional writer, is START, data frames, STOP. On a bidirectional socket the writer first sends READY with the
 * content types it can write, the reader answers ACCEPT with the one it wants, then START, data, STOP follow, and the reader answers
 * FINISH. START has at most one content type, READY and ACCEPT any number, STOP and FINISH none. There is no checksum and nothing to
 * find the next frame by: after a wrong length the framing is lost. (farsightsec/fstrm, fstrm/control.h)
 */

/** The content type of dnstap. */
export const DNSTAP_CONTENT_TYPE = 'protobuf:dnstap.Dnstap';

/** Control types by name. */
export const ControlType = { accept: 1, start: 2, stop: 3, ready: 4, finish: 5 } as const;

/** Limits of a control payload, in bytes. */
export const MIN_CONTROL_LENGTH = 4;
export const MAX_CONTROL_LENGTH = 512;

const CONTENT_TYPE_FIELD = 1;

/** A control frame as read. */
export interface ControlFrame {
  /** One of `ControlType`, or a number that this version does not know. */
  type: number;
  contentTypes: string[];
  /** How many fields of other kinds there were; they are passed over. */
  unknownFields: number;
}

/** Reads the payload from `start` to `end` (at least 4 bytes), or undefined where its fields do not fill it. */
export function parseControl(bytes: Uint8Array, start: number, end: number): ControlFrame | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const control: ControlFrame = { type: view.getUint32(start), contentTypes: [], unknownFields: 0 };
  let position = start + 4;
  while (position < end) {
    if (position + 8 > end) return undefined;
    const field = view.getUint32(position);
    const valueStart = position + 8;
    position = valueStart + view.getUint32(position + 4);
    if (position > end) return undefined;
    if (field === CONTENT_TYPE_FIELD) {
      control.contentTypes.push(new TextDecoder('latin1').decode(bytes.subarray(valueStart, position)));
    } else control.unknownFields++;
  }
  return control;
}

/** A control frame as it is written, its escape included, with the content type of dnstap where `type` is one that has it. */
export function encodeControl(type: number): Uint8Array {
  const hasContentType = type !== ControlType.stop && type !== ControlType.finish;
  const contentType = new TextEncoder().encode(hasContentType ? DNSTAP_CONTENT_TYPE : '');
  const length = hasContentType ? 12 + contentType.length : 4;
  const frame = new Uint8Array(8 + length);
  const view = new DataView(frame.buffer);
  view.setUint32(4, length);
  view.setUint32(8, type);
  if (hasContentType) {
    view.setUint32(12, CONTENT_TYPE_FIELD);
    view.setUint32(16, contentType.length);
    frame.set(contentType, 20);
  }
  return frame;
}
