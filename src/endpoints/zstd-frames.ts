/**
 * Where a zstd frame ends (RFC 8878, 3.1). Node's decompressor tells neither a frame that is cut off nor a second frame
 * in the same bytes from the end of the data, so the blocks are counted here.
 *
 *     28 b5 2f fd | descriptor | window 0..1 | dictionary 0..4 | content size 0..8 | blocks | checksum 0..4
 *     block: 3 bytes, the lowest first: last 1 bit, type 2 bits, size 21 bits | content
 *     5x 2a 4d 18 | length 4 | bytes to skip
 */

/** The magic number of a zstd frame, read with the lowest byte first. */
const FRAME_MAGIC = 0xfd2fb528;
/** That of a frame to skip, without its lowest 4 bits. */
const SKIPPABLE_MAGIC = 0x184d2a50;

const BLOCK_RUN = 1;
const BLOCK_RESERVED = 3;

type Part = 'magic' | 'descriptor' | 'fields' | 'block' | 'content' | 'checksum' | 'skip-length' | 'skipped' | 'end';

/** Follows the bytes of one frame. */
export class ZstdFrameWalk {
  #part: Part = 'magic';
  /** Bytes left of this part. */
  #left = 4;
  /** The number that a part of at most 4 bytes makes. */
  #number = 0;
  #factor = 1;
  #hasChecksum = false;
  #isLastBlock = false;
  #damaged = false;

  /** Whether the whole frame has been walked over. */
  get ended(): boolean {
    return this.#part === 'end';
  }

  /** Whether the magic number of a frame has been seen. */
  get begun(): boolean {
    return this.#part !== 'magic';
  }

  /** Whether the bytes turned out to be no frame: at the magic number, or at the header of a block. */
  get damaged(): boolean {
    return this.#damaged;
  }

  /** Walks on; returns how many of the bytes belong to the frame: all, unless it ends or is damaged within them. */
  advance(bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length && this.#part !== 'end' && !this.#damaged) {
      if (this.#part === 'content' || this.#part === 'skipped' || this.#part === 'fields') {
        const step = Math.min(this.#left, bytes.length - at);
        at += step;
        this.#left -= step;
      } else {
        this.#number += bytes[at++]! * this.#factor;
        this.#factor *= 256;
        this.#left--;
      }
      while (this.#left === 0 && !this.ended && !this.#damaged) this.#next();
    }
    return at;
  }

  #begin(part: Part, length: number): void {
    this.#part = part;
    this.#left = length;
    this.#number = 0;
    this.#factor = 1;
  }

  #next(): void {
    const number = this.#number;
    switch (this.#part) {
      case 'magic':
        if (number === FRAME_MAGIC) this.#begin('descriptor', 1);
        else if (number - (number % 16) === SKIPPABLE_MAGIC) this.#begin('skip-length', 4);
        else this.#damaged = true;
        return;
      case 'descriptor': {
        const singleSegment = (number & 0x20) !== 0;
        const contentSizeFlag = number >> 6;
        const contentSize = contentSizeFlag === 0 ? (singleSegment ? 1 : 0) : 2 ** contentSizeFlag;
        const dictionary = [0, 1, 2, 4][number & 3]!;
        this.#hasChecksum = (number & 4) !== 0;
        this.#begin('fields', (singleSegment ? 0 : 1) + dictionary + contentSize);
        return;
      }
      case 'block': {
        const type = (number >> 1) & 3;
        if (type === BLOCK_RESERVED) {
          this.#damaged = true;
          return;
        }
        this.#isLastBlock = (number & 1) !== 0;
        this.#begin('content', type === BLOCK_RUN ? 1 : number >> 3);
        return;
      }
      case 'content':
        if (!this.#isLastBlock) this.#begin('block', 3);
        else if (this.#hasChecksum) this.#begin('checksum', 4);
        else this.#begin('end', 0);
        return;
      case 'fields':
        this.#begin('block', 3);
        return;
      case 'skip-length':
        this.#begin('skipped', number);
        return;
      default:
        this.#begin('end', 0);
    }
  }
}
