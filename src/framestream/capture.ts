/**
 * A capture: a unidirectional stream, START, data frames, STOP, as in a file. Read leniently: control frames that have no place in it are
 * passed over and counted, a missing STOP or a cut frame is told and costs nothing that was whole.
 */
import { StreamError } from '../errors.ts';
import { ControlType, DNSTAP_CONTENT_TYPE, parseControl } from './control.ts';
import { LENGTH_LENGTH } from './length.ts';
import { FrameReader, type FrameSink } from './reader.ts';

/**
 * Receives the data frames of a capture, as whole ones side by side; the bytes are valid, and may be changed, until it returns. `offset` is
 * where the first of them starts in the stream.
 */
export type FramesHandler = (bytes: Uint8Array, start: number, end: number, offset: number) => void;

/** Is told of a data frame over the limit, in its place among the others: its length, and where it starts in the stream. */
export type OversizeHandler = (length: number, offset: number) => void;

export class CaptureReader implements FrameSink {
  /** Frames that were longer than the limit, their bytes with their lengths, and control frames or fields that were passed over. */
  oversizeFrames = 0;
  oversizeBytes = 0;
  skippedControls = 0;
  readonly #reader: FrameReader;
  readonly #onFrames: FramesHandler;
  readonly #onOversize: OversizeHandler | undefined;
  #state: 'start' | 'data' | 'stopped' = 'start';

  /** `maxFrameLength` as in FrameReader. */
  constructor(onFrames: FramesHandler, maxFrameLength?: number, onOversize?: OversizeHandler) {
    this.#onFrames = onFrames;
    this.#onOversize = onOversize;
    this.#reader = new FrameReader(this, maxFrameLength);
  }

  /** Whether START was read. */
  get hasStarted(): boolean {
    return this.#state !== 'start';
  }

  /** Takes the next bytes. Throws StreamError where the capture cannot be read on; all that was whole before it has been handed on. */
  push(chunk: Uint8Array): void {
    this.#reader.push(chunk);
    if (this.#state === 'stopped' && !this.#reader.isBetweenFrames) throw this.#trailing(this.#reader.offset);
  }

  /** Tells that the bytes have ended. Throws StreamError where the capture had not. */
  end(): void {
    const { frameStart, isBetweenFrames } = this.#reader;
    if (!isBetweenFrames) throw new StreamError('FRAME_TRUNCATED', frameStart, 'it ends in the middle of a frame');
    if (frameStart === 0) throw new StreamError('STOP_MISSING', 0, 'it is empty, without START and STOP');
    if (this.#state !== 'stopped') throw new StreamError('STOP_MISSING', frameStart, 'it ends without STOP');
  }

  frames(bytes: Uint8Array, start: number, end: number): void {
    this.#expectData();
    this.#onFrames(bytes, start, end, this.#reader.offset);
  }

  oversize(length: number): void {
    this.#expectData();
    this.oversizeFrames++;
    this.oversizeBytes += LENGTH_LENGTH + length;
    this.#onOversize?.(length, this.#reader.offset);
  }

  control(bytes: Uint8Array, start: number, end: number, offset: number): void {
    if (this.#state === 'stopped') throw this.#trailing(offset);
    const control = parseControl(bytes, start, end);
    if (control === undefined) {
      throw new StreamError('CONTROL_FRAME_INVALID', offset, 'a control frame whose fields do not fill it');
    }
    this.skippedControls += control.unknownFields;
    if (control.type === ControlType.start && this.#state === 'start') {
      // A START without content type says nothing wrong (libfstrm and the Go tool read on).
      if (control.contentTypes.some((type) => type !== DNSTAP_CONTENT_TYPE)) {
        throw new StreamError('CONTENT_TYPE_MISMATCH', offset, `its content type is not ${DNSTAP_CONTENT_TYPE}`);
      }
      this.#state = 'data';
    } else if (control.type === ControlType.stop && this.#state === 'data') this.#state = 'stopped';
    else this.skippedControls++;
  }

  #expectData(): void {
    if (this.#state === 'stopped') throw this.#trailing(this.#reader.offset);
    if (this.#state === 'start') {
      throw new StreamError('NOT_FRAME_STREAMS', this.#reader.offset, 'it does not begin with START');
    }
  }

  #trailing(offset: number): StreamError {
    return new StreamError(
      'TRAILING_BYTES',
      offset,
      'there are bytes after STOP, which no reader looks at (name several captures as several inputs)',
    );
  }
}
