/** The writer's side of a stream on a socket (control.ts): what to send before and after data frames, and what the answers mean. No I/O. */
import { StreamError } from '../errors.ts';
import { ControlType, DNSTAP_CONTENT_TYPE, encodeControl, parseControl } from './control.ts';
import { FrameReader, type FrameSink } from './reader.ts';

/** What a session hands on. */
export interface WriterSessionHandler {
  /** Bytes for the reader. */
  send(bytes: Uint8Array): void;
  /** Data frames may be sent from now on. */
  opened(): void;
  /** The reader has all that was sent before STOP. */
  finished(): void;
}

export class WriterSession implements FrameSink {
  /** What comes next: `begin`; ACCEPT; data; FINISH; nothing more. */
  state: 'new' | 'offered' | 'open' | 'stopping' | 'finished' = 'new';
  readonly #handler: WriterSessionHandler;
  readonly #isUnidirectional: boolean;
  readonly #reader: FrameReader;

  /** `isUnidirectional`: for a reader that never answers, as of a file. */
  constructor(handler: WriterSessionHandler, isUnidirectional: boolean) {
    this.#handler = handler;
    this.#isUnidirectional = isUnidirectional;
    this.#reader = new FrameReader(this);
  }

  /** Sends the first control frame. */
  begin(): void {
    if (this.#isUnidirectional) this.#open();
    else {
      this.state = 'offered';
      this.#handler.send(encodeControl(ControlType.ready));
    }
  }

  /** Says that no data follow. Where the reader answers, `finished` is called when it has. */
  stop(): void {
    this.state = 'stopping';
    this.#handler.send(encodeControl(ControlType.stop));
  }

  /** Takes what the reader sends. Throws StreamError where that is no answer. */
  push(chunk: Uint8Array): void {
    this.#reader.push(chunk);
  }

  frames(): void {
    throw new StreamError('NOT_FRAME_STREAMS', this.#reader.offset, 'it sends data where it was to answer');
  }

  oversize(): void {
    this.frames();
  }

  control(bytes: Uint8Array, start: number, end: number, offset: number): void {
    const control = parseControl(bytes, start, end);
    if (control === undefined) {
      throw new StreamError('CONTROL_FRAME_INVALID', offset, 'a control frame has fields that do not fill it');
    }
    if (control.type === ControlType.accept && this.state === 'offered') {
      const { contentTypes } = control;
      if (contentTypes.length > 0 && !contentTypes.includes(DNSTAP_CONTENT_TYPE)) {
        throw new StreamError('CONTENT_TYPE_MISMATCH', offset, `it does not accept ${DNSTAP_CONTENT_TYPE}`);
      }
      this.#open();
    } else if (control.type === ControlType.finish && this.state === 'stopping') {
      this.state = 'finished';
      this.#handler.finished();
    }
    // A FINISH that nobody asked for is passed over, as BIND and Unbound do.
  }

  #open(): void {
    this.state = 'open';
    this.#handler.send(encodeControl(ControlType.start));
    this.#handler.opened();
  }
}
