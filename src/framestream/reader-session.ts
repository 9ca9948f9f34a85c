/**
 * The reader's side of a stream on a socket (control.ts): takes what a writer sends, and says what to answer. Writers of both kinds are
 * taken: one that begins with READY is answered ACCEPT and, at STOP, FINISH; one that begins with START (Unbound's
 * `dnstap-bidirectional: no`) is never written to. No I/O.
 */
import { StreamError } from '../errors.ts';
import { ControlType, DNSTAP_CONTENT_TYPE, encodeControl, parseControl } from './control.ts';
import { FrameReader, type FrameSink } from './reader.ts';

/** What a session hands on, in order. */
export interface ReaderSessionHandler {
  /** Whole data frames side by side; the bytes may be changed until it returns. */
  frames(bytes: Uint8Array, start: number, end: number): void;
  /** A data frame over the limit, by its length. */
  oversize(length: number): void;
  /** Bytes for the writer. */
  send(bytes: Uint8Array): void;
}

export class ReaderSession implements FrameSink {
  /** What comes next: READY or START; after READY, START; data; nothing more. */
  state: 'greeting' | 'accepted' | 'data' | 'stopped' = 'greeting';
  readonly #handler: ReaderSessionHandler;
  readonly #reader: FrameReader;
  #isBidirectional = false;

  /** `maxFrameLength` as in FrameReader. */
  constructor(handler: ReaderSessionHandler, maxFrameLength?: number) {
    this.#handler = handler;
    this.#reader = new FrameReader(this, maxFrameLength);
  }

  /** Whether the stream, if it ended here, would end between two frames. */
  get isBetweenFrames(): boolean {
    return this.#reader.isBetweenFrames;
  }

  /** Takes the next bytes; those after STOP are passed over. Throws StreamError where the stream cannot be read on. */
  push(chunk: Uint8Array): void {
    if (this.state !== 'stopped') this.#reader.push(chunk);
  }

  frames(bytes: Uint8Array, start: number, end: number): void {
    if (this.#expectsData()) this.#handler.frames(bytes, start, end);
  }

  oversize(length: number): void {
    if (this.#expectsData()) this.#handler.oversize(length);
  }

  control(bytes: Uint8Array, start: number, end: number, offset: number): void {
    if (this.state === 'stopped') return;
    const control = parseControl(bytes, start, end);
    if (control === undefined) {
      throw new StreamError('CONTROL_FRAME_INVALID', offset, 'a control frame has fields that do not fill it');
    }
    const { type, contentTypes } = control;
    const isWrong = contentTypes.length > 0 && !contentTypes.includes(DNSTAP_CONTENT_TYPE);
    if (isWrong && (type === ControlType.ready || type === ControlType.start)) {
      throw new StreamError('CONTENT_TYPE_MISMATCH', offset, `its content type is not ${DNSTAP_CONTENT_TYPE}`);
    }
    // Whatever else comes where it has no place is passed over, as golang-framestream does.
    if (type === ControlType.ready && this.state === 'greeting') {
      this.#isBidirectional = true;
      this.state = 'accepted';
      // Exactly one content type: Unbound takes neither none nor two.
      this.#handler.send(encodeControl(ControlType.accept));
    } else if (type === ControlType.start && (this.state === 'greeting' || this.state === 'accepted')) {
      this.state = 'data';
    } else if (type === ControlType.stop && this.state === 'data') {
      this.state = 'stopped';
      if (this.#isBidirectional) this.#handler.send(encodeControl(ControlType.finish));
    }
  }

  /** Whether data may come; where the stream has ended there is none. */
  #expectsData(): boolean {
    if (this.state === 'data') return true;
    if (this.state === 'stopped') return false;
    throw new StreamError('NOT_FRAME_STREAMS', this.#reader.offset, 'there are data frames before START');
  }
}
